// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.Cuts;
import io.kmesh.spi.store.DeleteOutcome;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ForwardingObjectStore;
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
import io.kmesh.spi.store.StreamedReads;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import io.kmesh.spi.store.VersionPage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A store whose requests a {@link StoreGovernor} lets go. A call waits on the caller's thread until
 * its request is sent; so none may be made on the thread of another call's answer. Thread-safe.
 */
public final class GovernedStore extends ForwardingObjectStore {
  private final ObjectStore store;
  private final StoreGovernor governor;
  private final BooleanSupplier isCancelled;
  private final @Nullable CancelScope scope;

  /**
   * A governed store.
   *
   * @param isCancelled asked while calls wait; once true they fail with CANCELLED
   */
  public GovernedStore(ObjectStore store, StoreGovernor governor, BooleanSupplier isCancelled) {
    this(store, governor, isCancelled, null);
  }

  private GovernedStore(
      ObjectStore store,
      StoreGovernor governor,
      BooleanSupplier isCancelled,
      @Nullable CancelScope scope) {
    this.store = store;
    this.governor = governor;
    this.isCancelled = isCancelled;
    this.scope = scope;
  }

  /**
   * A view with the same governor whose calls end when something is cancelled, though the store has
   * not answered. Buffers of such calls have to come from {@link CancelScope#over}.
   */
  public GovernedStore endWith(CancelScope end) {
    return new GovernedStore(
        store, governor, () -> isCancelled.getAsBoolean() || end.isCancelled(), end);
  }

  @Override
  protected ObjectStore delegate() {
    return store;
  }

  @Override
  public ObjectStore onCallersThread(Cuts cuts) {
    Cuts all = scope == null ? cuts : scope.cutting(cuts);
    return new GovernedStore(store.onCallersThread(all), governor, isCancelled, scope);
  }

  private <T> CompletionStage<T> send(long bytes, Supplier<CompletionStage<T>> call) {
    StoreGovernor.Permit permit;
    try {
      permit = governor.acquire(bytes, isCancelled);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
    try {
      CompletionStage<T> answer = scope == null ? call.get() : scope.call(call);
      return answer.whenComplete((value, failure) -> ended(permit, value, failure));
    } catch (RuntimeException | Error e) {
      permit.failed(e);
      throw e;
    }
  }

  private static void ended(
      StoreGovernor.Permit permit, @Nullable Object value, @Nullable Throwable failure) {
    if (failure != null) {
      Throwable cause = failure;
      while (cause instanceof CompletionException && cause.getCause() != null) {
        cause = cause.getCause();
      }
      permit.failed(cause);
    } else if (isThrottledInPart(value)) {
      permit.throttled(null);
    } else {
      permit.succeeded();
    }
  }

  private static boolean isThrottledInPart(@Nullable Object value) {
    return value instanceof List<?> list
        && list.stream()
            .anyMatch(o -> o instanceof DeleteOutcome d && d.errorOrNull() == ErrorKind.THROTTLED);
  }

  @Override
  public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
    return send(body.remaining(), () -> store.put(key, body, options));
  }

  @Override
  public CompletionStage<ObjectRange> read(
      String key, long offset, int length, Condition condition) {
    return send(Math.max(0, length), () -> store.read(key, offset, length, condition));
  }

  @Override
  public Optional<StreamedReads> streamedReads() {
    return store
        .streamedReads()
        .map(
            reads ->
                (key, offset, length, condition, sink) ->
                    send(
                        Math.max(0, length),
                        () -> reads.read(key, offset, length, condition, sink)));
  }

  @Override
  public CompletionStage<ObjectRange> readVersion(
      String key, String versionId, long offset, int length) {
    return send(Math.max(0, length), () -> store.readVersion(key, versionId, offset, length));
  }

  @Override
  public CompletionStage<ObjectInfo> head(String key) {
    return send(0, () -> store.head(key));
  }

  @Override
  public CompletionStage<ListPage> list(ListRequest request) {
    return send(0, () -> store.list(request));
  }

  @Override
  public CompletionStage<LevelPage> listLevel(
      String prefix, char delimiter, int limit, @Nullable String next) {
    return send(0, () -> store.listLevel(prefix, delimiter, limit, next));
  }

  @Override
  public CompletionStage<VersionPage> listVersions(
      String prefix, int limit, @Nullable String next) {
    return send(0, () -> store.listVersions(prefix, limit, next));
  }

  @Override
  public CompletionStage<List<DeleteOutcome>> delete(List<DeleteTarget> targets) {
    return send(0, () -> store.delete(targets));
  }

  @Override
  public CompletionStage<ObjectInfo> copy(
      String source, Condition sourceCondition, String target, PutOptions options) {
    return send(0, () -> store.copy(source, sourceCondition, target, options));
  }

  @Override
  public CompletionStage<ObjectInfo> changeStorageClass(
      String key, Condition condition, StorageClass storageClass) {
    return send(0, () -> store.changeStorageClass(key, condition, storageClass));
  }

  @Override
  public CompletionStage<Void> restore(String key, RestoreRequest request) {
    return send(0, () -> store.restore(key, request));
  }

  @Override
  public CompletionStage<Upload> startUpload(String key, Map<String, String> metadata) {
    return send(0, () -> store.startUpload(key, metadata));
  }

  @Override
  public CompletionStage<Upload> startUpload(
      String key, Map<String, String> metadata, @Nullable StorageClass storageClass) {
    return send(0, () -> store.startUpload(key, metadata, storageClass));
  }

  @Override
  public CompletionStage<UploadPart> uploadPart(Upload upload, int number, ByteBuffer body) {
    return send(body.remaining(), () -> store.uploadPart(upload, number, body));
  }

  @Override
  public CompletionStage<UploadPart> copyPart(
      Upload upload,
      int number,
      String source,
      Condition sourceCondition,
      long offset,
      long length) {
    return send(0, () -> store.copyPart(upload, number, source, sourceCondition, offset, length));
  }

  @Override
  public CompletionStage<List<UploadPart>> listParts(Upload upload) {
    return send(0, () -> store.listParts(upload));
  }

  @Override
  public CompletionStage<ObjectInfo> complete(
      Upload upload, List<UploadPart> parts, PutOptions options) {
    return send(0, () -> store.complete(upload, parts, options));
  }

  @Override
  public CompletionStage<Void> abort(Upload upload) {
    return send(0, () -> store.abort(upload));
  }

  @Override
  public CompletionStage<List<Upload>> listUploads(String prefix) {
    return send(0, () -> store.listUploads(prefix));
  }

  @Override
  public CompletionStage<List<OpenUpload>> listOpenUploads(String prefix) {
    return send(0, () -> store.listOpenUploads(prefix));
  }

  @Override
  public String toString() {
    return store.toString();
  }
}
