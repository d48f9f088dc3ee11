// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.merge.KeptConflict;
import io.kmesh.core.internal.flows.merge.MergePolicy;
import io.kmesh.core.internal.flows.place.EachSynced;
import io.kmesh.core.internal.flows.replica.Pair;
import io.kmesh.engine.PosixTrees;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableTree;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two ends of which the first one's files stand: what the other one's users wrote is kept there,
 * though its end hears of nothing but what the first made of it.
 */
class LosersTest {
  private static final int MOST_STEPS = 60;

  @TempDir private Path directory;
  private int worlds;

  /** What users do at the two ends before either hears of the other. */
  private interface Meeting {
    void happen(Path first, Path second) throws IOException;
  }

  private static void editBoth(Path first, Path second) throws IOException {
    Files.writeString(second.resolve("f"), "of the second");
    Files.writeString(first.resolve("f"), "of the first one");
  }

  private static void makeBoth(Path first, Path second) throws IOException {
    Files.writeString(second.resolve("new"), "of the second");
    Files.writeString(first.resolve("new"), "of the first one");
  }

  /** Two ends that were in sync. */
  private final class World implements AutoCloseable {
    private final ManualTime time = ManualTime.startingAt(Instant.now().plusSeconds(60));
    private final List<EngineSite> sites = new ArrayList<>();
    private final EngineSite first;
    private final EngineSite second;
    private Pair way;

    World(UnaryOperator<PosixTree> over) throws Exception {
      Path dir = Files.createDirectory(directory.resolve("w" + worlds++));
      Random ids = new Random(1);
      MergePolicy policy = MergePolicy.ends(List.of(0, 1));
      first = new EngineSite(dir.resolve("end0"), 0, policy, time, ids);
      second = new EngineSite(dir.resolve("end1"), 1, policy, time, ids, over);
      sites.add(first);
      sites.add(second);
      for (EngineSite site : sites) {
        site.pause = Duration.ofSeconds(5);
        site.open();
      }
      Files.writeString(first.folder.resolve("f"), "both");
      join();
      rest();
    }

    void join() {
      way = new Pair(first.replica, "end0", second.replica, "end1");
    }

    void rest() throws Exception {
      for (int i = 0; i < MOST_STEPS; i++) {
        time.advance(Duration.ofSeconds(11));
        for (EngineSite site : sites) {
          site.replica.step();
        }
      }
      assertThat(way.broken()).isEmpty();
    }

    /** The first end hears of what the second's users did before it looks at its own tree. */
    void meet(Meeting meeting) throws Exception {
      first.replica.step();
      time.advance(Duration.ofSeconds(6));
      Files.createDirectories(first.folder.resolve("before"));
      first.replica.step(); // the next look is due in five seconds
      meeting.happen(first.folder, second.folder);
      for (int i = 0; i < 3; i++) {
        second.replica.step();
      }
      time.advance(Duration.ofSeconds(6));
      for (int i = 0; i < 3; i++) {
        first.replica.step(); // it hears, looks, and joins
      }
    }

    List<KeptConflict> of(EngineSite site) throws IOException {
      return site.conflicts();
    }

    void assertKept(String path) throws IOException {
      assertThat(first.folder.resolve(path)).hasContent("of the first one");
      assertThat(second.folder.resolve(path)).hasContent("of the first one");
      assertThat(second.displaced()).containsExactly("of the second");
      assertThat(second.aside()).containsExactly("of the second");
      assertThat(of(first)).hasSize(1);
      assertThat(of(second)).hasSize(1);
      assertThat(of(second).get(0).id()).isEqualTo(of(first).get(0).id());
      assertThat(first.displaced()).isEmpty();
      assertThat(first.tombstones()).isEmpty();
      assertThat(second.tombstones()).isEmpty();
    }

    @Override
    public void close() throws IOException {
      way.close();
      for (EngineSite site : sites) {
        site.close();
      }
    }
  }

  private World world() throws Exception {
    return new World(tree -> tree);
  }

  @Test
  void bytes_thatTheOtherEndJoined_areKeptWhereTheyWereWritten() throws Exception {
    try (World world = world()) {
      world.meet(LosersTest::editBoth);
      assertThat(world.of(world.second)).isEmpty();
      world.rest();
      world.assertKept("f");
    }
  }

  @Test
  void file_thatLostItsNameAtTheOtherEnd_isKeptWhereItWasMade() throws Exception {
    try (World world = world()) {
      world.meet(LosersTest::makeBoth);
      assertThat(world.of(world.second)).isEmpty();
      world.rest();
      world.assertKept("new");
    }
  }

  @Test
  void bytes_thatLostAgainstWhatIsWrittenOverBeforeItIsTold_areKept() throws Exception {
    try (World world = world()) {
      world.way.close();
      world.join();
      world.meet(LosersTest::editBoth);
      world.way.close();
      Files.writeString(world.first.folder.resolve("f"), "once more");
      world.time.advance(Duration.ofSeconds(6));
      world.first.replica.step();
      world.join();
      world.rest();
      assertThat(world.second.folder.resolve("f")).hasContent("once more");
      assertThat(world.second.aside()).containsExactly("of the second");
    }
  }

  @Test
  void bytes_thatSomebodyReadAndWroteOver_areNotKept() throws Exception {
    try (World world = world()) {
      Files.writeString(world.second.folder.resolve("f"), "of the second");
      world.time.advance(Duration.ofSeconds(6));
      for (int i = 0; i < MOST_STEPS && !isAtFirst(world); i++) {
        world.second.replica.step();
        world.first.replica.step();
      }
      assertThat(isAtFirst(world)).isTrue();
      // Before the second hears that it is there.
      Files.writeString(world.first.folder.resolve("f"), "of who read that");
      world.time.advance(Duration.ofSeconds(6));
      world.first.replica.step();
      world.rest();
      assertThat(world.second.folder.resolve("f")).hasContent("of who read that");
      for (EngineSite site : world.sites) {
        assertThat(site.displaced()).isEmpty();
        assertThat(site.conflicts()).isEmpty();
      }
    }
  }

  private static boolean isAtFirst(World world) throws IOException {
    return Files.readString(world.first.folder.resolve("f")).equals("of the second");
  }

  /** The machine of the end that loses stops at each call, and loses what was not synced. */
  private final class Crashing implements CrashPoints.Scenario {
    private final World world;
    private final String path;
    private final boolean isEach;
    private CrashableTree crashable;

    Crashing(Meeting meeting, String path, boolean isEach) {
      this.isEach = isEach;
      this.path = path;
      try {
        world = world();
        world.meet(meeting);
        world.way.close();
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }

    private PosixTree view(PosixTree tree) {
      return isEach ? new EachSynced(tree) : tree;
    }

    @Override
    public void run(CrashPoint crashPoint) throws Exception {
      crashable = CrashableTree.of(PosixTrees.open(world.second.folder), crashPoint);
      world.second.openAnew(view(crashable));
      world.join();
      world.rest();
    }

    @Override
    public void recoverAndCheck(long seed) throws Exception {
      world.way.close();
      crashable.crashAndGoOn(seed);
      world.second.openAnew(view(PosixTrees.open(world.second.folder)));
      world.join();
      world.rest();
      try (world) {
        world.assertKept(path);
      }
    }
  }

  private void enumerate(Meeting meeting, String path) {
    for (boolean isEach : new boolean[] {false, true}) {
      CrashPoints.Report report =
          CrashPoints.enumerate(() -> new Crashing(meeting, path, isEach), 3);
      assertThat(report.crashes()).isGreaterThan(7);
    }
  }

  @Tag("crash")
  @Test
  void bytesThatLost_areKept_whereverTheMachineStops() {
    enumerate(LosersTest::editBoth, "f");
  }

  @Tag("crash")
  @Test
  void fileThatLostItsName_isKept_whereverTheMachineStops() {
    enumerate(LosersTest::makeBoth, "new");
  }
}
