// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Whatever is done to a tree, a scan makes the base the same, and a second one finds nothing. */
class ScanModelTest {
  @Property(tries = 8)
  void randomChanges_byScan_makeTheBaseEqual(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    try (PosixWorld world = new PosixWorld(seed)) {
      for (int round = 0; round < 6; round++) {
        int changes = random.nextInt(30);
        for (int i = 0; i < changes; i++) {
          world.steps.step();
        }
        if (random.nextInt(4) == 0) {
          // Killed on the way.
          world.inspector.demandScan("test");
          world.base.commit();
          world.inspector.step(1 + random.nextInt(20));
          boolean isRunning = world.inspector.isScanning();
          boolean isCommitted = random.nextBoolean();
          if (isCommitted) {
            world.base.commit();
          }
          world.reopen();
          assertThat(world.inspector.isScanning()).isEqualTo(isRunning || !isCommitted);
          world.steps.step();
        }
        world.scan();
        world.requireEqual();
        world.settle();
        long seq = world.base.lastSeq();
        world.scan();
        assertThat(world.inspector.takeFindings().isEmpty()).isTrue();
        assertThat(world.base.lastSeq()).isEqualTo(seq);
        world.requireEqual();
      }
    }
  }
}
