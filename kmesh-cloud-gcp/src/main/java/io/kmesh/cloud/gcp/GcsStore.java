// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp;

import io.kmesh.cloud.gcp.internal.GcsCalls;
import io.kmesh.cloud.gcp.internal.GcsClient;
import io.kmesh.cloud.gcp.internal.GcsHttp;
import io.kmesh.cloud.gcp.internal.GcsPlace;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.DeleteOutcome;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.LevelPage;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.OpenUpload;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StorageClass;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.StoreChecks;
import io.kmesh.spi.store.StoreLimits;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import io.kmesh.spi.store.VersionPage;
import io.kmesh.unit.DataSize;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * A bucket of Google Cloud Storage, by its JSON API; downloads go through the XML API, which alone
 * gives user metadata beside the bytes. The ETag is the generation. A request is sent once: a
 * mutation without an answer fails as UNKNOWN_OUTCOME. Parts of uploads are objects under a prefix
 * that lists leave out (docs/design/cloud-stores-gcs.md). Thread-safe.
 */
public final class GcsStore implements ObjectStore {
  private static final URI GOOGLE = URI.create("https://storage.googleapis.com");

  private static final Set<StoreCapability> CAPABILITIES =
      Collections.unmodifiableSet(
          EnumSet.complementOf(
              EnumSet.of(
                  StoreCapability.PART_COPY,
                  StoreCapability.SHA256,
                  StoreCapability.UPLOAD_SHA256,
                  StoreCapability.ARCHIVE_RESTORE)));

  /** What the service allows; bodies are limited by what a buffer can hold. */
  private static final StoreLimits LIMITS =
      new StoreLimits(
          DataSize.ofMib(2047),
          DataSize.ofBytes(1),
          10_000,
          DataSize.ofGib(5L * 1024),
          1024,
          DataSize.ofKib(8),
          1000,
          100);

  private final GcsPlace place;
  private final GcsClient client;
  private final GcsCalls calls;
  private final @Nullable StorageClass storageClass;

  private GcsStore(Builder builder, GcsPlace place) {
    this.place = place;
    this.client = new GcsClient(new GcsHttp(), place, builder.credentials::token);
    this.calls = new GcsCalls(client, new StoreChecks(place.uri(), CAPABILITIES, LIMITS));
    this.storageClass = builder.storageClass;
  }

  /** A store of a bucket. */
  public static Builder builder(String bucket) {
    return new Builder(bucket);
  }

  @Override
  public URI uri() {
    return place.uri();
  }

  @Override
  public Optional<URI> endpoint() {
    URI server = place.endpoint().uri();
    return GOOGLE.getHost().equals(server.getHost()) ? Optional.empty() : Optional.of(server);
  }

  @Override
  public Set<StoreCapability> capabilities() {
    return CAPABILITIES;
  }

  @Override
  public StoreLimits limits() {
    return LIMITS;
  }

  @Override
  public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
    return call(() -> calls.puts().put(key, body, inClass(options)));
  }

  @Override
  public CompletionStage<ObjectRange> read(
      String key, long offset, int length, Condition condition) {
    return call(() -> calls.reads().read(key, offset, length, condition));
  }

  @Override
  public CompletionStage<ObjectInfo> head(String key) {
    return call(() -> calls.reads().head(key));
  }

  @Override
  public CompletionStage<ListPage> list(ListRequest request) {
    return call(() -> calls.lists().list(request));
  }

  @Override
  public CompletionStage<LevelPage> listLevel(
      String prefix, char delimiter, int limit, @Nullable String next) {
    return call(() -> calls.lists().listLevel(prefix, delimiter, limit, next));
  }

  @Override
  public CompletionStage<VersionPage> listVersions(
      String prefix, int limit, @Nullable String next) {
    return call(() -> calls.lists().listVersions(prefix, limit, next));
  }

  @Override
  public CompletionStage<ObjectRange> readVersion(
      String key, String versionId, long offset, int length) {
    return call(() -> calls.reads().readVersion(key, versionId, offset, length));
  }

  @Override
  public CompletionStage<List<DeleteOutcome>> delete(List<DeleteTarget> targets) {
    return call(() -> calls.deletes().delete(targets));
  }

  @Override
  public CompletionStage<ObjectInfo> copy(
      String source, Condition sourceCondition, String target, PutOptions options) {
    return call(() -> calls.copies().copy(source, sourceCondition, target, options));
  }

  @Override
  public CompletionStage<ObjectInfo> changeStorageClass(
      String key, Condition condition, StorageClass target) {
    return call(() -> calls.copies().changeStorageClass(key, condition, target));
  }

  @Override
  public CompletionStage<Upload> startUpload(String key, Map<String, String> metadata) {
    return startUpload(key, metadata, null);
  }

  @Override
  public CompletionStage<Upload> startUpload(
      String key, Map<String, String> metadata, @Nullable StorageClass target) {
    return call(() -> calls.uploads().start(key, metadata, target == null ? storageClass : target));
  }

  @Override
  public CompletionStage<UploadPart> uploadPart(Upload upload, int number, ByteBuffer body) {
    return call(() -> calls.uploads().part(upload, number, body));
  }

  @Override
  public CompletionStage<List<UploadPart>> listParts(Upload upload) {
    return call(() -> calls.uploads().parts(upload));
  }

  @Override
  public CompletionStage<ObjectInfo> complete(
      Upload upload, List<UploadPart> parts, PutOptions options) {
    return call(() -> calls.uploads().complete(upload, parts, options));
  }

  @Override
  public CompletionStage<Void> abort(Upload upload) {
    return call(() -> calls.uploads().abort(upload));
  }

  @Override
  public CompletionStage<List<Upload>> listUploads(String prefix) {
    return listOpenUploads(prefix).thenApply(all -> all.stream().map(OpenUpload::upload).toList());
  }

  @Override
  public CompletionStage<List<OpenUpload>> listOpenUploads(String prefix) {
    return call(() -> calls.uploads().uploads(prefix));
  }

  @Override
  public void close() {
    client.close();
  }

  @Override
  public String toString() {
    return "GcsStore(" + uri() + ")";
  }

  private PutOptions inClass(PutOptions options) {
    return storageClass == null || options.storageClass().isPresent()
        ? options
        : options.withStorageClass(storageClass);
  }

  private interface Body<T> {
    CompletionStage<T> run() throws ProviderException;
  }

  private static <T> CompletionStage<T> call(Body<T> body) {
    try {
      return body.run();
    } catch (ProviderException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Describes a store. Not thread-safe. */
  public static final class Builder {
    private final String bucket;
    private URI endpoint = GOOGLE;
    private GcsCredentials credentials = GcsCredentials.applicationDefault();
    private String project = "";
    private String uploads = ".kmesh-uploads/";
    private @Nullable StorageClass storageClass;

    private Builder(String bucket) {
      this.bucket = bucket;
    }

    /** Where the API is: scheme, host and port, such as those of a private endpoint. */
    public Builder endpoint(URI value) {
      this.endpoint = value;
      return this;
    }

    /** Who asks; by default the machine's application-default credentials. */
    public Builder credentials(GcsCredentials value) {
      this.credentials = value;
      return this;
    }

    /** The project that pays for requests, where the bucket makes the requester pay. */
    public Builder payingProject(String value) {
      this.project = value;
      return this;
    }

    /** The class of objects that are written without one; the bucket's own by default. */
    public Builder storageClass(StorageClass value) {
      this.storageClass = value;
      return this;
    }

    /** The prefix of parts of open uploads, which lists leave out; ends in a slash. */
    public Builder uploadPrefix(String value) {
      this.uploads = value;
      return this;
    }

    /**
     * The store. No request is made.
     *
     * @throws IllegalArgumentException for an endpoint that is no HTTP URL, a name that no bucket
     *     has, or an upload prefix without its slash or of more than 900 characters
     */
    public GcsStore build() {
      HttpUrl url = HttpUrl.parse(endpoint.toString());
      if (url == null || !url.encodedPath().equals("/") || url.encodedQuery() != null) {
        throw new IllegalArgumentException(
            "Cannot open gs://" + bucket + ": its endpoint is not http(s)://HOST[:PORT].");
      }
      if (!bucket.matches("[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")) {
        throw new IllegalArgumentException(
            "Cannot open gs://" + bucket + ": that is no bucket's name. Check it.");
      }
      if (!uploads.endsWith("/") || uploads.length() > 900) {
        throw new IllegalArgumentException(
            "Cannot open gs://"
                + bucket
                + ": the prefix of uploads must end in a slash and have at most 900 characters.");
      }
      return new GcsStore(this, new GcsPlace(url, bucket, project, uploads));
    }
  }
}
