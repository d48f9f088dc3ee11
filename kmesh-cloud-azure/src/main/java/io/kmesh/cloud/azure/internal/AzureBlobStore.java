// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal;

import com.azure.storage.blob.BlobContainerAsyncClient;
import io.kmesh.cloud.azure.internal.credential.Secret;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.DeleteOutcome;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.LevelPage;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.RestoreRequest;
import io.kmesh.spi.store.StorageClass;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.StoreLimits;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import io.kmesh.spi.time.KmeshTime;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The store on one container: each kind of call goes to the class for it. Thread-safe. */
public final class AzureBlobStore implements ObjectStore {
  private final StoreContext context;
  private final BlobReader reader;
  private final BlobWriter writer;
  private final BlobLister lister;
  private final BlobCopier copier;
  private final BlobUploads uploads;
  private final BlobTiers tiers;

  /**
   * A store.
   *
   * @param restoreTo the tier that archived blobs are restored to
   * @param sourceSas what authorises the source of a copy, where a signature of URLs does
   */
  public AzureBlobStore(
      BlobContainerAsyncClient container,
      KmeshTime time,
      StorageClass restoreTo,
      @Nullable Secret sourceSas) {
    context = new StoreContext(container, time);
    reader = new BlobReader(context);
    writer = new BlobWriter(context);
    lister = new BlobLister(context);
    copier = new BlobCopier(context, sourceSas);
    uploads = new BlobUploads(context, reader, lister);
    tiers = new BlobTiers(context, reader, restoreTo);
  }

  @Override
  public URI uri() {
    return context.uri;
  }

  @Override
  public Optional<URI> endpoint() {
    return Optional.of(URI.create(context.container.getAccountUrl()));
  }

  @Override
  public Set<StoreCapability> capabilities() {
    return StoreContext.CAPABILITIES;
  }

  @Override
  public StoreLimits limits() {
    return StoreContext.LIMITS;
  }

  @Override
  public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
    return writer.put(key, body, options);
  }

  @Override
  public CompletionStage<ObjectRange> read(
      String key, long offset, int length, Condition condition) {
    return reader.read(key, offset, length, condition);
  }

  @Override
  public CompletionStage<ObjectInfo> head(String key) {
    return reader.head(key);
  }

  @Override
  public CompletionStage<ListPage> list(ListRequest request) {
    return lister.list(request);
  }

  @Override
  public CompletionStage<LevelPage> listLevel(
      String prefix, char delimiter, int limit, @Nullable String next) {
    return lister.level(prefix, delimiter, limit, next);
  }

  @Override
  public CompletionStage<List<DeleteOutcome>> delete(List<DeleteTarget> targets) {
    return writer.delete(targets);
  }

  @Override
  public CompletionStage<ObjectInfo> copy(
      String source, Condition sourceCondition, String target, PutOptions options) {
    return copier.copy(source, sourceCondition, target, options);
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
    return uploads.list(prefix);
  }

  @Override
  public CompletionStage<Void> restore(String key, RestoreRequest request) {
    return tiers.restore(key, request);
  }

  @Override
  public CompletionStage<ObjectInfo> changeStorageClass(
      String key, Condition condition, StorageClass storageClass) {
    return tiers.change(key, condition, storageClass);
  }

  @Override
  public void close() {
    context.close();
  }

  @Override
  public String toString() {
    return "BlobStore(" + context.uri + ")";
  }
}
