// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.operations;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.KmeshException;
import io.kmesh.Operation;
import io.kmesh.OperationId;
import io.kmesh.OperationState;
import io.kmesh.Operations;
import io.kmesh.Progress;
import io.kmesh.core.internal.observe.Observers;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.observe.KmeshEvent.Severity;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs operations: each at most once at a time, from its acceptance to its end, over the ends of
 * processes. Thread-safe.
 */
public final class OperationRunner implements Operations, AutoCloseable {
  /** Progress is written to the state no more often than this. */
  static final Duration PROGRESS_INTERVAL = Duration.ofSeconds(5);

  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(30);
  private static final Duration INTERRUPT_PATIENCE = Duration.ofSeconds(5);
  private static final int PAGE = 1000;

  private final OperationJournal journal;
  private final KmeshTime time;
  private final Observers observers;
  private final Executor executor;
  private final Map<String, OperationHandler<?>> handlers = new HashMap<>();
  private final Map<OperationId, OperationRun<?>> active = new HashMap<>(); // guarded by itself
  private int working; // guarded by active
  private volatile boolean isClosing;
  private volatile boolean isInterrupting;

  /**
   * A runner; {@link #resume} makes it take up what an earlier process left.
   *
   * @param executor runs the operations; each takes a thread for as long as it lasts
   * @param handlers the types of operations
   */
  public OperationRunner(
      OperationJournal journal,
      KmeshTime time,
      Observers observers,
      Executor executor,
      List<? extends OperationHandler<?>> handlers) {
    this.journal = journal;
    this.time = time;
    this.observers = observers;
    this.executor = executor;
    for (OperationHandler<?> handler : handlers) {
      if (this.handlers.put(handler.type(), handler) != null) {
        throw new IllegalArgumentException(
            "Cannot run operations of the type "
                + handler.type()
                + ": two handlers have it. Give each a type of its own.");
      }
    }
  }

  KmeshTime time() {
    return time;
  }

  boolean isClosing() {
    return isClosing;
  }

  IntentLog intents(OperationRun<?> run) {
    return journal.intents(run.id(), run.owner());
  }

  /**
   * Accepts an operation durably and begins it.
   *
   * @throws KmeshException when it can't be written, or after {@link #close}
   */
  public <T> Operation<T> start(OperationHandler<T> handler, ObjectNode spec, String owner) {
    return start(handler, spec, owner, id -> List.of());
  }

  /**
   * Accepts an operation durably, in one commit with other changes of the state, and begins it.
   *
   * @param with gives the other changes for the operation's id
   * @throws KmeshException when it can't be written: PRECONDITION when one of the other changes
   *     conflicts; or after {@link #close}
   */
  public <T> Operation<T> start(
      OperationHandler<T> handler,
      ObjectNode spec,
      String owner,
      Function<OperationId, List<StateChange>> with) {
    requireOpen();
    requireKnown(handler);
    try {
      OperationRecord record = journal.create(handler.type(), spec, owner, with);
      event(Severity.INFO, "operation.accepted", record, "The operation was accepted.");
      OperationRun<T> run = new OperationRun<>(this, handler, record);
      synchronized (active) {
        active.put(record.id(), run);
      }
      if (!submit(run)) {
        giveUp(run);
      }
      return run;
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    }
  }

  /** It was accepted, but no thread takes it. */
  private void giveUp(OperationRun<?> run) throws IOException {
    if (isClosing) {
      retire(run);
      run.park(); // the next opening begins it
      return;
    }
    String message =
        "Cannot start the operation "
            + run.id()
            + ": too many wait for a thread already. Await some of them first.";
    journal.cancelled(
        run.id(), new OperationError(ErrorKind.THROTTLED, message, Map.of()), run.progress());
    retire(run);
    throw new KmeshException(ErrorKind.THROTTLED, message);
  }

  /**
   * Gives the operation of an id, whatever became of it, or accepts and begins it.
   *
   * @throws io.kmesh.SpecConflictException when one of that id has another specification
   * @throws KmeshException when it can't be read or written, or after {@link #close}
   */
  public <T> Operation<T> ensure(
      OperationId id, OperationHandler<T> handler, ObjectNode spec, String owner) {
    requireOpen();
    requireKnown(handler);
    try {
      OperationRecord record = journal.ensure(id, handler.type(), spec, owner);
      OperationRun<T> run = adopt(handler, record);
      if (!record.state().isEnded() && handler.isReady(record.spec())) {
        submit(run);
      }
      return run;
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    }
  }

  private void requireOpen() {
    if (isClosing) {
      throw new KmeshException(
          ErrorKind.INVALID, "Cannot start an operation: Kmesh was closed. Open it again.");
    }
  }

  private void requireKnown(OperationHandler<?> handler) {
    if (handlers.get(handler.type()) != handler) {
      throw new IllegalArgumentException(
          "Cannot start an operation of the type "
              + handler.type()
              + ": its handler was not given to this runner, so nothing would resume it.");
    }
  }

  /** The one object for an operation in this process. */
  private <T> OperationRun<T> adopt(OperationHandler<T> handler, OperationRecord seen)
      throws IOException {
    synchronized (active) {
      OperationRun<?> known = active.get(seen.id());
      if (known != null) {
        return typed(known, handler);
      }
      // It may have ended since it was seen; what is not active can't change from here on.
      boolean isFinal = seen.state().isEnded() && seen.state() != OperationState.OUTCOME_UNKNOWN;
      OperationRecord record = isFinal ? seen : journal.find(seen.id()).orElse(seen);
      OperationRun<T> run = new OperationRun<>(this, handler, record);
      if (record.state().isEnded()) {
        run.settle(record, null, null);
      } else if (isClosing) {
        run.park();
      } else {
        active.put(record.id(), run);
      }
      return run;
    }
  }

  /** A run has the type of its handler. */
  @SuppressWarnings("unchecked")
  private static <T> OperationRun<T> typed(OperationRun<?> run, OperationHandler<T> handler) {
    if (run.handler() != handler) {
      throw new IllegalArgumentException("Cannot run " + run + " as " + handler.type() + ".");
    }
    return (OperationRun<T>) run;
  }

  /**
   * Takes up every operation that has not ended, is not under way, and whose needs are there. Call
   * it again when more is there, such as a cluster. One that this build can't read or does not know
   * stays as it is and is told to the observers.
   *
   * @return how many were taken up
   * @throws KmeshException when the state can't be read
   */
  public int resume() {
    requireOpen();
    int resumed = 0;
    String after = "";
    try {
      while (true) {
        List<OperationId> page = journal.openIds(after, PAGE);
        for (OperationId id : page) {
          resumed += resume(id) ? 1 : 0;
        }
        if (page.size() < PAGE) {
          return resumed;
        }
        after = page.get(PAGE - 1).value();
      }
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
  }

  private boolean resume(OperationId id) throws IOException {
    Optional<OperationRecord> found;
    try {
      found = journal.find(id);
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.UNSUPPORTED && e.kind() != ErrorKind.CORRUPT) {
        throw e;
      }
      observers.event(
          Severity.ERROR,
          "operation.unreadable",
          id.value(),
          String.valueOf(e.getMessage()),
          Map.of());
      return false;
    }
    if (found.isEmpty() || found.get().state().isEnded()) {
      return false; // it ended meanwhile
    }
    OperationHandler<?> handler = handlers.get(found.get().type());
    if (handler == null) {
      event(
          Severity.WARNING,
          "operation.unknown-type",
          found.get(),
          "The operation stays parked: this Kmesh has nothing that runs its type.");
      return false;
    }
    OperationRun<?> run = adopt(handler, found.get());
    return handler.isReady(found.get().spec()) && submit(run);
  }

  /** Hands it to a thread, once. */
  boolean submit(OperationRun<?> run) {
    synchronized (active) {
      if (isClosing || !run.claim()) {
        return false;
      }
      working++;
    }
    try {
      executor.execute(() -> work(run));
      return true;
    } catch (RejectedExecutionException e) {
      synchronized (active) {
        run.unclaim(); // it stays parked
        working--;
        active.notifyAll();
      }
      return false;
    }
  }

  private <T> void work(OperationRun<T> run) {
    try {
      if (isClosing) {
        retire(run);
        run.park(); // the journal has it as not begun or parked already
      } else {
        begin(run);
      }
    } catch (IOException e) {
      observers.event(
          Severity.ERROR,
          "operation.lost",
          run.id().value(),
          "The operation's state could not be written: " + e.getMessage(),
          Map.of("type", run.type()));
      retire(run);
      run.lose(e);
    } finally {
      run.left();
      Thread.interrupted(); // ours, when closing: the thread may belong to a pool
      leave(run);
    }
  }

  /** The journal has its end: who asks from now on is answered from there. */
  private void retire(OperationRun<?> run) {
    synchronized (active) {
      active.remove(run.id(), run);
    }
  }

  private void leave(OperationRun<?> run) {
    synchronized (active) {
      active.remove(run.id(), run);
      working--;
      active.notifyAll();
    }
  }

  private <T> void begin(OperationRun<T> run) throws IOException {
    if (run.isCancelRequested() && run.attempt() == 0) {
      endWith(run, OperationState.CANCELLED, cancelled(run), null); // nothing was done yet
      return;
    }
    OperationRecord record = journal.markRunning(run.id());
    run.begun(record);
    event(
        Severity.INFO,
        record.attempt() == 1 ? "operation.begun" : "operation.resumed",
        record,
        "The operation begins.");
    T result;
    try {
      result = run.handler().run(record.spec(), run);
    } catch (IOException | RuntimeException | Error e) {
      stop(run, e);
      return;
    }
    long open = run.intents().count();
    if (open > 0) {
      String message =
          "Cannot end the operation "
              + run.id()
              + " as done: "
              + open
              + " of its intents are not settled. Reconcile it.";
      endWith(
          run,
          OperationState.OUTCOME_UNKNOWN,
          new OperationError(ErrorKind.UNKNOWN_OUTCOME, message, Map.of()),
          null);
      return;
    }
    OperationRecord ended = journal.succeed(run.id(), run.handler().encode(result), run.progress());
    event(Severity.INFO, "operation.succeeded", ended, "The operation succeeded.");
    retire(run);
    run.settle(ended, result, null);
  }

  private static OperationError cancelled(OperationRun<?> run) {
    return new OperationError(
        ErrorKind.CANCELLED,
        "Cannot give the result of the operation "
            + run.id()
            + ": it was cancelled. Start it anew if it is wanted.",
        Map.of());
  }

  /** Its handler gave up: because it was told to, or because it failed. */
  private <T> void stop(OperationRun<T> run, Throwable cause) throws IOException {
    OperationError error = OperationError.of(cause);
    boolean wasTold = error.kind() == ErrorKind.CANCELLED;
    // One that was interrupted may have been at withdrawing what it began: the next opening goes
    // on.
    if (isClosing && (isInterrupting || (wasTold && !run.isCancelRequested()))) {
      OperationRecord parked = journal.park(run.id(), run.progress());
      event(Severity.INFO, "operation.parked", parked, "The operation is parked.");
      retire(run);
      run.park();
      return;
    }
    boolean isUnknown = error.kind() == ErrorKind.UNKNOWN_OUTCOME || run.intents().count() > 0;
    if (isUnknown) {
      endWith(run, OperationState.OUTCOME_UNKNOWN, error, cause);
    } else if (wasTold && run.isCancelRequested()) {
      endWith(run, OperationState.CANCELLED, cancelled(run), cause);
    } else {
      endWith(run, OperationState.FAILED, error, cause);
    }
  }

  private <T> void endWith(
      OperationRun<T> run, OperationState state, OperationError error, @Nullable Throwable cause)
      throws IOException {
    OperationRecord ended =
        switch (state) {
          case CANCELLED -> journal.cancelled(run.id(), error, run.progress());
          case OUTCOME_UNKNOWN -> journal.outcomeUnknown(run.id(), error, run.progress());
          default -> journal.fail(run.id(), error, run.progress());
        };
    switch (state) {
      case CANCELLED -> event(Severity.INFO, "operation.cancelled", ended, error.message());
      case OUTCOME_UNKNOWN ->
          event(Severity.ERROR, "operation.outcome-unknown", ended, error.message());
      default -> event(Severity.ERROR, "operation.failed", ended, error.message());
    }
    retire(run);
    run.settle(ended, null, cause);
  }

  /** Notes durably that it is to stop, and lets one that is not under way end. */
  void cancel(OperationRun<?> run) {
    OperationRecord record;
    try {
      record = journal.requestCancel(run.id());
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    }
    run.cancelNoted();
    // What was begun may have intents to settle, for which it needs what it needs.
    if (record.attempt() == 0 || run.handler().isReady(record.spec())) {
      submit(run);
    }
  }

  void writeProgress(OperationId id, Progress progress) {
    try {
      journal.progress(id, progress);
    } catch (IOException e) {
      // Only the figures of a later process depend on it; the work itself will meet the same error.
      observers.event(
          Severity.WARNING,
          "operation.progress-not-written",
          id.value(),
          "The operation's progress could not be written: " + e.getMessage(),
          Map.of());
    }
  }

  @Override
  public <T> Optional<Operation<T>> find(OperationId id, Class<T> resultType) {
    try {
      Optional<OperationRecord> record = journal.find(id);
      if (record.isEmpty()) {
        return Optional.empty();
      }
      OperationHandler<?> handler = handlers.get(record.get().type());
      if (handler == null || !resultType.isAssignableFrom(handler.resultType())) {
        throw new KmeshException(
            ErrorKind.INVALID,
            "Cannot give the operation "
                + id
                + " as one of "
                + resultType.getSimpleName()
                + ": it is a "
                + record.get().type()
                + (handler == null
                    ? ", which this Kmesh does not know. Use the Kmesh that started it."
                    : " with a " + handler.resultType().getSimpleName() + ". Ask for that."));
      }
      return Optional.of(assignable(adopt(handler, record.get())));
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
  }

  /** Its result is of a subtype, and an operation only gives results. */
  @SuppressWarnings("unchecked")
  private static <T> Operation<T> assignable(Operation<?> operation) {
    return (Operation<T>) operation;
  }

  @Override
  public List<Operation<?>> open() {
    List<Operation<?>> found = new ArrayList<>();
    synchronized (active) {
      for (OperationRun<?> run : active.values()) {
        if (!run.state().isEnded()) {
          found.add(run);
        }
      }
    }
    found.sort(Comparator.comparing(o -> o.id().value()));
    return found;
  }

  @Override
  public OperationState reconcile(OperationId id) {
    requireOpen();
    try {
      OperationRecord record =
          journal
              .find(id)
              .orElseThrow(
                  () ->
                      new ProviderException(
                          ErrorKind.NOT_FOUND,
                          "Cannot reconcile the operation "
                              + id
                              + ": the state holds none of that id. Open the state that it was"
                              + " started with."));
      if (record.state() != OperationState.OUTCOME_UNKNOWN) {
        return record.state();
      }
      OperationHandler<?> handler = handlers.get(record.type());
      if (handler == null) {
        throw new ProviderException(
            ErrorKind.UNSUPPORTED,
            "Cannot reconcile the operation "
                + id
                + ": it is a "
                + record.type()
                + ", which this Kmesh does not know. Use the Kmesh that started it.");
      }
      return reconcile(handler, record);
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    }
  }

  private <T> OperationState reconcile(OperationHandler<T> handler, OperationRecord record)
      throws IOException {
    OperationRun<T> run = new OperationRun<>(this, handler, record);
    synchronized (active) {
      OperationRun<?> known = active.putIfAbsent(record.id(), run);
      if (known != null) {
        return known.state(); // another thread decides it now
      }
    }
    boolean isGone = true;
    try {
      OperationHandler.Verdict<T> verdict = handler.reconcile(record.spec(), run);
      if (verdict instanceof OperationHandler.Verdict.RunAgain<T>) {
        isGone = !submit(run);
        return isGone ? record.state() : OperationState.RUNNING;
      }
      if (verdict instanceof OperationHandler.Verdict.Succeeded<T> succeeded) {
        OperationRecord ended =
            journal.succeed(record.id(), handler.encode(succeeded.result()), record.progress());
        event(Severity.INFO, "operation.succeeded", ended, "The operation took effect.");
        return ended.state();
      }
      if (verdict instanceof OperationHandler.Verdict.Failed<T> failed) {
        OperationRecord ended = journal.fail(record.id(), failed.error(), record.progress());
        event(Severity.ERROR, "operation.failed", ended, failed.error().message());
        return ended.state();
      }
      return record.state();
    } finally {
      if (isGone) {
        synchronized (active) {
          active.remove(record.id(), run);
        }
      }
    }
  }

  /**
   * Parks what runs: tells it to stop, waits half a minute, then interrupts it. Cancels nothing. A
   * second call does nothing.
   */
  @Override
  public void close() {
    synchronized (active) {
      if (isClosing) {
        return;
      }
      isClosing = true;
      active.notifyAll();
    }
    if (!awaitIdle(CLOSE_PATIENCE)) {
      isInterrupting = true;
      for (OperationRun<?> run : snapshot()) {
        run.interrupt();
      }
      if (!awaitIdle(INTERRUPT_PATIENCE)) {
        for (OperationRun<?> run : snapshot()) {
          observers.event(
              Severity.WARNING,
              "operation.left",
              run.id().value(),
              "The operation did not stop in time; the next opening resumes it.",
              Map.of("type", run.type()));
        }
      }
    }
    for (OperationRun<?> run : snapshot()) {
      run.park();
    }
  }

  private List<OperationRun<?>> snapshot() {
    synchronized (active) {
      return new ArrayList<>(active.values());
    }
  }

  private boolean awaitIdle(Duration limit) {
    long deadline = time.nanoTime() + limit.toNanos();
    boolean wasInterrupted = false;
    try {
      synchronized (active) {
        while (working > 0) {
          long left = deadline - time.nanoTime();
          if (left <= 0) {
            return false;
          }
          try {
            time.await(active, Duration.ofNanos(left));
          } catch (InterruptedException e) {
            wasInterrupted = true; // close is bounded as it is
          }
        }
        return true;
      }
    } finally {
      if (wasInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void event(Severity severity, String type, OperationRecord operation, String message) {
    observers.event(
        severity,
        type,
        operation.id().value(),
        message,
        Map.of("type", operation.type(), "attempt", Integer.toString(operation.attempt())));
  }
}
