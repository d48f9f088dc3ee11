// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.path.PathBytes;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/** Barriers of a flow whose ends follow each other. Stateless. */
final class BothWays {
  /** Who never rests gets what was there at the call, and what became of it. */
  private static final int MOST_ROUNDS = 5;

  private BothWays() {}

  /**
   * Done when each end shows what the other was when this was called, and what became of changes
   * that met.
   */
  static CompletableFuture<Void> barrier(FlowEnd one, FlowEnd other, PathBytes path) {
    CompletableFuture<Void> result = new CompletableFuture<>();
    round(one, other, path, -1, MOST_ROUNDS, result);
    return result;
  }

  /** A round in which neither end found anything to change shows that both are equal. */
  private static void round(
      FlowEnd one,
      FlowEnd other,
      PathBytes path,
      long before,
      int left,
      CompletableFuture<Void> result) {
    if (result.isDone()) {
      return;
    }
    CompletableFuture<?> unused =
        one.replica()
            .barrier(path)
            .thenCompose(done -> other.replica().barrier(path))
            .thenCompose(done -> place(one, other))
            .whenComplete(
                (after, failure) -> {
                  if (failure != null) {
                    result.completeExceptionally(
                        failure.getCause() == null ? failure : failure.getCause());
                  } else if (after == before || left == 1) {
                    result.complete(null);
                  } else {
                    round(one, other, path, after, left - 1, result);
                  }
                });
  }

  /** The sum of both ends' places in their logs. */
  private static CompletableFuture<Long> place(FlowEnd one, FlowEnd other) {
    AtomicLong sum = new AtomicLong();
    return one.replica()
        .call(() -> sum.addAndGet(one.base().lastSeq()))
        .thenCompose(done -> other.replica().call(() -> sum.addAndGet(other.base().lastSeq())))
        .thenApply(done -> sum.get());
  }
}
