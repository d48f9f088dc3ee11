// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.endpoints.Endpoints;
import io.kmesh.core.internal.flows.access.AccessSite;
import io.kmesh.core.internal.flows.detect.DeletionsHeld;
import io.kmesh.core.internal.flows.detect.Inspector;
import io.kmesh.core.internal.flows.place.Drift;
import io.kmesh.core.internal.flows.replica.Pair;
import io.kmesh.core.internal.flows.replica.ReplicaStatus;
import io.kmesh.core.internal.observe.Observers;
import io.kmesh.flows.FlowMode;
import io.kmesh.flows.FlowProblem;
import io.kmesh.flows.FlowSpec;
import io.kmesh.flows.FlowState;
import io.kmesh.flows.FlowStatus;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.observe.KmeshEvent.Severity;
import io.kmesh.spi.time.KmeshTime;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A flow that runs with both its ends in this process. Thread-safe. */
final class LocalRun implements Closeable {
  private static final int MOST_PROBLEMS = 100;

  private final boolean isMerge;
  private final FlowEnd source;
  private final FlowEnd target;
  private final Pair pair;
  private final LagWatch lag;
  private volatile boolean isInitialDone;

  private LocalRun(
      String name,
      FlowSpec spec,
      FlowEnd source,
      FlowEnd target,
      Pair pair,
      KmeshTime time,
      Observers observers) {
    this.isMerge = spec.mode() instanceof FlowMode.MultiMaster;
    this.source = source;
    this.target = target;
    this.pair = pair;
    Duration bound =
        spec.mode() instanceof FlowMode.Async async
            ? async.lagBound()
            : FlowMode.Async.DEFAULT.lagBound();
    this.lag = new LagWatch(name, bound, this::status, time, observers);
  }

  private static void tell(String flow, Drift drift, Observers observers) {
    observers.event(
        Severity.WARNING,
        "flow.drift",
        flow,
        "Somebody else than the flow changed " + drift.path() + " at its target: " + drift.reason(),
        drift.kept() == null
            ? Map.of("path", drift.path().toString())
            : Map.of("path", drift.path().toString(), "kept", drift.kept().toString()));
  }

  /**
   * Opens both ends and begins.
   *
   * @param id the flow's id
   * @param folder where the bases are
   */
  static LocalRun start(
      String name,
      String id,
      FlowSpec spec,
      Endpoints endpoints,
      Path folder,
      KmeshTime time,
      Observers observers)
      throws IOException {
    boolean isMerge = spec.mode() instanceof FlowMode.MultiMaster;
    FlowEnd source =
        FlowEnd.open(
            id,
            name,
            isMerge ? FlowEnd.Role.MERGE_SOURCE : FlowEnd.Role.SOURCE,
            spec,
            endpoints.open(spec.source()),
            folder.resolve("source.base"),
            time,
            drift -> tell(name, drift, observers));
    FlowEnd target = null;
    try {
      target =
          FlowEnd.open(
              id,
              name,
              isMerge ? FlowEnd.Role.MERGE_TARGET : FlowEnd.Role.TARGET,
              spec,
              endpoints.openOrMake(spec.target()),
              folder.resolve("target.base"),
              time,
              drift -> tell(name, drift, observers));
      Pair pair = new Pair(source.replica(), "source", target.replica(), "target");
      target.start(name + "-target");
      source.start(name + "-source");
      LocalRun run = new LocalRun(name, spec, source, target, pair, time, observers);
      run.lag.start();
      return run;
    } catch (IOException | RuntimeException e) {
      closeAll(e, source, target);
      throw e;
    }
  }

  private static void closeAll(Exception reason, @Nullable FlowEnd... ends) {
    for (FlowEnd end : ends) {
      try {
        if (end != null) {
          end.close();
        }
      } catch (IOException e) {
        reason.addSuppressed(e);
      }
    }
  }

  CompletableFuture<Void> barrier(PathBytes path) {
    return isMerge ? BothWays.barrier(source, target, path) : source.replica().barrier(path);
  }

  CompletableFuture<Void> confirmDeletions() {
    Inspector inspector = java.util.Objects.requireNonNull(source.inspector());
    CompletableFuture<Void> done = source.replica().call(inspector::confirmDeletions);
    Inspector other = target.inspector();
    return other == null
        ? done
        : CompletableFuture.allOf(done, target.replica().call(other::confirmDeletions));
  }

  Optional<DeletionsHeld> held() {
    SourceWatch other = target.source();
    return java.util.Objects.requireNonNull(source.source())
        .held()
        .or(() -> other == null ? Optional.empty() : other.held());
  }

  /** The conflicts of both ends. */
  BothConflicts conflicts() {
    return new BothConflicts(source, target);
  }

  /** What gives access to the source; empty in other modes. */
  Optional<AccessSite> access() {
    return Optional.ofNullable(target.access());
  }

  /** What ended an end; empty while both work. */
  Optional<Throwable> failure() {
    return Optional.ofNullable(source.failure())
        .or(() -> Optional.ofNullable(target.failure()))
        .or(() -> pair.broken().map(IOException::new));
  }

  FlowStatus status() {
    ReplicaStatus status = source.replica().status();
    SourceWatch looks = java.util.Objects.requireNonNull(source.source());
    Optional<Throwable> failure = failure();
    Optional<DeletionsHeld> held = held();
    if (looks.isFirstDone() && status.backlog() == 0) {
      isInitialDone = true;
    }
    List<FlowProblem> problems = new java.util.ArrayList<>(looks.problems());
    TreeTarget places = target.target();
    if (places != null) {
      places
          .listProblems()
          .forEach(p -> problems.add(new FlowProblem(p.path().toString(), p.message())));
    }
    return new FlowStatus(
        failure.isPresent()
            ? FlowState.FAILED
            : held.isPresent()
                ? FlowState.HOLDING
                : isInitialDone ? FlowState.FOLLOWING : FlowState.INITIAL,
        failure
            .map(f -> String.valueOf(f.getMessage()))
            .or(() -> held.map(LocalRun::describe))
            .orElse(""),
        status.backlog(),
        status.lag(),
        status.lagP50(),
        status.lagP99(),
        status.changesSent(),
        access().map(AccessSite::fetched).orElse(status.bytesSent()),
        0,
        0,
        held.map(DeletionsHeld::count).orElse(0L),
        problems.subList(0, Math.min(problems.size(), MOST_PROBLEMS)));
  }

  private static String describe(DeletionsHeld held) {
    return held.count()
        + " of "
        + held.entries()
        + " entries vanished from the source, such as "
        + String.join(", ", held.examples().stream().limit(3).map(PathBytes::toString).toList())
        + ". If they are meant to be gone, confirm it; if a mount is missing, bring it back.";
  }

  @Override
  public void close() throws IOException {
    lag.close();
    pair.close();
    try {
      source.close();
    } finally {
      target.close();
    }
  }
}
