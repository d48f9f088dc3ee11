// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import static io.kmesh.tiering.Conditions.anything;
import static io.kmesh.tiering.Conditions.inPool;

import io.kmesh.lustre.HsmReport;
import io.kmesh.lustre.PoolUsage;
import io.kmesh.path.PathBytes;
import io.kmesh.samples.quickstart.MountRun.Amount;
import io.kmesh.samples.quickstart.MountResult.TieringFigures;
import io.kmesh.spi.lustre.LustreCapability;
import io.kmesh.tiering.TieringPlan;
import io.kmesh.tiering.TieringPolicy;
import io.kmesh.tiering.TieringReport;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Tiering on a mounted Lustre, by plan and then apply, of the run's own files only. Watermarks are
 * left out: a few MiB move no share of a file system that others use.
 */
final class MountTiering {
  /** A file that was busy for a moment is in the next plan. */
  private static final int PLANS = 3;

  private final MountRun run;
  private long planned;
  private long archived;
  private long moved;
  private long released;

  MountTiering(MountRun run) {
    this.run = run;
  }

  private List<Sample.Taken> files() {
    return run.sample().below(Sample.TIERING);
  }

  /** Moves the files to a pool where there is one, then archives and releases them. */
  Amount run() throws IOException, InterruptedException {
    long bytes = files().stream().mapToLong(Sample.Taken::size).sum();
    if (files().isEmpty()) {
      return new Amount(0, 0, "The tree is too small for this step.");
    }
    Optional<String> pool = pool();
    if (pool.isPresent()) {
      apply("to-" + pool.get(), t -> t.moveTo(pool.get()));
    } else {
      run.screen().say("  No OST pool to move files to: the policy has no condition on pools.");
    }
    apply(
        "cold",
        t ->
            t.when(pool.isPresent() ? inPool(pool.get()) : anything())
                .archiveTo(MountLab.STORE)
                .thenRelease());
    for (Sample.Taken file : files()) {
      if (!run.lab().cluster().hsm().state(run.path(file)).isReleased()) {
        run.problem("the policy has not released " + file.path() + ".");
      }
    }
    return new Amount(
        files().size(), bytes, archived + " archived, " + moved + " moved, " + released + " released.");
  }

  private Optional<String> pool() {
    if (!run.lab().cluster().lustre().capabilities().contains(LustreCapability.MIGRATE)) {
      return Optional.empty();
    }
    return MountHsm.asked(run.lab().cluster()::pools).orElse(List.of()).stream()
        .filter(pool -> !pool.osts().isEmpty())
        .map(PoolUsage::name)
        .sorted()
        .findFirst();
  }

  private void apply(String name, Consumer<TieringPolicy.Builder> actions)
      throws IOException, InterruptedException {
    PathBytes under = run.top().resolve(Sample.TIERING);
    TieringPolicy.Builder builder =
        TieringPolicy.builder(name)
            .on(run.lab().cluster())
            .under(under.utf8().orElseThrow());
    actions.accept(builder);
    TieringPolicy policy = builder.build();
    for (int i = 0; i < PLANS; i++) {
      TieringPlan plan = run.lab().kmesh().tiering().plan(policy);
      if (plan.steps().isEmpty()) {
        return;
      }
      run.screen().say("  " + plan.toString().lines().findFirst().orElse(""));
      TieringReport report = run.await("tiering", "done", plan.apply());
      planned += report.planned();
      archived += report.archived();
      moved += report.moved();
      released += report.released();
      for (HsmReport.Detail detail : report.details()) {
        run.screen().say("  left: " + detail.path() + ": " + detail.reason());
      }
      if (report.failed() > 0) {
        run.problem("tiering \"" + name + "\" failed on " + report.failed() + " files.");
        return;
      }
    }
  }

  TieringFigures figures() {
    return new TieringFigures(planned, archived, moved, released);
  }
}
