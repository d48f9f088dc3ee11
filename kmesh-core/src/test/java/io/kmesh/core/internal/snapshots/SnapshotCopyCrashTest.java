// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableStore;
import io.kmesh.testkit.fault.FaultInjector;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyObjectStore;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Copies of snapshots to a repository with other keys that end anywhere, on either side, or whose
 * replies get lost: what is there restores exactly, the same copy made again comes to its end, and
 * nothing is left over.
 */
@Tag("crash")
class SnapshotCopyCrashTest {
  private final Map<String, Map<String, String>> taken = new TreeMap<>();
  private final MemoryStore source = MemoryStore.create();

  /** Has a copy of the first snapshot. */
  private final MemoryStore target = MemoryStore.create();

  private PosixTree tree;

  @BeforeEach
  void fill(@TempDir Path directory) throws IOException {
    tree = JnaPosix.open(Files.createDirectory(directory.resolve("source")));
    try (PosixDirectory root = tree.openRoot()) {
      HostileTree.write(root, PathBytes.of("small"), 1, 5000);
      root.makeDirectory(PathBytes.of("same"), 0750);
      root.makeDirectory(PathBytes.of("d"), 0700);
    }
    SnapshotWorld.write(tree, "same/one", 2, 9000);
    SnapshotWorld.write(tree, "d/large", 3, 600_000);
    take("a");
    copy(source, target, "a");
    SnapshotWorld.write(tree, "small", 5, 6000);
    SnapshotWorld.write(tree, "d/more", 6, 300_000);
    take("b");
  }

  @AfterEach
  void close() throws IOException {
    tree.close();
  }

  private void take(String name) throws IOException {
    SnapshotWorld.in(source).take(tree, name, "src", 1);
    taken.put(name, SnapshotWorld.facts(tree));
  }

  private static void copy(ObjectStore from, ObjectStore to, String name) throws IOException {
    SnapshotWorld here = SnapshotWorld.in(from);
    try (OpenSnapshot snapshot = here.snapshots().open(name)) {
      new SnapshotCopy(here.domain(), SnapshotWorld.other(to).domain(), ManualTime.create(), "here")
          .copy(snapshot, Retrier.Check.NONE);
    }
  }

  private void check(MemoryStore from, MemoryStore to) throws IOException {
    checkCopies(to, Set.of("a"));
    copy(from, to, "b");
    checkCopies(to, Set.of("a", "b"));
    for (SnapshotWorld world : List.of(SnapshotWorld.in(from), SnapshotWorld.other(to))) {
      world.prune(0.9);
      world.prune(0);
      assertThat(world.check().damages()).isEmpty();
    }
    checkCopies(to, Set.of("a", "b"));
    SnapshotCrashTest.isTidy(from, SnapshotWorld.in(from));
    SnapshotCrashTest.isTidy(to, SnapshotWorld.other(to));
    assertThat(SnapshotWorld.in(from).restored("b")).isEqualTo(taken.get("b"));
  }

  private void checkCopies(MemoryStore to, Set<String> must) throws IOException {
    SnapshotWorld world = SnapshotWorld.other(to);
    Set<String> there = new HashSet<>();
    for (Head.Root root : world.snapshots().list()) {
      assertThat(there.add(root.name())).as(root.name()).isTrue();
      assertThat(world.restored(root.id())).as(root.name()).isEqualTo(taken.get(root.name()));
    }
    assertThat(there).containsAll(must);
  }

  private final class Copying implements CrashPoints.Scenario {
    private final MemoryStore from = SnapshotWorld.copy(source);
    private final MemoryStore to = SnapshotWorld.copy(target);
    private final boolean isTargets;

    Copying(boolean isTargets) {
      this.isTargets = isTargets;
    }

    @Override
    public void run(CrashPoint crashPoint) throws IOException {
      if (isTargets) {
        copy(from, CrashableStore.of(to, crashPoint), "b");
      } else {
        copy(CrashableStore.of(from, crashPoint), to, "b");
      }
    }

    @Override
    public void recoverAndCheck(long seed) throws IOException {
      check(from, to);
    }
  }

  @Test
  void copy_crashAtAnyCallOfTheTarget_losesNothing() {
    CrashPoints.Report report = CrashPoints.enumerate(() -> new Copying(true), 1);
    assertThat(report.operations()).isGreaterThan(10);
  }

  @Test
  void copy_crashAtAnyCallOfTheSource_losesNothing() {
    CrashPoints.Report report = CrashPoints.enumerate(() -> new Copying(false), 1);
    assertThat(report.operations()).isGreaterThan(5);
  }

  @Test
  void copy_eachReplyOfTheTargetLost_losesNothing() throws IOException {
    for (String method : List.of("put", "delete", "read", "head", "list")) {
      for (int call = 0; ; call++) {
        MemoryStore from = SnapshotWorld.copy(source);
        MemoryStore to = SnapshotWorld.copy(target);
        FaultInjector faults =
            FaultInjector.start(
                FaultPlan.on(method).after(call).loseReplyOnce(), ManualTime.create());
        try {
          copy(from, FaultyObjectStore.of(to, faults), "b");
        } catch (IOException e) {
          assertThat(method).as(e.getMessage()).isIn("read", "head", "list");
        }
        if (faults.injected() == 0) {
          break;
        }
        check(from, to);
      }
    }
  }

  /** What both have is neither read again nor sent again. */
  @Test
  void copy_ofALaterSnapshot_sendsWhatChanged() throws IOException {
    long before = SnapshotWorld.content(target).stream().mapToLong(k -> size(target, k)).sum();
    copy(source, target, "b");
    long sent =
        SnapshotWorld.content(target).stream().mapToLong(k -> size(target, k)).sum() - before;
    assertThat(sent).isBetween(300_000L, 400_000L);
    copy(source, target, "b");
    assertThat(SnapshotWorld.other(target).snapshots().list()).hasSize(2);
  }

  private static long size(MemoryStore store, String key) {
    try {
      return store.blocking().head(key).size();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
