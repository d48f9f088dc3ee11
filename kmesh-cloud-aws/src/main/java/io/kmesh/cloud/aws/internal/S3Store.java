// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.Cuts;
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
import io.kmesh.spi.store.RestoreRequest;
import io.kmesh.spi.store.StorageClass;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.StoreLimits;
import io.kmesh.spi.store.StreamedReads;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import io.kmesh.spi.store.VersionPage;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** One bucket. Thread-safe. */
final class S3Store implements ObjectStore {
  private final S3Context context;
  private final S3Objects objects;
  private final S3Copies copies;
  private final S3Lists lists;
  private final S3Deletes deletes;
  private final S3Uploads uploads;
  private final List<AutoCloseable> opened;

  /** A store that closes what was opened for it. */
  S3Store(S3AsyncClient client, String bucket, S3Options options, List<AutoCloseable> opened) {
    this(new S3Context(client, bucket, options), opened);
  }

  private S3Store(S3Context context, List<AutoCloseable> opened) {
    this.context = context;
    objects = new S3Objects(context);
    copies = new S3Copies(context, objects);
    lists = new S3Lists(context);
    deletes = new S3Deletes(context);
    uploads = new S3Uploads(context, objects);
    this.opened = List.copyOf(opened);
  }

  @Override
  public ObjectStore onCallersThread(Cuts cuts) {
    return context.client instanceof DirectS3Client direct
        ? new S3Store(context.with(direct.onCallersThread(cuts)), opened)
        : this;
  }

  @Override
  public URI uri() {
    return context.uri;
  }

  /** Amazon's names are its own in all regions; of a client that was given only it knows more. */
  @Override
  public Optional<URI> endpoint() {
    return context
        .options
        .endpoint()
        .or(() -> context.rest().serviceClientConfiguration().endpointOverride());
  }

  @Override
  public Set<StoreCapability> capabilities() {
    return context.options.capabilities();
  }

  @Override
  public StoreLimits limits() {
    return S3Context.LIMITS;
  }

  @Override
  public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
    return objects.put(key, body, options);
  }

  @Override
  public CompletionStage<ObjectRange> read(
      String key, long offset, int length, Condition condition) {
    return objects.read(key, null, offset, length, condition);
  }

  @Override
  public Optional<StreamedReads> streamedReads() {
    return objects.streamedReads();
  }

  @Override
  public CompletionStage<ObjectRange> readVersion(
      String key, String versionId, long offset, int length) {
    return objects.read(key, versionId, offset, length, Condition.none());
  }

  @Override
  public CompletionStage<ObjectInfo> head(String key) {
    return objects.head(key);
  }

  @Override
  public CompletionStage<ListPage> list(ListRequest request) {
    return lists.list(request);
  }

  @Override
  public CompletionStage<LevelPage> listLevel(
      String prefix, char delimiter, int limit, @Nullable String next) {
    return lists.level(prefix, delimiter, limit, next);
  }

  @Override
  public CompletionStage<VersionPage> listVersions(
      String prefix, int limit, @Nullable String next) {
    return lists.versions(prefix, limit, next);
  }

  @Override
  public CompletionStage<List<DeleteOutcome>> delete(List<DeleteTarget> targets) {
    return deletes.delete(targets);
  }

  @Override
  public CompletionStage<ObjectInfo> copy(
      String source, Condition sourceCondition, String target, PutOptions options) {
    return copies.copy(source, sourceCondition, target, options);
  }

  @Override
  public CompletionStage<ObjectInfo> changeStorageClass(
      String key, Condition condition, StorageClass storageClass) {
    return copies.changeStorageClass(key, condition, storageClass);
  }

  @Override
  public CompletionStage<Void> restore(String key, RestoreRequest request) {
    return objects.restore(key, request);
  }

  @Override
  public CompletionStage<Upload> startUpload(String key, Map<String, String> metadata) {
    return uploads.start(key, metadata, null);
  }

  @Override
  public CompletionStage<Upload> startUpload(
      String key, Map<String, String> metadata, @Nullable StorageClass storageClass) {
    return uploads.start(key, metadata, storageClass);
  }

  @Override
  public CompletionStage<UploadPart> uploadPart(Upload upload, int number, ByteBuffer body) {
    return uploads.part(upload, number, body);
  }

  @Override
  public CompletionStage<UploadPart> copyPart(
      Upload upload,
      int number,
      String source,
      Condition sourceCondition,
      long offset,
      long length) {
    return uploads.copy(upload, number, source, sourceCondition, offset, length);
  }

  @Override
  public CompletionStage<List<UploadPart>> listParts(Upload upload) {
    return uploads.parts(upload);
  }

  @Override
  public CompletionStage<ObjectInfo> complete(
      Upload upload, List<UploadPart> parts, PutOptions options) {
    return uploads.complete(upload, parts, options);
  }

  @Override
  public CompletionStage<Void> abort(Upload upload) {
    return uploads.abort(upload);
  }

  @Override
  public CompletionStage<List<Upload>> listUploads(String prefix) {
    return listOpenUploads(prefix).thenApply(all -> all.stream().map(OpenUpload::upload).toList());
  }

  @Override
  public CompletionStage<List<OpenUpload>> listOpenUploads(String prefix) {
    return uploads.list(prefix);
  }

  @Override
  public void close() {
    context.calls.close();
    Closing.all(opened);
  }

  @Override
  public String toString() {
    return "S3Store(" + context.uri + ")";
  }
}
