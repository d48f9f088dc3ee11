// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.path.PathBytes;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A barrier of a flow whose ends follow each other: rounds of what each end has, until one in which
 * neither found anything to change. Thread-safe.
 */
final class BothWays {
  /** Who never rests gets what was there at the call, and what became of it. */
  private static final int MOST_ROUNDS = 5;

  private final MasterEnd one;
  private final MasterEnd other;
  private final PathBytes path;
  private final CompletableFuture<Void> result = new CompletableFuture<>();
  private @Nullable CompletableFuture<?> asked; // guarded by this

  private BothWays(MasterEnd one, MasterEnd other, PathBytes path) {
    this.one = one;
    this.other = other;
    this.path = path;
  }

  /**
   * Done when each end shows what the other was when this was called, and what became of changes
   * that met. Who cancels it has nothing asked any more.
   */
  static CompletableFuture<Void> barrier(MasterEnd one, MasterEnd other, PathBytes path) {
    BothWays both = new BothWays(one, other, path);
    CompletableFuture<?> unused = both.result.whenComplete((good, bad) -> both.end());
    both.round(-1, MOST_ROUNDS);
    return both.result;
  }

  private synchronized void end() {
    if (asked != null) {
      asked.cancel(false);
    }
  }

  private <T> CompletableFuture<T> ask(Supplier<CompletableFuture<T>> question) {
    if (result.isDone()) {
      return CompletableFuture.failedFuture(new CancellationException());
    }
    CompletableFuture<T> next = question.get();
    synchronized (this) {
      asked = next;
    }
    if (result.isDone()) {
      end();
    }
    return next;
  }

  /** A round in which neither end found anything to change shows that both are equal. */
  private void round(long before, int left) {
    CompletableFuture<?> unused =
        ask(() -> one.barrier(path))
            .thenCompose(done -> ask(() -> other.barrier(path)))
            .thenCompose(done -> ask(one::place))
            .thenCompose(here -> ask(other::place).thenApply(there -> here + there))
            .whenComplete(
                (after, failure) -> {
                  if (failure != null) {
                    result.completeExceptionally(
                        failure.getCause() == null ? failure : failure.getCause());
                  } else if (after == before || left == 1) {
                    result.complete(null);
                  } else {
                    round(after, left - 1);
                  }
                });
  }
}
