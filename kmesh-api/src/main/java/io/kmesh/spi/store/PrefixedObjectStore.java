// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The keys of a store that begin with a prefix, without it. Thread-safe as that store is. */
public final class PrefixedObjectStore extends ForwardingObjectStore {
  private final ObjectStore store;
  private final String prefix;

  private PrefixedObjectStore(ObjectStore store, String prefix) {
    this.store = store;
    this.prefix = prefix;
  }

  /**
   * A prefix of a store, which it closes with itself.
   *
   * @param prefix put before each key as it is; for an empty one the store itself is given back
   */
  public static ObjectStore of(ObjectStore store, String prefix) {
    return prefix.isEmpty() ? store : new PrefixedObjectStore(store, prefix);
  }

  @Override
  protected ObjectStore delegate() {
    return store;
  }

  @Override
  public ObjectStore onCallersThread(Cuts cuts) {
    return of(store.onCallersThread(cuts), prefix);
  }

  @Override
  public URI uri() {
    URI uri = store.uri();
    String path = uri.getPath() == null ? "/" : uri.getPath();
    String below = path.endsWith("/") ? path + prefix : path + "/" + prefix;
    try {
      return new URI(uri.getScheme(), uri.getAuthority(), below, null, null);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("Cannot name the prefix " + prefix + " of " + uri, e);
    }
  }

  @Override
  public StoreLimits limits() {
    StoreLimits all = store.limits();
    int taken = prefix.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
    return new StoreLimits(
        all.maxPut(),
        all.minPart(),
        all.maxParts(),
        all.maxObject(),
        all.maxCopy(),
        all.maxKeyBytes() - taken,
        all.maxMetadata(),
        all.listPage(),
        all.deleteBatch());
  }

  private ObjectInfo below(ObjectInfo info) {
    return info.withKey(info.key().substring(prefix.length()));
  }

  private Upload full(Upload upload) {
    return new Upload(prefix + upload.key(), upload.id());
  }

  private Upload below(Upload upload) {
    return new Upload(upload.key().substring(prefix.length()), upload.id());
  }

  private @Nullable String below(@Nullable String key) {
    return key == null ? null : key.substring(prefix.length());
  }

  @Override
  public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
    return store.put(prefix + key, body, options).thenApply(this::below);
  }

  @Override
  public CompletionStage<ObjectRange> read(
      String key, long offset, int length, Condition condition) {
    return store
        .read(prefix + key, offset, length, condition)
        .thenApply(range -> new ObjectRange(below(range.info()), range.offset(), range.data()));
  }

  @Override
  public Optional<StreamedReads> streamedReads() {
    return store
        .streamedReads()
        .map(
            reads ->
                (key, offset, length, condition, sink) ->
                    reads
                        .read(prefix + key, offset, length, condition, sink)
                        .thenApply(this::below));
  }

  @Override
  public CompletionStage<ObjectRange> readVersion(
      String key, String versionId, long offset, int length) {
    return store
        .readVersion(prefix + key, versionId, offset, length)
        .thenApply(range -> new ObjectRange(below(range.info()), range.offset(), range.data()));
  }

  @Override
  public CompletionStage<ObjectInfo> head(String key) {
    return store.head(prefix + key).thenApply(this::below);
  }

  private ListRequest full(ListRequest request) {
    String after = request.afterOrNull();
    return new ListRequest(
        prefix + request.prefix(),
        after == null ? null : prefix + after,
        request.limit(),
        request.tokenOrNull());
  }

  @Override
  public CompletionStage<ListPage> list(ListRequest request) {
    return store
        .list(full(request))
        .thenApply(
            page ->
                new ListPage(
                    page.objects().stream().map(this::below).toList(),
                    below(page.nextAfterOrNull()),
                    page.tokenOrNull()));
  }

  @Override
  public CompletionStage<LevelPage> listLevel(
      String level, char delimiter, int limit, @Nullable String next) {
    return store
        .listLevel(prefix + level, delimiter, limit, next)
        .thenApply(
            page ->
                new LevelPage(
                    page.objects().stream().map(this::below).toList(),
                    page.prefixes().stream().map(p -> p.substring(prefix.length())).toList(),
                    page.nextOrNull()));
  }

  @Override
  public CompletionStage<VersionPage> listVersions(
      String keyPrefix, int limit, @Nullable String next) {
    return store
        .listVersions(prefix + keyPrefix, limit, next)
        .thenApply(
            page ->
                new VersionPage(
                    page.versions().stream()
                        .map(
                            v -> new ObjectVersion(below(v.info()), v.isLatest(), v.isDeleteMark()))
                        .toList(),
                    page.nextOrNull()));
  }

  @Override
  public CompletionStage<List<DeleteOutcome>> delete(List<DeleteTarget> targets) {
    return store
        .delete(
            targets.stream().map(t -> new DeleteTarget(prefix + t.key(), t.condition())).toList())
        .thenApply(
            outcomes ->
                outcomes.stream()
                    .map(
                        o ->
                            new DeleteOutcome(
                                o.key().substring(prefix.length()), o.errorOrNull(), o.message()))
                    .toList());
  }

  @Override
  public CompletionStage<ObjectInfo> copy(
      String source, Condition sourceCondition, String target, PutOptions options) {
    return store
        .copy(prefix + source, sourceCondition, prefix + target, options)
        .thenApply(this::below);
  }

  @Override
  public CompletionStage<Upload> startUpload(String key, Map<String, String> metadata) {
    return store.startUpload(prefix + key, metadata).thenApply(this::below);
  }

  @Override
  public CompletionStage<Upload> startUpload(
      String key, Map<String, String> metadata, @Nullable StorageClass storageClass) {
    return store.startUpload(prefix + key, metadata, storageClass).thenApply(this::below);
  }

  @Override
  public CompletionStage<UploadPart> uploadPart(Upload upload, int number, ByteBuffer body) {
    return store.uploadPart(full(upload), number, body);
  }

  @Override
  public CompletionStage<UploadPart> copyPart(
      Upload upload,
      int number,
      String source,
      Condition sourceCondition,
      long offset,
      long length) {
    return store.copyPart(full(upload), number, prefix + source, sourceCondition, offset, length);
  }

  @Override
  public CompletionStage<List<UploadPart>> listParts(Upload upload) {
    return store.listParts(full(upload));
  }

  @Override
  public CompletionStage<ObjectInfo> complete(
      Upload upload, List<UploadPart> parts, PutOptions options) {
    return store.complete(full(upload), parts, options).thenApply(this::below);
  }

  @Override
  public CompletionStage<Void> abort(Upload upload) {
    return store.abort(full(upload));
  }

  @Override
  public CompletionStage<List<Upload>> listUploads(String keyPrefix) {
    return store
        .listUploads(prefix + keyPrefix)
        .thenApply(uploads -> uploads.stream().map(this::below).toList());
  }

  @Override
  public CompletionStage<List<OpenUpload>> listOpenUploads(String keyPrefix) {
    return store
        .listOpenUploads(prefix + keyPrefix)
        .thenApply(
            uploads ->
                uploads.stream()
                    .map(open -> new OpenUpload(below(open.upload()), open.begunOrNull()))
                    .toList());
  }

  @Override
  public CompletionStage<Void> restore(String key, RestoreRequest request) {
    return store.restore(prefix + key, request);
  }

  @Override
  public CompletionStage<ObjectInfo> changeStorageClass(
      String key, Condition condition, StorageClass storageClass) {
    return store.changeStorageClass(prefix + key, condition, storageClass).thenApply(this::below);
  }
}
