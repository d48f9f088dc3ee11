// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.ForwardingPosixTree;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableTree;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Restores into a tree that loses, with the power, what was not synced, though sizes and times look
 * right: the next run mends it, and what a finished one wrote is durable.
 */
class RestorePowerCutTest {
  private static final RestoreSync.Limits OFTEN = new RestoreSync.Limits(6000, 3);
  private static final RestoreSync.Limits NEVER = new RestoreSync.Limits(Long.MAX_VALUE, 1 << 30);

  private final MemoryStore store = MemoryStore.create();
  private final SnapshotWorld world = SnapshotWorld.in(store);
  private String snapshot = "s";
  private PosixTree source;
  private Map<String, String> facts;

  @BeforeEach
  void take(@TempDir Path directory) throws IOException {
    source = JnaPosix.open(Files.createDirectory(directory.resolve("source")));
    try (PosixDirectory root = source.openRoot()) {
      HostileTree.write(root, PathBytes.of("a"), 1, 3000);
      root.makeDirectory(PathBytes.of("d"), 0750);
      root.makeDirectory(PathBytes.of("empty"), 0750);
      try (PosixDirectory d = root.openDirectory(PathBytes.of("d"))) {
        HostileTree.write(d, PathBytes.of("b"), 2, 5000);
        HostileTree.write(d, PathBytes.of("c"), 3, 100);
        root.link(PathBytes.of("a"), d, PathBytes.of("second"));
        d.makeSymlink(PathBytes.of("link"), PathBytes.of("c"));
      }
      try (PosixFile holes =
          root.openFile(PathBytes.of("holes"), Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
        holes.write(ByteBuffer.wrap(HostileTree.random(5, 9000)), 100_000);
        holes.truncate(300_000);
      }
      HostileTree.write(root, PathBytes.of("z"), 4, 2000);
    }
    world.take(source, "s", "src", 1);
    facts = SnapshotWorld.facts(source);
  }

  @AfterEach
  void close() throws IOException {
    source.close();
  }

  private ScanTally restore(
      PosixTree to, RestoreSync.Limits limits, TreeRestore.Overwrite overwrite, int workers)
      throws IOException {
    ScanTally tally = new ScanTally();
    try (OpenSnapshot open = world.snapshots().open(snapshot);
        ArchivedContents contents = world.contents()) {
      RestoreTarget target = RestoreTarget.of(to);
      new TreeRestore(open.chunks(), target, contents, overwrite, limits, tally, Retrier.Check.NONE)
          .run(open.manifest().root(), PathBytes.EMPTY, workers);
    }
    return tally;
  }

  /** A restore whose machine ends. */
  private final class Cut implements CrashPoints.Scenario {
    private final Path target;
    private final RestoreSync.Limits limits;
    private final boolean isForAll;
    private CrashableTree crashing;
    private boolean isDone;

    Cut(RestoreSync.Limits limits, boolean isForAll) {
      this.limits = limits;
      this.isForAll = isForAll;
      try {
        target = Files.createTempDirectory("kmesh-cut");
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void run(CrashPoint crashPoint) throws IOException {
      PosixTree real = JnaPosix.open(target);
      crashing = CrashableTree.of(isForAll ? real : withoutTreeSync(real), crashPoint);
      restore(crashing, limits, TreeRestore.Overwrite.NEVER, 1);
      isDone = true;
    }

    @Override
    public void recoverAndCheck(long seed) throws IOException {
      crashing.crash(seed);
      crashing.close();
      try (PosixTree to = JnaPosix.open(target)) {
        if (isDone) {
          Map<String, String> kept = SnapshotWorld.facts(to);
          // The tree that crashes hides a directory in the top, whose going is seen there.
          kept.put("", facts.get(""));
          assertThat(kept).as("what was acknowledged").isEqualTo(facts);
        }
        restore(to, limits, TreeRestore.Overwrite.CHANGED, 1);
        assertThat(SnapshotWorld.facts(to)).isEqualTo(facts);
      } finally {
        SnapshotWorld.delete(target);
      }
    }
  }

  private static PosixTree withoutTreeSync(PosixTree real) {
    return new ForwardingPosixTree() {
      @Override
      protected PosixTree delegate() {
        return real;
      }

      @Override
      public Set<PosixCapability> capabilities() {
        Set<PosixCapability> some = EnumSet.copyOf(real.capabilities());
        some.remove(PosixCapability.TREE_SYNC);
        return some;
      }
    };
  }

  private void enumerate(RestoreSync.Limits limits, boolean isForAll, int seeds) {
    CrashPoints.Report report = CrashPoints.enumerate(() -> new Cut(limits, isForAll), seeds);
    assertThat(report.operations()).isGreaterThan(30);
  }

  @Test
  @Tag("crash")
  void powerCutAnywhere_withPointsOften_isMended() {
    enumerate(OFTEN, true, 2);
  }

  @Test
  @Tag("crash")
  void powerCutAnywhere_withoutAPoint_isMended() {
    enumerate(NEVER, true, 1);
  }

  @Test
  @Tag("crash")
  void powerCutAnywhere_syncedFileByFile_isMended() {
    enumerate(OFTEN, false, 1);
  }

  @Test
  @Tag("crash")
  void powerCutAnywhere_ofAFileNamedAsTheMarker_isMended() throws IOException {
    try (PosixDirectory root = source.openRoot()) {
      HostileTree.write(root, PathBytes.of(".kmesh-restore"), 6, 3000);
    }
    snapshot = "marked";
    world.take(source, snapshot, "src", 1);
    facts = SnapshotWorld.facts(source);
    enumerate(OFTEN, true, 1);
  }

  @Test
  void finishedRestore_isDurable(@TempDir Path target) throws IOException {
    for (boolean isForAll : new boolean[] {true, false}) {
      Path below = Files.createDirectory(target.resolve("t" + isForAll));
      PosixTree real = JnaPosix.open(below);
      try (CrashableTree to =
          CrashableTree.of(isForAll ? real : withoutTreeSync(real), CrashPoint.never())) {
        restore(to, NEVER, TreeRestore.Overwrite.NEVER, 2);
        assertThat(to.unsynced()).isZero();
      }
    }
  }

  /** Changes bytes of a file but neither its size nor its times. */
  private static void damage(PosixTree tree, String path, long offset) throws IOException {
    try (PosixFile file = tree.openFile(PathBytes.of(path), Set.of(OpenFlag.WRITE))) {
      FileTime time = file.stat().mtime();
      file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), offset);
      file.setTimes(time, time);
    }
  }

  private static void mark(Path target, String content) throws IOException {
    Files.writeString(target.resolve(".kmesh-restore"), content);
  }

  @Test
  void resume_readsAgainOnlyWhatLiesBehindThePoint(@TempDir Path target) throws IOException {
    try (PosixTree to = JnaPosix.open(target);
        OpenSnapshot open = world.snapshots().open(snapshot)) {
      restore(to, OFTEN, TreeRestore.Overwrite.NEVER, 1);
      RestoreMarker marker =
          new RestoreMarker(
              to, open.manifest().root(), MarkerNames.of(open.chunks(), open.manifest().root()));
      marker.begin(TreeRestore.Overwrite.CHANGED);
      marker.synced(PathBytes.of("d/b"));
      Files.writeString(
          target.resolve(".kmesh-restore"),
          "synced 7a 00000000\nsynced 7",
          StandardOpenOption.APPEND);
      damage(to, "d/b", 10); // durable, so that only somebody else can have changed it
      damage(to, "d/c", 10);
      damage(to, "holes", 5000);
      damage(to, "z", 10);
      ScanTally tally = restore(to, OFTEN, TreeRestore.Overwrite.NEVER, 1);
      assertThat(tally.readFiles()).as("written again").isEqualTo(3);
      Map<String, String> now = SnapshotWorld.facts(to);
      assertThat(now.remove("d/b")).isNotEqualTo(facts.get("d/b"));
      Map<String, String> expected = new TreeMap<>(facts);
      expected.remove("d/b");
      assertThat(now).isEqualTo(expected);
    }
  }

  @Test
  void resume_afterTheCutOfAnother_trustsNothing(@TempDir Path target) throws IOException {
    try (PosixTree to = JnaPosix.open(target)) {
      restore(to, OFTEN, TreeRestore.Overwrite.NEVER, 1);
      damage(to, "z", 10);
      mark(target, "kmesh restore 0 0 abc\nsynced 7a7a 00000000\n");
      ScanTally tally = restore(to, OFTEN, TreeRestore.Overwrite.CHANGED, 1);
      assertThat(tally.readFiles()).isEqualTo(1);
      assertThat(SnapshotWorld.facts(to)).isEqualTo(facts);
    }
  }

  @Test
  void firstRun_overWhatIsThere_readsNothingOfIt(@TempDir Path target) throws IOException {
    try (PosixTree to = JnaPosix.open(target)) {
      restore(to, OFTEN, TreeRestore.Overwrite.NEVER, 1);
      damage(to, "z", 10);
      assertThat(restore(to, OFTEN, TreeRestore.Overwrite.CHANGED, 1).readFiles()).isZero();
    }
  }

  @Test
  void order_isThatOfTheWalk() {
    String[] walk = {"a", "a/b", "a/b/c", "a/c", "a.b", "a.b/x", "b"};
    for (int i = 0; i < walk.length; i++) {
      for (int j = 0; j < walk.length; j++) {
        assertThat(Integer.signum(RestoreSync.order(PathBytes.of(walk[i]), PathBytes.of(walk[j]))))
            .isEqualTo(Integer.compare(i, j));
      }
    }
  }
}
