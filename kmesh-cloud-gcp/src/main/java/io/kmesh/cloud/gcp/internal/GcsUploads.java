// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.OpenUpload;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StorageClass;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Uploads in parts: each part is an object of its own in a folder that lists hide, and completing
 * composes them. docs/design/cloud-stores-gcs.md says why.
 */
public final class GcsUploads {
  private static final Logger LOG = LoggerFactory.getLogger(GcsUploads.class);
  private static final int GONE = 404;
  private static final int DELETES_AT_ONCE = 32;

  private final GcsClient client;
  private final GcsKeys keys;
  private final GcsPuts puts;
  private final GcsLists lists;
  private final GcsDeletes deletes;
  private final String folder;

  GcsUploads(GcsClient client, GcsKeys keys, GcsPuts puts, GcsLists lists, GcsDeletes deletes) {
    this.client = client;
    this.keys = keys;
    this.puts = puts;
    this.lists = lists;
    this.deletes = deletes;
    this.folder = client.place().uploads();
  }

  /** As the store's startUpload. */
  public CompletionStage<Upload> start(
      String key, Map<String, String> metadata, @Nullable StorageClass storageClass)
      throws ProviderException {
    String verb = "start an upload of";
    keys.key(verb, key);
    keys.metadata(verb, key, metadata);
    if (storageClass != null) {
      keys.checks().needs(verb, key, StoreCapability.STORAGE_CLASS);
    }
    GcsMarker marker = new GcsMarker(key, metadata);
    GcsUploadId id = GcsUploadId.create(folder, key, storageClass);
    ByteBuffer body = marker.body();
    return puts.insert(
            verb,
            key,
            id.marker(),
            body,
            Crc32c.of(body),
            GcsPuts.resource(id.marker(), marker.list(), null),
            0L)
        .thenApply(info -> new Upload(key, id.id()));
  }

  /**
   * As the store's uploadPart. Whether the upload is there is looked at behind the part, so that
   * none stays which an abort at the same time did not see.
   */
  public CompletionStage<UploadPart> part(Upload upload, int number, ByteBuffer body)
      throws ProviderException {
    String verb = "upload a part of";
    keys.checks().partNumber(upload.key(), number);
    keys.checks().putSize(verb, upload.key(), body.remaining());
    GcsUploadId id = id(verb, upload);
    String name = id.part(number);
    return puts.insert(
            verb,
            upload.key(),
            name,
            body,
            Crc32c.of(body),
            GcsPuts.resource(name, Map.of(), id.storageClass()),
            null)
        .thenCompose(
            info ->
                isOpen(verb, upload, id)
                    .thenCompose(
                        open ->
                            open
                                ? CompletableFuture.completedFuture(
                                    new UploadPart(number, info.etag(), info.size()))
                                : orphan(verb, upload, info)));
  }

  private CompletionStage<UploadPart> orphan(String verb, Upload upload, ObjectInfo part) {
    return deletes
        .delete(part.key(), null, Long.valueOf(part.etag()))
        .thenApply(
            done -> {
              throw new CompletionException(keys.checks().uploadGone(verb, upload));
            });
  }

  /** As the store's listParts. */
  public CompletionStage<List<UploadPart>> parts(Upload upload) throws ProviderException {
    String verb = "list the parts of";
    GcsUploadId id = id(verb, upload);
    return isOpen(verb, upload, id)
        .thenCompose(
            open -> {
              if (!open) {
                throw new CompletionException(keys.checks().uploadGone(verb, upload));
              }
              return held(verb, id);
            });
  }

  private CompletionStage<List<UploadPart>> held(String verb, GcsUploadId id) {
    return lists
        .all(verb, id.parts())
        .thenApply(
            all ->
                all.stream()
                    .filter(o -> id.number(o.key()) > 0)
                    .map(o -> new UploadPart(id.number(o.key()), o.etag(), o.size()))
                    .sorted(Comparator.comparingInt(UploadPart::number))
                    .toList());
  }

  /** As the store's complete. */
  public CompletionStage<ObjectInfo> complete(
      Upload upload, List<UploadPart> parts, PutOptions options) throws ProviderException {
    String verb = "complete the upload of";
    String key = upload.key();
    keys.target(verb, key, options);
    keys.checks().noCrc32c(verb, key, options);
    Long mustBe = keys.generation(verb, key, options.condition());
    GcsUploadId id = id(verb, upload);
    return marker(verb, upload, id)
        .thenCombine(held(verb, id), (marker, held) -> checked(marker, held, key, parts, options))
        .thenCompose(
            marker ->
                new GcsCompose(client, id, key)
                    .join(
                        parts.stream()
                            .map(p -> new GcsCompose.Source(id.part(p.number()), p.etag()))
                            .toList(),
                        marker.metadata(),
                        mustBe))
        .thenCompose(info -> cleaned(upload, id, info));
  }

  private GcsMarker checked(
      GcsMarker marker,
      List<UploadPart> held,
      String key,
      List<UploadPart> parts,
      PutOptions options) {
    try {
      keys.checks().completeMetadata(key, options, marker.metadata());
      keys.checks().parts(key, parts, held);
      return marker;
    } catch (ProviderException e) {
      throw new CompletionException(e);
    }
  }

  /** The object is there: what can't be cleared away fails nothing, and an abort finds it. */
  private CompletionStage<ObjectInfo> cleaned(Upload upload, GcsUploadId id, ObjectInfo info) {
    return clear(id)
        .handle(
            (done, failure) -> {
              if (failure != null) {
                LOG.warn(
                    "Cannot clear the parts of {} in {} away: {}. Abort upload {}.",
                    upload.key(),
                    client.place().uri(),
                    GcsClient.unwrap(failure).getMessage(),
                    upload.id());
              }
              return info;
            });
  }

  /** As the store's abort. Parts that came meanwhile are looked for once more. */
  public CompletionStage<Void> abort(Upload upload) {
    GcsUploadId id = GcsUploadId.of(folder, upload);
    return id == null
        ? CompletableFuture.completedFuture(null)
        : clear(id).thenCompose(done -> clearParts(id));
  }

  /** As the store's listOpenUploads. */
  public CompletionStage<List<OpenUpload>> uploads(String prefix) {
    String markers = GcsUploadId.markers(folder);
    return lists
        .all("list the uploads of", markers)
        .thenApply(
            all -> {
              List<OpenUpload> uploads = new ArrayList<>();
              for (ObjectInfo marker : all) {
                String key = GcsMarker.key(marker);
                Upload upload = new Upload(key, marker.key().substring(markers.length()));
                if (key.startsWith(prefix) && GcsUploadId.of(folder, upload) != null) {
                  uploads.add(new OpenUpload(upload, marker.lastModified()));
                }
              }
              return uploads;
            });
  }

  private GcsUploadId id(String verb, Upload upload) throws ProviderException {
    GcsUploadId id = GcsUploadId.of(folder, upload);
    if (id == null) {
      throw keys.checks().uploadGone(verb, upload);
    }
    return id;
  }

  private CompletionStage<Boolean> isOpen(String verb, Upload upload, GcsUploadId id) {
    HttpUrl.Builder url =
        client.place().json("o", id.marker()).addQueryParameter("fields", "generation");
    GcsCall call = GcsCall.get(verb, upload.key(), url);
    return client
        .send(call, Set.of(GONE))
        .thenApply(
            answer -> {
              if (answer.status() == GONE && GcsFailures.isNoBucket(answer)) {
                throw new CompletionException(client.failures().status(call, answer));
              }
              return answer.status() != GONE;
            });
  }

  private CompletionStage<GcsMarker> marker(String verb, Upload upload, GcsUploadId id) {
    HttpUrl.Builder url = client.place().json("o", id.marker()).addQueryParameter("alt", "media");
    GcsCall call = GcsCall.get(verb, upload.key(), url);
    return client
        .send(call, Set.of(GONE))
        .thenApply(
            answer -> {
              if (answer.status() == GONE) {
                throw new CompletionException(
                    GcsFailures.isNoBucket(answer)
                        ? client.failures().status(call, answer)
                        : keys.checks().uploadGone(verb, upload));
              }
              try {
                return GcsMarker.parse(answer.body());
              } catch (IOException e) {
                throw new CompletionException(
                    client
                        .failures()
                        .of(
                            ErrorKind.CORRUPT,
                            call,
                            "the object "
                                + id.marker()
                                + " of the upload can't be read: "
                                + e.getMessage()
                                + ". Abort the upload"));
              }
            });
  }

  /** Parts first: while the marker is there, the upload is listed. */
  private CompletionStage<Void> clear(GcsUploadId id) {
    return clearParts(id).thenCompose(done -> deletes.delete(id.marker(), null, null));
  }

  private CompletionStage<Void> clearParts(GcsUploadId id) {
    return lists.all("clear away", id.parts()).thenCompose(all -> clear(all, 0));
  }

  /** Deletes generations, so that a bucket with versions keeps none of them. */
  private CompletionStage<Void> clear(List<ObjectInfo> all, int from) {
    if (from >= all.size()) {
      return CompletableFuture.completedFuture(null);
    }
    int to = Math.min(all.size(), from + DELETES_AT_ONCE);
    List<CompletableFuture<Void>> sent = new ArrayList<>();
    for (ObjectInfo part : all.subList(from, to)) {
      sent.add(deletes.delete(part.key(), null, Long.valueOf(part.etag())).toCompletableFuture());
    }
    return CompletableFuture.allOf(sent.toArray(new CompletableFuture<?>[0]))
        .thenCompose(done -> clear(all, to));
  }
}
