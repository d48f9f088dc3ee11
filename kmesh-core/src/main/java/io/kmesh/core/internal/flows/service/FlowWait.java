// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.KmeshException;
import io.kmesh.KmeshTimeoutException;
import io.kmesh.flows.FlowStatus;
import io.kmesh.spi.ErrorKind;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** How somebody waits for what a flow does, while it runs. Thread-safe. */
final class FlowWait {
  /** How often a wait looks whether the flow still runs. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final String name;
  private final Consumer<String> requireRunning;
  private final Supplier<FlowStatus> status;

  /**
   * Waits for a flow.
   *
   * @param requireRunning fails, saying what can't be done, when the flow does not run or failed
   */
  FlowWait(String name, Consumer<String> requireRunning, Supplier<FlowStatus> status) {
    this.name = name;
    this.requireRunning = requireRunning;
    this.status = status;
  }

  /**
   * Waits.
   *
   * @param what what is waited for, for errors
   * @param isGivenUp whether nobody needs it any more when the time is over
   * @throws KmeshTimeoutException when it took longer; the flow goes on
   */
  void await(String what, CompletableFuture<Void> done, Duration limit, boolean isGivenUp) {
    try {
      Duration left = limit;
      while (!isDoneWithin(done, left.compareTo(LOOK) < 0 ? left : LOOK)) {
        requireRunning.accept(what); // the other end may have failed
        left = left.minus(LOOK);
        if (left.isNegative() || left.isZero()) {
          throw new TimeoutException();
        }
      }
    } catch (TimeoutException e) {
      if (isGivenUp) {
        done.cancel(false);
      }
      throw new KmeshTimeoutException(
          "Cannot "
              + what
              + " within "
              + limit
              + ": the data flow \""
              + name
              + "\" goes on"
              + describe(status.get())
              + ". Ask again.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      done.cancel(false);
      throw new KmeshException(
          ErrorKind.TRANSIENT, "Cannot " + what + ": the wait was interrupted. Ask again.", e);
    } catch (ExecutionException e) {
      throw failed(e);
    }
  }

  private static String describe(FlowStatus now) {
    return now.reason().isEmpty()
        ? ", with " + now.backlog() + " changes left"
        : " (" + now.state() + ": " + now.reason() + ")";
  }

  private static boolean isDoneWithin(CompletableFuture<Void> done, Duration limit)
      throws InterruptedException, ExecutionException {
    try {
      done.get(limit.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }

  /** What a failed answer is to users. */
  static KmeshException failed(ExecutionException e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    if (cause instanceof IOException io) {
      return KmeshException.ofRead(io);
    }
    if (cause instanceof KmeshException known) {
      return known;
    }
    return new KmeshException(ErrorKind.TRANSIENT, String.valueOf(cause.getMessage()), cause);
  }
}
