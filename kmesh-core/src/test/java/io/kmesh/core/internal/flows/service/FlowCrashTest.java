// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.detect.TreeSteps;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.RenameMode;
import java.io.IOException;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A process of a flow, or the target's machine, ends before or behind one call of its tree or a
 * commit of its base, while all kinds of changes are under way: the next process comes to the
 * source's tree, displaces nothing and leaves nothing of the flow's own.
 */
class FlowCrashTest {
  /** Runs of each kind; the rest of the points are for the long variant. */
  private static final int SAMPLES = 14;

  private static final long SEED = 20_260_101;

  /** What ends. */
  private enum Victim {
    SOURCE,
    TARGET,
    MACHINE
  }

  private static PathBytes n(String path) {
    return PathBytes.of(path);
  }

  private static void begin(TwoSites sites) throws IOException {
    TreeSteps steps = sites.steps;
    steps.makeDirectory(n("d"));
    steps.makeDirectory(n("d/e"));
    steps.write(n("d/e/deep"), 300);
    steps.write(n("d/two"), 20);
    steps.link(n("d/two"), n("second"));
    for (String name : new String[] {"a", "again", "cut", "elsewhere", "gone", "mode"}) {
      steps.write(n(name), 100);
    }
    make(sites, "pipe", FileType.FIFO);
    make(sites, "link", FileType.SYMLINK);
  }

  private static void make(TwoSites sites, String name, FileType type) throws IOException {
    try (PosixDirectory top = sites.steps.tree.openDirectory(TwoSites.TOP)) {
      if (type == FileType.SYMLINK) {
        top.makeSymlink(n(name), n("to"));
      } else {
        top.makeNode(n(name), type, 0600, 0);
      }
    }
  }

  private static void goOn(TwoSites sites) throws IOException {
    TreeSteps steps = sites.steps;
    steps.rename(n("d"), n("f"), RenameMode.NO_REPLACE);
    steps.rename(n("a"), n("f/e/deep"), RenameMode.REPLACE);
    steps.unlink(n("again"));
    steps.write(n("again"), 50);
    try (PosixFile file =
        steps.tree.openFile(TwoSites.TOP.resolve(n("cut")), Set.of(OpenFlag.WRITE))) {
      file.truncate(10);
    }
    steps.link(n("mode"), n("f/e/mode"));
    steps.setMode(n("mode"), 0640);
    steps.setXattr(n("mode"), "x");
    steps.setMode(n("f/e"), 0750);
    steps.write(n("second"), 40);
    steps.rename(n("elsewhere"), n("f/elsewhere"), RenameMode.NO_REPLACE);
    make(sites, "elsewhere", FileType.FIFO);
    steps.unlink(n("gone"));
    steps.setTime(n("pipe"), new FileTime(1_000_000, 1));
    steps.setMode(n("pipe"), 0644);
    steps.unlink(n("link"));
    steps.makeDirectory(n("link"));
    steps.write(n("link/new"), 2_000_000);
    sites.changes++;
  }

  private static int run(Victim victim, int at, boolean isNear, boolean isSyncedBeside)
      throws Exception {
    try (TwoSites sites = new TwoSites(SEED, TwoSites.Finding.BY_SCAN)) {
      sites.isNear = isNear;
      if (isSyncedBeside) {
        sites.syncBeside(SEED);
      }
      begin(sites);
      sites.settle();
      sites.requireTidy();
      goOn(sites);
      int before = victim == Victim.SOURCE ? sites.sourceCalls : sites.targetCalls;
      sites.sourceEndsAt = victim == Victim.SOURCE ? at : 0;
      sites.targetEndsAt = victim == Victim.SOURCE ? 0 : at;
      sites.isMachine = victim == Victim.MACHINE;
      sites.converge();
      int calls = (victim == Victim.SOURCE ? sites.sourceCalls : sites.targetCalls) - before;
      // What is not as the flow knows it would be taken for somebody's when it goes.
      sites.steps.removeAll(n("f"));
      sites.steps.unlink(n("pipe"));
      sites.steps.write(n("again"), 60);
      sites.changes++;
      sites.settle();
      sites.requireTidy();
      return calls;
    } catch (AssertionError | Exception e) {
      throw new AssertionError(
          "When the "
              + victim
              + (isNear ? " ends, near, at call " : " ends at call ")
              + at
              + ": "
              + e.getMessage(),
          e);
    }
  }

  private static void enumerate(Victim victim, int stride) throws Exception {
    enumerate(victim, stride, false, false);
    enumerate(victim, stride, true, false);
  }

  private static void enumerate(Victim victim, int stride, boolean isNear, boolean isSyncedBeside)
      throws Exception {
    int calls = run(victim, 0, isNear, isSyncedBeside);
    assertThat(calls).isGreaterThan(100);
    int every = stride > 0 ? stride : Math.max(1, calls / SAMPLES);
    for (int at = 1 + new Random(SEED).nextInt(every); at <= calls; at += every) {
      run(victim, at, isNear, isSyncedBeside);
    }
  }

  @Tag("crash")
  @Test
  void sourceEnds() throws Exception {
    enumerate(Victim.SOURCE, 0);
  }

  @Tag("crash")
  @Test
  void targetEnds() throws Exception {
    enumerate(Victim.TARGET, 0);
  }

  @Tag("crash")
  @Test
  void targetsMachineEnds() throws Exception {
    enumerate(Victim.MACHINE, 0);
  }

  @Tag("crash")
  @Test
  void targetOrItsMachineEnds_whileTheTreeIsSyncedBesideTheEngine() throws Exception {
    enumerate(Victim.TARGET, 0, true, true);
    enumerate(Victim.MACHINE, 0, false, true);
  }

  @Tag("soak")
  @Test
  void anyEndsAtEachCall() throws Exception {
    for (Victim victim : Victim.values()) {
      enumerate(victim, 1);
    }
    enumerate(Victim.MACHINE, 1, false, true);
  }
}
