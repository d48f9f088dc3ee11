// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

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
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Counts the calls of a store. Thread-safe. */
final class CountingStore extends ForwardingObjectStore {
  private final ObjectStore store;
  private final LongAdder calls;

  CountingStore(ObjectStore store, LongAdder calls) {
    this.store = store;
    this.calls = calls;
  }

  @Override
  protected ObjectStore delegate() {
    return store;
  }

  @Override
  public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
    calls.increment();
    return store.put(key, body, options);
  }

  @Override
  public CompletionStage<ObjectRange> read(
      String key, long offset, int length, Condition condition) {
    calls.increment();
    return store.read(key, offset, length, condition);
  }

  @Override
  public CompletionStage<ObjectInfo> head(String key) {
    calls.increment();
    return store.head(key);
  }

  @Override
  public CompletionStage<ListPage> list(ListRequest request) {
    calls.increment();
    return store.list(request);
  }

  @Override
  public CompletionStage<List<DeleteOutcome>> delete(List<DeleteTarget> targets) {
    calls.increment();
    return store.delete(targets);
  }

  @Override
  public CompletionStage<ObjectInfo> copy(
      String source, Condition sourceCondition, String target, PutOptions options) {
    calls.increment();
    return store.copy(source, sourceCondition, target, options);
  }

  @Override
  public CompletionStage<Upload> startUpload(String key, Map<String, String> metadata) {
    calls.increment();
    return store.startUpload(key, metadata);
  }

  @Override
  public CompletionStage<Upload> startUpload(
      String key, Map<String, String> metadata, @Nullable StorageClass storageClass) {
    calls.increment();
    return store.startUpload(key, metadata, storageClass);
  }

  @Override
  public CompletionStage<UploadPart> uploadPart(Upload upload, int number, ByteBuffer body) {
    calls.increment();
    return store.uploadPart(upload, number, body);
  }

  @Override
  public CompletionStage<UploadPart> copyPart(
      Upload upload,
      int number,
      String source,
      Condition sourceCondition,
      long offset,
      long length) {
    calls.increment();
    return store.copyPart(upload, number, source, sourceCondition, offset, length);
  }

  @Override
  public CompletionStage<ObjectInfo> complete(
      Upload upload, List<UploadPart> parts, PutOptions options) {
    calls.increment();
    return store.complete(upload, parts, options);
  }

  @Override
  public CompletionStage<Void> abort(Upload upload) {
    calls.increment();
    return store.abort(upload);
  }

  @Override
  public CompletionStage<List<Upload>> listUploads(String prefix) {
    calls.increment();
    return store.listUploads(prefix);
  }

  @Override
  public CompletionStage<List<OpenUpload>> listOpenUploads(String prefix) {
    calls.increment();
    return store.listOpenUploads(prefix);
  }
}
