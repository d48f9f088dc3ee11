// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.detect.TreeSteps;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.RenameMode;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * First copies by whole trees: the process, or the machine, ends at each call, and users change the
 * source and the target meanwhile.
 */
class SeedCrashTest {
  /** Points of each kind; the rest is for the long variant. */
  private static final int SAMPLES = 40;

  private static PathBytes n(String path) {
    return PathBytes.of(path);
  }

  private static void fill(TreeSteps steps) throws IOException {
    for (String name : new String[] {"a", "a/b", "a/b/c", "a/b/c/d", "a/b/c/d/e", "f", "f/empty"}) {
      steps.makeDirectory(n(name));
      steps.write(n(name + "/one"), 100);
      steps.write(n(name + "/two"), 3000);
    }
    steps.write(n("top"), 10);
    steps.link(n("a/one"), n("f/linked"));
    steps.setXattr(n("a/b/two"), "x");
    steps.setMode(n("a/b/c"), 0705);
    steps.setMode(n("f/two"), 04711);
    steps.setTime(n("f/one"), new FileTime(1_000_000, 1));
    steps.setTime(n("a/b"), new FileTime(2_000_000, 2));
    steps.write(n("f/empty/none"), 0);
    steps.write(n("a/large"), 700_000);
  }

  private static int run(int at, boolean isMachine) throws Exception {
    try (SeedWorld world = new SeedWorld(11)) {
      fill(world.steps);
      world.age();
      world.endsAt = at;
      world.isMachine = isMachine;
      world.begin();
      world.converge();
      if (at == 0) {
        assertThat(world.trees).isGreaterThan(3);
      }
      int calls = world.calls;
      // What is not as the flow knows it would be taken for somebody's when it goes.
      world.steps.rename(n("a/b"), n("moved"), RenameMode.NO_REPLACE);
      world.steps.removeAll(n("f"));
      world.steps.write(n("moved/c/one"), 50);
      world.converge();
      world.requireTidy();
      return calls;
    } catch (AssertionError | Exception e) {
      throw new AssertionError(
          (isMachine ? "Machine" : "Process") + " at call " + at + ": " + e.getMessage(), e);
    }
  }

  private static void enumerate(boolean isMachine, int samples) throws Exception {
    int calls = run(0, false);
    int stride = samples > 0 ? Math.max(1, calls / samples) : 1;
    for (int at = 1 + new Random(calls).nextInt(stride); at <= calls; at += stride) {
      run(at, isMachine);
    }
  }

  @Test
  void treesThatAreCopiedWhole_areWhatTheSourceHas() throws Exception {
    assertThat(run(0, false)).isGreaterThan(100);
  }

  @Tag("crash")
  @Test
  void processEnds() throws Exception {
    enumerate(false, SAMPLES);
  }

  @Tag("crash")
  @Test
  void machineEnds() throws Exception {
    enumerate(true, SAMPLES);
  }

  @Tag("soak")
  @Test
  void anyEndsAtEachCall() throws Exception {
    enumerate(false, 0);
    enumerate(true, 0);
  }

  @Test
  void sourceThatChangesWhileItIsCopied_isBroughtAsItIsThen() throws Exception {
    int trees = 0;
    for (int seed = 1; seed <= Integer.getInteger("kmesh.seeds", 2); seed++) {
      try (SeedWorld world = new SeedWorld(seed)) {
        fill(world.steps);
        world.age();
        world.changesAtCalls = 40;
        world.begin();
        world.run(30);
        world.changesAtCalls = 0;
        world.converge();
        world.requireTidy();
        trees += world.trees;
      } catch (AssertionError | Exception e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
    assertThat(trees).isPositive();
  }

  @Test
  void sourceThatChanges_whileProcessesEnd_isBroughtAsItIsThen() throws Exception {
    for (int seed = 1; seed <= Integer.getInteger("kmesh.seeds", 2); seed++) {
      try (SeedWorld world = new SeedWorld(seed)) {
        fill(world.steps);
        world.age();
        world.changesAtCalls = 60;
        world.endsAt = 1 + world.random.nextInt(600);
        world.isMachine = world.random.nextBoolean();
        world.begin();
        world.run(30);
        world.changesAtCalls = 0;
        world.converge();
        world.requireTidy();
      } catch (AssertionError | Exception e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  @Test
  void fullTarget_endsTheSeed_andTheRestIsBroughtWhenThereIsRoom() throws Exception {
    for (int writes = 1; writes < 4; writes++) {
      try (SeedWorld world = new SeedWorld(5)) {
        fill(world.steps);
        world.age();
        world.fullWrites = writes;
        world.begin();
        world.run(60); // what failed is tried again
        world.converge();
        world.requireTidy();
      }
    }
  }

  @Test
  void lookAtAPlace_endsTheSeed_andIsAnswered() throws Exception {
    try (SeedWorld world = new SeedWorld(6)) {
      fill(world.steps);
      world.age();
      world.begin();
      world.run(4);
      world.steps.write(n("f/two"), 77);
      world.look("f/two");
      world.converge();
      world.requireTidy();
    }
  }

  @Test
  void whatSomebodyPutsIntoTheTarget_meanwhile_isKeptAsDrift() throws Exception {
    try (SeedWorld world = new SeedWorld(3)) {
      fill(world.steps);
      world.age();
      world.disturbance =
          target -> Files.writeString(Files.createDirectory(target.resolve("a")).resolve("x"), "x");
      world.begin();
      world.converge();
      assertThat(world.trees).isPositive();
      assertThat(world.drifts).hasSize(1);
      assertThat(world.target().resolve(world.drifts.get(0).kept() + "/x")).hasContent("x");
    }
  }
}
