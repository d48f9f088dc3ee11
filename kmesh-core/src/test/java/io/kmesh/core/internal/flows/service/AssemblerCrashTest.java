// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.RenameMode;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A process of a flow, or the target's machine, ends before or behind one call of its tree or a
 * commit of its base, while files are put together of others that are replaced, renamed and removed
 * meanwhile: the next process comes to the source's tree, displaces nothing and leaves nothing of
 * the flow's own.
 */
class AssemblerCrashTest {
  private static final long SEED = 20_261_122;
  private static final int SAMPLES = 16;
  private static final int SIZE = 6_000;

  private static PathBytes n(String path) {
    return PathBytes.of(path);
  }

  private static byte[] noise(int seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static byte[] shifted(byte[] bytes, int by) {
    byte[] more = new byte[bytes.length + by];
    System.arraycopy(bytes, 0, more, by, bytes.length);
    return more;
  }

  private static int run(boolean isTarget, boolean isMachine, int at) throws Exception {
    try (TwoSites sites = new TwoSites(SEED, TwoSites.Finding.BY_SCAN)) {
      sites.recipes = new RecipeSettings(500, 8, 1000, 2000, 3000);
      sites.isOnDemand = true;
      sites.endSource();
      sites.endTarget();
      byte[] a = noise(1, SIZE);
      byte[] b = noise(2, SIZE);
      sites.steps.makeDirectory(n("d"));
      sites.steps.write(n("d/a"), a);
      sites.steps.write(n("b"), b);
      sites.steps.write(n("c"), noise(3, SIZE));
      sites.settle();
      sites.requireTidy();

      sites.steps.write(n("second"), shifted(a, 1)); // of a, which is renamed with its directory
      sites.steps.rename(n("d"), n("e"), RenameMode.NO_REPLACE);
      sites.steps.write(n("b"), shifted(b, 7)); // of itself
      sites.steps.write(n("e/third"), Arrays.copyOf(noise(3, SIZE), SIZE / 2)); // of c, which goes
      sites.steps.unlink(n("c"));
      sites.steps.write(n("noise"), noise(4, SIZE));
      sites.changes++;
      int before = isTarget ? sites.targetCalls : sites.sourceCalls;
      sites.targetEndsAt = isTarget ? at : 0;
      sites.sourceEndsAt = isTarget ? 0 : at;
      sites.isMachine = isMachine;
      sites.converge();
      int calls = (isTarget ? sites.targetCalls : sites.sourceCalls) - before;
      sites.settle();
      sites.requireTidy();
      return calls;
    } catch (AssertionError | Exception e) {
      throw new AssertionError(
          (isMachine ? "Machine" : isTarget ? "Target" : "Source")
              + " ends at call "
              + at
              + ": "
              + e.getMessage(),
          e);
    }
  }

  private static void enumerate(boolean isTarget, boolean isMachine, int stride) throws Exception {
    int calls = run(isTarget, isMachine, 0);
    assertThat(calls).isGreaterThan(100);
    int every = stride > 0 ? stride : Math.max(1, calls / SAMPLES);
    for (int at = 1 + new Random(SEED).nextInt(every); at <= calls; at += every) {
      run(isTarget, isMachine, at);
    }
  }

  @Tag("crash")
  @Test
  void sourceEnds() throws Exception {
    enumerate(false, false, 0);
  }

  @Tag("crash")
  @Test
  void targetEnds() throws Exception {
    enumerate(true, false, 0);
  }

  @Tag("crash")
  @Test
  void targetsMachineEnds() throws Exception {
    enumerate(true, true, 0);
  }

  @Tag("soak")
  @Test
  void anyEndsAtEachCall() throws Exception {
    enumerate(false, false, 1);
    enumerate(true, false, 1);
    enumerate(true, true, 1);
  }
}
