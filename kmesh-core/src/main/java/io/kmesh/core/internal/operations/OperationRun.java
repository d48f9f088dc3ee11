// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.operations;

import io.kmesh.KmeshException;
import io.kmesh.KmeshTimeoutException;
import io.kmesh.Operation;
import io.kmesh.OperationCancelledException;
import io.kmesh.OperationId;
import io.kmesh.OperationState;
import io.kmesh.OutcomeUnknownException;
import io.kmesh.Progress;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One operation in this process: what its caller holds and what its handler talks to. Thread-safe.
 *
 * @param <T> the type of its result
 */
final class OperationRun<T> implements Operation<T>, OperationContext {
  private static final Duration LONGEST_WAIT = Duration.ofDays(3650);

  private final OperationRunner runner;
  private final OperationHandler<T> handler;
  private final OperationId id;
  private final String owner;
  private final CompletableFuture<T> ended = new CompletableFuture<>();

  private OperationState state; // guarded by this
  private Progress progress; // guarded by this
  private int attempt; // guarded by this
  private boolean isCancelRequested; // guarded by this
  private boolean isSubmitted; // guarded by this
  private @Nullable Thread thread; // guarded by this
  private @Nullable T result; // guarded by this
  private @Nullable KmeshException failure; // guarded by this
  private boolean isSettled; // guarded by this
  private long progressWritten; // guarded by this

  /** An operation as the journal has it. */
  OperationRun(OperationRunner runner, OperationHandler<T> handler, OperationRecord record) {
    this.runner = runner;
    this.handler = handler;
    this.id = record.id();
    this.owner = record.owner();
    // What another process began and did not end has stopped with it.
    this.state = record.state() == OperationState.RUNNING ? OperationState.PARKED : record.state();
    this.progress = record.progress();
    this.attempt = record.attempt();
    this.isCancelRequested = record.isCancelRequested();
    this.progressWritten = runner.time().nanoTime();
  }

  OperationHandler<T> handler() {
    return handler;
  }

  @Override
  public OperationId id() {
    return id;
  }

  @Override
  public String type() {
    return handler.type();
  }

  @Override
  public String owner() {
    return owner;
  }

  @Override
  public synchronized int attempt() {
    return attempt;
  }

  @Override
  public synchronized OperationState state() {
    return state;
  }

  @Override
  public synchronized Progress progress() {
    return progress;
  }

  @Override
  public IntentLog intents() {
    return runner.intents(this);
  }

  @Override
  public void progress(Progress newProgress) {
    boolean isDue;
    synchronized (this) {
      progress = newProgress;
      long now = runner.time().nanoTime();
      isDue = now - progressWritten >= OperationRunner.PROGRESS_INTERVAL.toNanos();
      if (isDue) {
        progressWritten = now;
      }
    }
    if (isDue) {
      runner.writeProgress(id, newProgress);
    }
  }

  @Override
  public void checkCancelled() throws ProviderException {
    boolean isCancelled;
    synchronized (this) {
      isCancelled = isCancelRequested;
    }
    if (isCancelled) {
      throw new ProviderException(
          ErrorKind.CANCELLED,
          "Cannot go on with the operation "
              + id
              + ": it was cancelled. Start it anew if it is"
              + " wanted.");
    }
    if (runner.isClosing()) {
      throw new ProviderException(
          ErrorKind.CANCELLED,
          "Cannot go on with the operation "
              + id
              + ": Kmesh is being closed. The next opening"
              + " resumes it.");
    }
  }

  @Override
  public void cancel() {
    synchronized (this) {
      if (isSettled || isCancelRequested) {
        return;
      }
    }
    runner.cancel(this);
  }

  /** The wish to stop is durable. */
  synchronized void cancelNoted() {
    isCancelRequested = true;
    notifyAll();
  }

  @Override
  public synchronized boolean isCancelRequested() {
    return isCancelRequested;
  }

  @Override
  public T await(Duration limit) {
    Duration capped = limit.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : limit;
    long deadline = runner.time().nanoTime() + capped.toNanos();
    synchronized (this) {
      while (!isSettled) {
        long left = deadline - runner.time().nanoTime();
        if (left <= 0) {
          throw new KmeshTimeoutException(
              "Cannot give the result of the operation "
                  + id
                  + " ("
                  + handler.type()
                  + "): it is "
                  + state
                  + " after "
                  + limit
                  + ". Await it again.");
        }
        waitFor(Duration.ofNanos(left));
      }
      return outcome();
    }
  }

  private synchronized void waitFor(Duration left) {
    try {
      runner.time().await(this, left);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KmeshException(
          ErrorKind.TRANSIENT,
          "Cannot await the operation "
              + id
              + ": this thread was interrupted; the operation goes"
              + " on. Await it again.",
          e);
    }
  }

  private synchronized T outcome() {
    KmeshException e = failure;
    if (e != null) {
      throw again(e);
    }
    T value = result;
    if (value == null) {
      throw new IllegalStateException("Cannot give the result of " + id + ": it has none.");
    }
    return value;
  }

  /** A new exception for each who waits, with the first as its cause. */
  private KmeshException again(KmeshException e) {
    String message = String.valueOf(e.getMessage());
    if (e instanceof OperationCancelledException) {
      return new OperationCancelledException(message);
    }
    if (e instanceof OutcomeUnknownException) {
      return new OutcomeUnknownException(id, message, e);
    }
    return new KmeshException(e.kind(), message, e.context(), e);
  }

  @Override
  public CompletableFuture<T> completion() {
    CompletableFuture<T> view = new CancellingFuture<>(this);
    CompletableFuture<?> unused =
        ended.whenComplete(
            (value, e) -> {
              if (e == null) {
                view.complete(value);
              } else {
                view.completeExceptionally(e);
              }
            });
    return view;
  }

  private static final class CancellingFuture<T> extends CompletableFuture<T> {
    private final Operation<T> operation;

    CancellingFuture(Operation<T> operation) {
      this.operation = operation;
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      if (!isDone()) {
        operation.cancel();
      }
      return super.cancel(mayInterruptIfRunning);
    }
  }

  /** Marks it as handed to a thread; false when it was before, or has ended. */
  synchronized boolean claim() {
    if (isSubmitted || isSettled) {
      return false;
    }
    isSubmitted = true;
    return true;
  }

  /** No thread took it. */
  synchronized void unclaim() {
    isSubmitted = false;
  }

  /** This thread begins to work at it. */
  synchronized void begun(OperationRecord record) {
    thread = Thread.currentThread();
    state = record.state();
    attempt = record.attempt();
    isCancelRequested |= record.isCancelRequested();
  }

  /** The thread that worked at it turns to something else. */
  synchronized void left() {
    thread = null;
  }

  /** Interrupts the thread that works at it. */
  synchronized void interrupt() {
    if (thread != null) {
      thread.interrupt();
    }
  }

  /** It ended as the journal says; the result is read from there when it is not at hand. */
  void settle(OperationRecord record, @Nullable T value, @Nullable Throwable cause) {
    KmeshException problem = null;
    T known = value;
    if (record.state() == OperationState.SUCCEEDED) {
      if (known == null) {
        try {
          known = handler.decode(record.result().orElseThrow());
        } catch (IOException e) {
          problem = KmeshException.ofRead(e);
        }
      }
    } else {
      problem = problem(record, cause);
    }
    settle(record.state(), record.progress(), known, problem);
  }

  private KmeshException problem(OperationRecord record, @Nullable Throwable cause) {
    OperationError error =
        record
            .error()
            .orElse(
                new OperationError(
                    ErrorKind.CORRUPT,
                    "Cannot tell why the operation "
                        + id
                        + " ended as "
                        + record.state()
                        + ": the state does not say. Start it anew.",
                    java.util.Map.of()));
    return switch (record.state()) {
      case CANCELLED -> new OperationCancelledException(error.message());
      case OUTCOME_UNKNOWN -> new OutcomeUnknownException(id, error.message(), cause);
      default -> new KmeshException(error.kind(), error.message(), error.context(), cause);
    };
  }

  /** It stopped, and the next opening resumes it: who waits here is told so. */
  void park() {
    KmeshException told =
        new KmeshException(
            ErrorKind.EXPIRED,
            "Cannot give the result of the operation "
                + id
                + ": Kmesh was closed and parked it. Open it again and find the operation by its"
                + " id.");
    synchronized (this) {
      state = OperationState.PARKED;
      failure = told;
      isSettled = true;
      notifyAll();
    }
  }

  /** The journal could not be written: in this process it is lost, the next opening resumes it. */
  void lose(IOException cause) {
    settle(
        OperationState.PARKED,
        progress(),
        null,
        new KmeshException(
            ProviderException.kindOfMutation(cause),
            "Cannot note where the operation "
                + id
                + " stands: "
                + cause.getMessage()
                + " The next opening of the state resumes it.",
            cause));
  }

  private void settle(
      OperationState newState,
      Progress newProgress,
      @Nullable T value,
      @Nullable KmeshException problem) {
    synchronized (this) {
      state = newState;
      progress = newProgress;
      result = value;
      failure = problem;
      isSettled = true;
      notifyAll();
    }
    // Outside the lock: what hangs on the future runs here.
    if (problem != null) {
      ended.completeExceptionally(problem);
    } else {
      ended.complete(value);
    }
  }

  @Override
  public String toString() {
    return "Operation " + id + " (" + handler.type() + ", " + state() + ")";
  }
}
