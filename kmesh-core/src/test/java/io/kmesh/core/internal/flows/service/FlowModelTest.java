// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;

/**
 * Whatever happens to a source's tree, to the processes and machines of both ends, to the way
 * between them and to the clock: after a quiet while the target has the source's tree, and a
 * barrier that came to its end earlier was right.
 */
class FlowModelTest {
  @Property(tries = 2, shrinking = ShrinkingMode.OFF)
  void byScans_convergesWhateverHappens(@ForAll long seed) throws Exception {
    run(seed, TwoSites.Finding.BY_SCAN, 2);
  }

  @Property(tries = 2, shrinking = ShrinkingMode.OFF)
  void byChangelogs_convergesWhateverHappens(@ForAll long seed) throws Exception {
    run(seed, TwoSites.Finding.BY_CHANGELOG, 2);
  }

  @Property(tries = 2, shrinking = ShrinkingMode.OFF)
  void byScans_convergesWhileTheTargetIsSyncedBesideItsEngine(@ForAll long seed) throws Exception {
    runBeside(seed, TwoSites.Finding.BY_SCAN, 2);
  }

  @Tag("soak")
  @Property(tries = 500, shrinking = ShrinkingMode.OFF)
  void byChangelogs_convergesForLongWhileTheTargetIsSyncedBesideItsEngine(@ForAll long seed)
      throws Exception {
    runBeside(seed, TwoSites.Finding.BY_CHANGELOG, 4);
  }

  /** What was asked over a way that nobody had noticed to be dead never came. */
  @Example
  void byScans_convergesWhenALostWayIsNoticedAfterTheNextIsUp() throws Exception {
    run(10_607_302_074_762L, TwoSites.Finding.BY_SCAN, 2);
  }

  /** No record tells of a change, since the clock was set: the one who reads the bytes does. */
  @Example
  void byChangelogs_convergesWhenARecordIsMissing() throws Exception {
    run(-1_136_572_144_662_984_829L, TwoSites.Finding.BY_CHANGELOG, 3);
  }

  /** A second look at a young stamp came when a directory above was moved, and found nothing. */
  @Example
  void byScans_convergesWhenADirectoryMovesBeforeASecondLook() throws Exception {
    run(137, TwoSites.Finding.BY_SCAN, 2);
  }

  @Tag("soak")
  @Property(tries = 500, shrinking = ShrinkingMode.OFF)
  void byChangelogs_convergesForLong(@ForAll long seed) throws Exception {
    run(seed, TwoSites.Finding.BY_CHANGELOG, 4);
  }

  @Tag("soak")
  @Property(tries = 500, shrinking = ShrinkingMode.OFF)
  void byScans_convergesForLong(@ForAll long seed) throws Exception {
    run(seed, TwoSites.Finding.BY_SCAN, 5);
  }

  private static void run(long seed, TwoSites.Finding finding, int storms) throws Exception {
    try (TwoSites sites = new TwoSites(seed, finding)) {
      run(sites, seed, storms);
    }
  }

  private static void runBeside(long seed, TwoSites.Finding finding, int storms) throws Exception {
    try (TwoSites sites = new TwoSites(seed, finding)) {
      sites.syncBeside(seed);
      run(sites, seed, storms);
    }
  }

  private static void run(TwoSites sites, long seed, int storms) {
    try {
      Random random = sites.random;
      sites.isNear = random.nextInt(3) == 0;
      for (int storm = 0; storm < storms; storm++) {
        storm(sites, random);
        sites.settle();
        sites.requireTidy();
      }
      rest(sites);
      assertThat(sites.provenBarriers).isPositive();
    } catch (AssertionError | Exception e) {
      throw new AssertionError("With seed " + seed + ": " + e.getMessage(), e);
    }
  }

  private static void storm(TwoSites sites, Random random) throws Exception {
    sites.changesAtCalls = random.nextBoolean() ? 0 : 20 + random.nextInt(200);
    int calm = 0;
    for (int i = 0; i < 250; i++) {
      if (calm > 0 && (--calm == 0 || !sites.isAsked())) {
        calm = 0;
        sites.changesAtCalls = random.nextBoolean() ? 0 : 20 + random.nextInt(200);
      }
      switch (random.nextInt(32)) {
        case 0, 1, 2, 3, 4, 5 -> {
          if (calm == 0) {
            sites.change();
          }
        }
        case 6, 7, 8, 9 -> sites.stepSource();
        case 10, 11, 12, 13 -> sites.stepTarget();
        case 14, 15, 16, 17, 18, 19 -> {
          for (int n = random.nextInt(8); n >= 0; n--) {
            sites.deliver();
          }
        }
        case 20, 21 -> sites.time.advance(Duration.ofNanos(random.nextInt(1_000_000_000)));
        case 22, 23, 24 -> sites.join();
        case 25 -> sites.notice();
        case 26 -> {
          if (random.nextInt(3) == 0) {
            sites.cut();
          }
        }
        case 27 -> {
          if (random.nextInt(4) == 0) {
            sites.endSource();
          } else if (random.nextInt(3) == 0) {
            sites.sourceEndsAt = 1 + random.nextInt(200);
          }
        }
        case 28 -> {
          if (random.nextInt(4) == 0) {
            sites.endTarget();
          } else if (random.nextInt(3) == 0) {
            sites.targetEndsAt = 1 + random.nextInt(200);
          }
        }
        case 29 -> {
          if (random.nextInt(6) == 0) {
            sites.endMachine();
          }
        }
        case 30 -> {
          sites.ask();
          calm = random.nextBoolean() ? 0 : 120;
          sites.changesAtCalls = calm > 0 ? 0 : sites.changesAtCalls;
        }
        default -> {
          if (random.nextInt(4) == 0) {
            sites.time.jump(
                Duration.ofNanos(random.nextLong(-7_200_000_000_000L, 7_200_000_000_000L)));
          }
        }
      }
    }
  }

  /** Where nothing changes nothing is sent, whoever begins anew. */
  private static void rest(TwoSites sites) throws Exception {
    for (int i = 0; i < 30; i++) {
      sites.time.advance(Duration.ofSeconds(30));
      sites.round(); // young stamps become old, and are looked at once more
    }
    sites.settle();
    long bytes = sites.sourceStatus().bytesSent();
    long changes = sites.sourceStatus().changesSent();
    for (int i = 0; i < 10; i++) {
      sites.time.advance(Duration.ofMinutes(5));
      sites.round();
    }
    assertThat(sites.sourceStatus().bytesSent()).isEqualTo(bytes);
    assertThat(sites.sourceStatus().changesSent()).isEqualTo(changes);
    sites.endSource();
    sites.endTarget();
    sites.settle();
    assertThat(sites.sourceStatus().bytesSent()).isZero();
    assertThat(sites.sourceStatus().changesSent()).isZero();
    sites.requireTidy();
  }
}
