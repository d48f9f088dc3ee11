// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.KmeshException;
import io.kmesh.Operation;
import io.kmesh.core.internal.endpoints.OpenEndpoint;
import io.kmesh.core.internal.hsm.LongTask;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.snapshots.OpenSnapshot;
import io.kmesh.core.internal.snapshots.RestorePlanner;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.snapshots.Caller;
import io.kmesh.snapshots.RestorePlan;
import io.kmesh.snapshots.RestoreReport;
import io.kmesh.snapshots.RestoreSpec;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Makes plans of restores, and has them applied. Thread-safe. */
final class RestorePlans {
  private final SnapshotParts parts;
  private final RestorePlanStore store;
  private final RestoreSnapshotTask task;
  private final Object applying = new Object();

  RestorePlans(SnapshotParts parts) {
    this.parts = parts;
    this.store = new RestorePlanStore(parts.state());
    this.task = new RestoreSnapshotTask(parts, store);
  }

  LongTask<RestoreReport> task() {
    return task;
  }

  /**
   * Forgets what the state keeps for operations that don't need it any more; gives how many records
   * went.
   */
  long tidy() throws IOException {
    synchronized (applying) {
      Set<String> needed = new HashSet<>();
      for (ObjectNode spec : parts.starter().unfinished(task)) {
        needed.add(RestoreSnapshotTask.id(spec));
      }
      return store.forgetOthers(needed);
    }
  }

  RestorePlan plan(SnapshotFacts facts, RestoreSpec spec, @Nullable Caller caller) {
    return Calls.read(() -> new Planned(facts, spec, caller, find(facts, spec, caller)));
  }

  private RestorePlanner.Found find(SnapshotFacts facts, RestoreSpec spec, @Nullable Caller caller)
      throws IOException {
    try (OpenSnapshot snapshot = parts.store(facts.repository(), caller).open(facts.id())) {
      RestorePlanner planner = new RestorePlanner(snapshot, Retrier.Check.NONE);
      boolean isDirectory = snapshot.at(spec.path()).content() instanceof Content.Directory;
      try (OpenEndpoint target =
          parts.endpoints().open(spec.target(), RestoreSnapshotTask.below(spec, isDirectory))) {
        return planner.plan(spec.path(), target.tree());
      } catch (ProviderException e) {
        if (e.kind() == ErrorKind.NOT_FOUND && e.errno().isPresent()) {
          return planner.plan(spec.path(), null);
        }
        throw e;
      }
    }
  }

  private Operation<RestoreReport> apply(
      SnapshotFacts facts, RestoreSpec spec, @Nullable Caller caller, RestorePlanner.Found found) {
    for (RestorePlan.Step step : found.steps()) {
      if (step.action() == RestorePlan.Action.BLOCKED) {
        throw new KmeshException(
            ErrorKind.PRECONDITION,
            "Cannot restore "
                + step.path()
                + ": a directory is where the snapshot has none, or the other way round. Move it"
                + " away and plan again.");
      }
    }
    String plan = UUID.randomUUID().toString();
    // Else a plan between its records and its operation would be tidied away.
    synchronized (applying) {
      return Calls.mutate(
          () -> {
            store.keep(plan, found);
            return parts
                .starter()
                .start(
                    task,
                    RestoreSnapshotTask.planned(
                        facts.repository(), facts.id(), spec, caller, plan));
          });
    }
  }

  private final class Planned implements RestorePlan {
    private final SnapshotFacts facts;
    private final RestoreSpec spec;
    private final @Nullable Caller caller;
    private final RestorePlanner.Found found;

    Planned(
        SnapshotFacts facts,
        RestoreSpec spec,
        @Nullable Caller caller,
        RestorePlanner.Found found) {
      this.facts = facts;
      this.spec = spec;
      this.caller = caller;
      this.found = found;
    }

    @Override
    public RestoreSpec spec() {
      return spec;
    }

    @Override
    public List<Step> steps() {
      return List.copyOf(found.steps());
    }

    @Override
    public long unchanged() {
      return found.unchanged();
    }

    @Override
    public long extra() {
      return found.extra();
    }

    @Override
    public DataSize bytes() {
      return DataSize.ofBytes(found.bytes());
    }

    @Override
    public Operation<RestoreReport> apply() {
      return RestorePlans.this.apply(facts, spec, caller, found);
    }

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder();
      text.append("restore of ").append(facts.id()).append(" to ").append(spec.target());
      text.append(": ").append(found.steps().size()).append(" steps, ").append(bytes());
      text.append("; ").append(unchanged()).append(" unchanged, ").append(extra());
      text.append(" extra entries stay");
      found.steps().stream()
          .limit(100)
          .forEach(s -> text.append("\n").append(s.action()).append(' ').append(s.path()));
      if (found.steps().size() > 100) {
        text.append("\n.. and ").append(found.steps().size() - 100).append(" more");
      }
      return text.toString();
    }
  }
}
