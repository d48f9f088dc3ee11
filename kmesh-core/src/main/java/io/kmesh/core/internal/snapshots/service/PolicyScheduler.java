// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.KmeshException;
import io.kmesh.Operation;
import io.kmesh.OperationId;
import io.kmesh.OperationState;
import io.kmesh.core.internal.hsm.LongTask;
import io.kmesh.core.internal.snapshots.schedule.DueRuns;
import io.kmesh.core.internal.snapshots.schedule.ScheduleClock;
import io.kmesh.snapshots.SnapshotPolicyRun;
import io.kmesh.snapshots.SnapshotPolicyStatus.Mode;
import io.kmesh.snapshots.SnapshotPolicyStatus.Run;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.observe.KmeshEvent.Severity;
import io.kmesh.spi.state.StateConflictException;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Begins the runs of policies when they are due, one of a policy at a time: the operation and what
 * is covered by it are one commit, so that no crash loses or doubles a run, whoever else schedules
 * on the same state. It looks once a minute, since the time of day may jump, and when it is woken.
 * Thread-safe.
 */
final class PolicyScheduler implements AutoCloseable {
  static final Duration POLL = Duration.ofMinutes(1);

  private final SnapshotParts parts;
  private final PolicyStore store;
  private final LongTask<SnapshotPolicyRun> task;
  private final Executor executor;
  private final Events events;
  private final Set<OperationId> awaited = new HashSet<>(); // guarded by looking
  private final Object looking = new Object();
  private boolean isStarted; // guarded by this
  private boolean isClosed; // guarded by this
  private KmeshTime.@Nullable Timer timer; // guarded by this

  /** Hears of what is not an operation's. */
  @FunctionalInterface
  interface Events {
    void event(
        Severity severity, String type, String subject, String message, Map<String, String> facts);
  }

  PolicyScheduler(
      SnapshotParts parts,
      PolicyStore store,
      LongTask<SnapshotPolicyRun> task,
      Executor executor,
      Events events) {
    this.parts = parts;
    this.store = store;
    this.task = task;
    this.executor = executor;
    this.events = events;
  }

  /** Begins. */
  void start() {
    synchronized (this) {
      isStarted = true;
    }
    wake();
  }

  /** Looks soon: something changed. */
  void wake() {
    synchronized (this) {
      if (!isStarted || isClosed) {
        return;
      }
    }
    try {
      executor.execute(this::look);
    } catch (RejectedExecutionException e) {
      schedule(POLL); // too much to do now
    }
  }

  private void look() {
    Duration pause = POLL;
    Instant now = parts.time().now();
    synchronized (looking) {
      synchronized (this) {
        if (isClosed) {
          return;
        }
      }
      try {
        for (String name : store.names()) {
          Duration next = look(name, now);
          pause = next.compareTo(pause) < 0 ? next : pause;
        }
      } catch (IOException | RuntimeException e) {
        failed("", e);
      }
    }
    schedule(pause);
    // Time that passed while it looked counts: it may be the next run's.
    if (!parts.time().now().isBefore(now.plus(pause))) {
      wake();
    }
  }

  /** Looks at a policy and says how long it need not be looked at. */
  private Duration look(String name, Instant now) {
    try {
      Optional<PolicyStore.Kept> kept = store.find(name);
      return kept.isPresent() ? look(kept.get(), now) : POLL;
    } catch (StateConflictException e) {
      return Duration.ofSeconds(1); // somebody else was faster: look at what he wrote
    } catch (IOException e) {
      failed(name, e);
    } catch (KmeshException e) {
      if (e.getCause() instanceof StateConflictException) {
        return Duration.ofSeconds(1);
      }
      failed(name, e);
    }
    return POLL;
  }

  private Duration look(PolicyStore.Kept found, Instant now) throws IOException {
    PolicyStore.Kept kept = found;
    Run underWay = kept.standing().underWay();
    if (underWay != null) {
      Optional<Operation<SnapshotPolicyRun>> operation =
          parts.starter().find(task, underWay.operation());
      if (operation.isPresent() && !operation.get().state().isEnded()) {
        await(operation.get());
        return POLL;
      }
      kept = stand(kept, kept.standing().ended(underWay, error(underWay, operation)));
    }
    if (kept.standing().mode() == Mode.PAUSED) {
      return POLL;
    }
    ScheduleClock clock = ScheduleClock.of(kept.policy().schedule());
    Instant covered = kept.standing().covered();
    DueRuns due = DueRuns.between(clock, covered, now);
    if (due.run().isEmpty()) {
      if (due.leftOut() > 0 || due.covered().isBefore(covered)) {
        stand(kept, kept.standing().covering(due.covered(), due.leftOut()));
      }
      return due.next().map(next -> Duration.between(now, next)).orElse(POLL);
    }
    if (!parts.endpoints().isReachable(kept.policy().snapshot().source())) {
      return POLL; // its cluster may be attached yet, here or by another process
    }
    begin(kept, due);
    return POLL;
  }

  private void begin(PolicyStore.Kept kept, DueRuns due) {
    Instant at = due.run().get(0);
    // The others of a row are due still when this one has ended.
    Instant covered = due.run().size() == 1 ? due.covered() : at;
    PolicyStanding standing = kept.standing().covering(covered, due.leftOut());
    String repository = kept.policy().snapshot().repository().orElseGet(parts::only);
    if (!parts.repositories().isKnown(repository)) {
      throw new KmeshException(
          ErrorKind.NOT_FOUND,
          "Cannot run the snapshot policy \""
              + kept.policy().name()
              + "\": this Kmesh does not know its repository \""
              + repository
              + "\". Name it on the builder with repository(..).");
    }
    ObjectNode spec = PolicyRunTask.spec(repository, kept.policy(), at);
    await(
        parts
            .starter()
            .start(task, spec, id -> List.of(PolicyStore.change(kept, standing.running(at, id)))));
  }

  /** Its end may be the beginning of the next. */
  private void await(Operation<SnapshotPolicyRun> operation) {
    if (awaited.add(operation.id())) {
      CompletableFuture<?> unused =
          operation.completion().whenComplete((run, failure) -> left(operation.id()));
    }
  }

  private void left(OperationId id) {
    synchronized (looking) {
      awaited.remove(id);
    }
    wake();
  }

  private static @Nullable String error(Run run, Optional<Operation<SnapshotPolicyRun>> operation) {
    if (operation.isEmpty()) {
      return "The state does not know the operation " + run.operation() + " any more.";
    }
    if (operation.get().state() == OperationState.SUCCEEDED) {
      return null;
    }
    try {
      operation.get().await(Duration.ZERO);
      return null;
    } catch (KmeshException e) {
      return e.getMessage() == null ? e.toString() : e.getMessage();
    }
  }

  private PolicyStore.Kept stand(PolicyStore.Kept kept, PolicyStanding standing)
      throws IOException {
    store.stand(kept, standing);
    return new PolicyStore.Kept(kept.policy(), standing, kept.version() + 1);
  }

  private void failed(String policy, Exception e) {
    events.event(
        Severity.WARNING,
        "snapshot.policy-not-run",
        policy,
        "What a snapshot policy has due could not be begun; it is tried again in a minute: "
            + e.getMessage(),
        Map.of());
  }

  private synchronized void schedule(Duration pause) {
    if (isClosed) {
      return;
    }
    if (timer != null) {
      timer.cancel();
    }
    timer = parts.time().schedule(pause.compareTo(POLL) < 0 ? pause : POLL, this::wake);
  }

  /** Begins nothing more, and waits for what it is about to begin. */
  @Override
  public void close() {
    synchronized (this) {
      isClosed = true;
      if (timer != null) {
        timer.cancel();
      }
    }
    synchronized (looking) {
      // Whoever held it was the last.
    }
  }
}
