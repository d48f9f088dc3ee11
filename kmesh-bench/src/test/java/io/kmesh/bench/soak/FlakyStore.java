// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.soak;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * A store whose calls fail now and then for as long as it lives: transiently before they did
 * anything, or with a lost reply after they did. Thread-safe.
 */
final class FlakyStore extends ForwardingObjectStore {
  private static final int ONE_IN = 100;

  private final ObjectStore store;
  private final Random random;
  private final AtomicLong faults = new AtomicLong();

  FlakyStore(ObjectStore store, long seed) {
    this.store = store;
    this.random = new Random(seed);
  }

  long faults() {
    return faults.get();
  }

  @Override
  protected ObjectStore delegate() {
    return store;
  }

  private <T> CompletionStage<T> flaky(
      String call, ErrorKind lost, Supplier<CompletionStage<T>> work) {
    int dice = random.nextInt(2 * ONE_IN);
    if (dice == 0) {
      faults.incrementAndGet();
      return CompletableFuture.failedFuture(
          new ProviderException(
              ErrorKind.TRANSIENT, "Cannot " + call + ": planned failure. Try again."));
    }
    CompletionStage<T> stage = work.get();
    if (dice != 1) {
      return stage;
    }
    faults.incrementAndGet();
    return stage.thenCompose(
        result ->
            CompletableFuture.failedFuture(
                new ProviderException(
                    lost, "Cannot tell of " + call + ": its reply is lost by plan. Look.")));
  }

  @Override
  public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
    return flaky("put", ErrorKind.UNKNOWN_OUTCOME, () -> store.put(key, body, options));
  }

  @Override
  public CompletionStage<ObjectRange> read(
      String key, long offset, int length, Condition condition) {
    return flaky("read", ErrorKind.TRANSIENT, () -> store.read(key, offset, length, condition));
  }

  @Override
  public CompletionStage<ObjectInfo> head(String key) {
    return flaky("head", ErrorKind.TRANSIENT, () -> store.head(key));
  }

  @Override
  public CompletionStage<UploadPart> uploadPart(Upload upload, int number, ByteBuffer body) {
    return flaky(
        "upload a part", ErrorKind.UNKNOWN_OUTCOME, () -> store.uploadPart(upload, number, body));
  }

  @Override
  public CompletionStage<ObjectInfo> complete(
      Upload upload, List<UploadPart> parts, PutOptions options) {
    return flaky(
        "complete", ErrorKind.UNKNOWN_OUTCOME, () -> store.complete(upload, parts, options));
  }
}
