// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.Operation;
import io.kmesh.core.internal.endpoints.OpenEndpoint;
import io.kmesh.core.internal.snapshots.fs.SyncPlan;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.snapshots.ReverseSyncPlan;
import io.kmesh.snapshots.ReverseSyncReport;
import io.kmesh.snapshots.ReverseSyncSpec;
import io.kmesh.snapshots.VirtualCopyConflict;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Makes plans of reverse syncs, and has them applied. Thread-safe. */
final class ReverseSyncPlans {
  private static final int MOST_PRINTED = 100;

  private final SnapshotParts parts;
  private final CopyEngine engine;
  private final ReverseSyncTask task;
  private final Object applying = new Object();

  ReverseSyncPlans(SnapshotParts parts, CopyEngine engine) {
    this.parts = parts;
    this.engine = engine;
    this.task = new ReverseSyncTask(parts, engine);
  }

  ReverseSyncTask task() {
    return task;
  }

  /** Forgets what no operation needs any more; gives how many records went. */
  long tidy() throws IOException {
    synchronized (applying) {
      Set<String> needed = new HashSet<>();
      for (ObjectNode spec : parts.starter().unfinished(task)) {
        needed.add(ReverseSyncTask.plan(spec));
      }
      return task.plans().forgetOthers(needed);
    }
  }

  ReverseSyncPlan plan(CopyFacts facts, ReverseSyncSpec spec) {
    return Calls.read(
        () -> {
          try (CopyView copy = engine.open(facts, Retrier.Check.NONE)) {
            Endpoint target = spec.target().isPresent() ? spec.target().get() : source(facts, copy);
            try (OpenEndpoint open = parts.endpoints().open(target)) {
              SyncPlan plan =
                  ReverseSyncTask.sync(copy, open, spec.rule()).plan(Retrier.Check.NONE);
              return new Planned(facts, spec, target, plan);
            }
          }
        });
  }

  private Endpoint source(CopyFacts facts, CopyView copy) throws ProviderException {
    return SnapshotSource.of(copy.manifest(), parts.host())
        .orElseThrow(
            () ->
                new ProviderException(
                    ErrorKind.INVALID,
                    "Cannot tell where the changes of the virtual copy \""
                        + facts.name()
                        + "\" belong: its snapshot was taken of "
                        + copy.manifest().source()
                        + " on "
                        + copy.manifest().host()
                        + ". Name the tree with to(..)."));
  }

  private Operation<ReverseSyncReport> apply(Planned planned) {
    String id = UUID.randomUUID().toString();
    ReverseSyncTask.Spec spec =
        new ReverseSyncTask.Spec(planned.facts, planned.target, planned.spec.rule(), id);
    // Else a plan between its records and its operation would be tidied away.
    synchronized (applying) {
      return Calls.mutate(
          () -> {
            task.plans().keep(id, ReverseSyncTask.marks(planned.plan.marks()));
            return parts.starter().start(task, spec.write());
          });
    }
  }

  private final class Planned implements ReverseSyncPlan {
    private final CopyFacts facts;
    private final ReverseSyncSpec spec;
    private final Endpoint target;
    private final SyncPlan plan;

    Planned(CopyFacts facts, ReverseSyncSpec spec, Endpoint target, SyncPlan plan) {
      this.facts = facts;
      this.spec = spec;
      this.target = target;
      this.plan = plan;
    }

    @Override
    public ReverseSyncSpec spec() {
      return spec;
    }

    @Override
    public Endpoint target() {
      return target;
    }

    @Override
    public List<Step> steps() {
      return plan.steps().stream().map(CopyViews::step).toList();
    }

    @Override
    public List<VirtualCopyConflict> conflicts() {
      return CopyViews.conflicts(plan.conflicts(), Long.MAX_VALUE);
    }

    @Override
    public DataSize bytes() {
      return DataSize.ofBytes(plan.bytes());
    }

    @Override
    public Operation<ReverseSyncReport> apply() {
      return ReverseSyncPlans.this.apply(this);
    }

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder();
      text.append("reverse sync of ").append(facts.name()).append(" to ").append(target);
      text.append(": ").append(plan.steps().size()).append(" steps, ").append(bytes());
      text.append("; ").append(plan.conflicts().size()).append(" conflicts");
      plan.steps().stream()
          .limit(MOST_PRINTED)
          .forEach(
              s -> {
                text.append('\n').append(s.kind()).append(' ').append(s.path());
                if (s.from() != null) {
                  text.append(" of ").append(s.from());
                }
              });
      more(text, plan.steps().size());
      plan.conflicts().stream()
          .limit(MOST_PRINTED)
          .forEach(
              c -> {
                text.append("\nconflict ").append(c.kind()).append(' ').append(c.path());
                text.append(": ").append(c.result());
              });
      more(text, plan.conflicts().size());
      return text.toString();
    }

    private static void more(StringBuilder text, int all) {
      if (all > MOST_PRINTED) {
        text.append("\n.. and ").append(all - MOST_PRINTED).append(" more");
      }
    }
  }
}
