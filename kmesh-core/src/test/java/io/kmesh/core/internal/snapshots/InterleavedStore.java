// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.DeleteOutcome;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.time.DeterministicScheduler;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;

/**
 * A store at each call of which the tasks of a scheduler take turns; at times one sleeps for long.
 * Threads that a task started do not take turns: they run while their task does.
 */
public final class InterleavedStore extends ForwardingObjectStore {
  private final ObjectStore real;
  private final DeterministicScheduler scheduler;
  private final Random random;
  private final int sleeps;

  /**
   * A store for a task.
   *
   * @param sleeps of a hundred calls that take long
   */
  public InterleavedStore(
      ObjectStore real, DeterministicScheduler scheduler, Random random, int sleeps) {
    this.real = real;
    this.scheduler = scheduler;
    this.random = random;
    this.sleeps = sleeps;
  }

  @Override
  protected ObjectStore delegate() {
    return real;
  }

  private void others() {
    if (!Thread.currentThread().getName().startsWith("deterministic-")) {
      return;
    }
    try {
      if (random.nextInt(100) < sleeps) {
        scheduler.time().sleep(Duration.ofMillis(1 + random.nextInt(20)));
      } else {
        scheduler.time().sleep(Duration.ofNanos(100_000 + random.nextInt(100_000)));
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
    others();
    return real.put(key, body, options);
  }

  @Override
  public CompletionStage<ObjectRange> read(
      String key, long offset, int length, Condition condition) {
    others();
    return real.read(key, offset, length, condition);
  }

  @Override
  public CompletionStage<ObjectInfo> head(String key) {
    others();
    return real.head(key);
  }

  @Override
  public CompletionStage<ListPage> list(ListRequest request) {
    others();
    return real.list(request);
  }

  @Override
  public CompletionStage<List<DeleteOutcome>> delete(List<DeleteTarget> targets) {
    others();
    return real.delete(targets);
  }
}
