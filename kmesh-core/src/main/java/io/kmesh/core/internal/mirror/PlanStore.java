// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.DeleteOutcome;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.OpenUpload;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StorageClass;
import io.kmesh.spi.store.StoreChecks;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A store that answers questions and carries out nothing: what would change it is counted and
 * answered as if it were done, or refused where the store would refuse it before it sends anything.
 * Thread-safe as the store behind it.
 */
final class PlanStore extends ForwardingObjectStore {
  private static final String ETAG = "planned";

  private final ObjectStore store;
  private final StoreChecks checks;
  private final Map<String, LongAdder> requests = new ConcurrentHashMap<>();

  PlanStore(ObjectStore store) {
    this.store = store;
    this.checks = new StoreChecks(store.uri(), store.capabilities(), store.limits());
  }

  /** How many requests of each kind there were, and would be. */
  Map<String, Long> requests() {
    Map<String, Long> sums = new TreeMap<>();
    requests.forEach((kind, count) -> sums.put(kind, count.sum()));
    sums.values().removeIf(sum -> sum == 0);
    return sums;
  }

  /** Counts requests that would be made; a negative count takes back some that were. */
  void count(String kind, long requestCount) {
    if (requestCount != 0) {
      requests.computeIfAbsent(kind, k -> new LongAdder()).add(requestCount);
    }
  }

  @Override
  protected ObjectStore delegate() {
    return store;
  }

  /** What a store looks at before it sends a request. */
  @FunctionalInterface
  private interface Look {
    void run() throws ProviderException;
  }

  private <T> CompletionStage<T> planned(String kind, Look look, Supplier<T> answer) {
    try {
      look.run();
    } catch (ProviderException e) {
      return CompletableFuture.failedFuture(e);
    }
    count(kind, 1);
    return CompletableFuture.completedFuture(answer.get());
  }

  private void checkTarget(String verb, String key, PutOptions options) throws ProviderException {
    checks.key(verb, key);
    checks.target(verb, key, options);
  }

  private static ObjectInfo info(String key, long size, Map<String, String> metadata) {
    return new ObjectInfo(key, size, ETAG, null, Instant.EPOCH, metadata, null);
  }

  @Override
  public CompletionStage<ObjectInfo> head(String key) {
    count("head", 1);
    return store.head(key);
  }

  @Override
  public CompletionStage<ObjectRange> read(
      String key, long offset, int length, Condition condition) {
    count("read", 1);
    return store.read(key, offset, length, condition);
  }

  @Override
  public CompletionStage<ListPage> list(ListRequest request) {
    count("list", 1);
    return store.list(request);
  }

  @Override
  public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
    return planned(
        "put",
        () -> {
          checkTarget("put", key, options);
          checks.putSize("put", key, body.remaining());
        },
        () -> info(key, body.remaining(), options.metadata()));
  }

  @Override
  public CompletionStage<List<DeleteOutcome>> delete(List<DeleteTarget> targets) {
    count("delete", 1);
    return CompletableFuture.completedFuture(
        targets.stream().map(target -> DeleteOutcome.deleted(target.key())).toList());
  }

  @Override
  public CompletionStage<ObjectInfo> copy(
      String source, Condition sourceCondition, String target, PutOptions options) {
    return planned(
        "copy",
        () -> checkTarget("copy to", target, options),
        () -> info(target, 0, options.metadata()));
  }

  @Override
  public CompletionStage<Upload> startUpload(String key, Map<String, String> metadata) {
    return planned(
        "startUpload",
        () -> checkTarget("start an upload of", key, PutOptions.NONE.withMetadata(metadata)),
        () -> new Upload(key, ETAG));
  }

  @Override
  public CompletionStage<Upload> startUpload(
      String key, Map<String, String> metadata, @Nullable StorageClass storageClass) {
    return startUpload(key, metadata);
  }

  @Override
  public CompletionStage<UploadPart> uploadPart(Upload upload, int number, ByteBuffer body) {
    count("uploadPart", 1);
    return CompletableFuture.completedFuture(new UploadPart(number, ETAG, body.remaining()));
  }

  @Override
  public CompletionStage<UploadPart> copyPart(
      Upload upload,
      int number,
      String source,
      Condition sourceCondition,
      long offset,
      long length) {
    return planned(
        "copyPart",
        () -> checks.copiedRange(source, offset, length),
        () -> new UploadPart(number, ETAG, length));
  }

  @Override
  public CompletionStage<ObjectInfo> complete(
      Upload upload, List<UploadPart> parts, PutOptions options) {
    count("complete", 1);
    long size = parts.stream().mapToLong(UploadPart::size).sum();
    return CompletableFuture.completedFuture(info(upload.key(), size, Map.of()));
  }

  @Override
  public CompletionStage<Void> abort(Upload upload) {
    count("abort", 1);
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletionStage<List<Upload>> listUploads(String prefix) {
    count("listUploads", 1);
    return store.listUploads(prefix);
  }

  @Override
  public CompletionStage<List<OpenUpload>> listOpenUploads(String prefix) {
    count("listUploads", 1);
    return store.listOpenUploads(prefix);
  }
}
