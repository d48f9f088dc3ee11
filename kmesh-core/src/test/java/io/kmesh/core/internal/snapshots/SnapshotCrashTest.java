// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.collect.Compaction;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.session.MetadataWriter;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.transfer.HostileTree;
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
 * Work on a repository that ends anywhere, or whose replies get lost: what was published restores
 * exactly, the next writer and the next collection come to their end, and nothing is left over.
 */
@Tag("crash")
class SnapshotCrashTest {
  /** The first snapshot of {@link #template}, and those after it. */
  private final Map<String, Map<String, String>> published = new TreeMap<>();

  private final MemoryStore template = MemoryStore.create();
  private PosixTree tree;
  private Map<String, String> facts;

  @BeforeEach
  void fill(@TempDir Path directory) throws IOException {
    tree = JnaPosix.open(Files.createDirectory(directory.resolve("source")));
    try (PosixDirectory root = tree.openRoot()) {
      HostileTree.write(root, PathBytes.of("small"), 1, 5000);
      root.makeDirectory(PathBytes.of("d"), 0750);
      try (PosixDirectory d = root.openDirectory(PathBytes.of("d"))) {
        HostileTree.write(d, PathBytes.of("large"), 2, 300_000);
        HostileTree.write(d, PathBytes.of("new\nline"), 3, 9000);
        root.link(PathBytes.of("small"), d, PathBytes.of("second"));
        d.makeSymlink(PathBytes.of("link"), PathBytes.of("new\nline"));
      }
    }
    takeInto(template, "a");
    SnapshotWorld.write(tree, "small", 5, 6000);
    SnapshotWorld.write(tree, "d/more", 6, 4000);
    takeInto(template, "b");
    SnapshotWorld.write(tree, "d/more", 7, 4000);
    SnapshotWorld.write(tree, "d/last", 8, 280_000);
    facts = SnapshotWorld.facts(tree);
  }

  private void takeInto(MemoryStore store, String name) throws IOException {
    SnapshotWorld.in(store).take(tree, name, "src", 1);
    published.put(name, SnapshotWorld.facts(tree));
  }

  @AfterEach
  void close() throws IOException {
    tree.close();
  }

  /** Work that may end anywhere. */
  private interface Work {
    void run(SnapshotWorld world) throws IOException;
  }

  /** Work in a copy of a store. */
  private final class Working implements CrashPoints.Scenario {
    private final MemoryStore store;
    private final Work work;
    private final Set<String> must;

    /**
     * @param must the snapshots that are there whatever happens
     */
    Working(MemoryStore from, Work work, Set<String> must) {
      this.store = SnapshotWorld.copy(from);
      this.work = work;
      this.must = must;
    }

    @Override
    public void run(CrashPoint crashPoint) throws IOException {
      work.run(SnapshotWorld.in(CrashableStore.of(store, crashPoint)));
    }

    @Override
    public void recoverAndCheck(long seed) throws IOException {
      checkWorld(store, must);
    }
  }

  private void checkWorld(MemoryStore store, Set<String> must) throws IOException {
    SnapshotWorld world = SnapshotWorld.in(store);
    // Before anybody cleans up.
    checkSnapshots(world, must);
    // The next one, by what is there.
    world.take(tree, "next", "src", 1);
    Set<String> more = new HashSet<>(must);
    more.add("next");
    world.prune(0.9);
    world.prune(0);
    checkSnapshots(world, more);
    assertThat(world.check().damages()).isEmpty();
    world.requireTidy(store);
  }

  private void checkSnapshots(SnapshotWorld world, Set<String> must) throws IOException {
    Set<String> there = new HashSet<>();
    for (Head.Root root : world.snapshots().list()) {
      there.add(root.name());
      Map<String, String> expected = published.getOrDefault(root.name(), facts);
      assertThat(world.restored(root.id())).as(root.name()).isEqualTo(expected);
    }
    assertThat(there).containsAll(must);
  }

  /** As {@link SnapshotWorld#requireTidy}. */
  static void isTidy(MemoryStore store, SnapshotWorld world) throws IOException {
    world.requireTidy(store);
  }

  private void enumerate(MemoryStore from, Work work, Set<String> must, int least) {
    CrashPoints.Report report = CrashPoints.enumerate(() -> new Working(from, work, must), 1);
    assertThat(report.operations()).isGreaterThan(least);
    assertThat(report.crashes()).isGreaterThan(report.operations());
  }

  private void loseReplies(MemoryStore from, Work work, Set<String> must) throws IOException {
    for (String method : List.of("put", "delete", "read", "head", "list")) {
      for (int call = 0; ; call++) {
        MemoryStore store = SnapshotWorld.copy(from);
        FaultInjector faults =
            FaultInjector.start(
                FaultPlan.on(method).after(call).loseReplyOnce(), ManualTime.create());
        ObjectStore lossy = FaultyObjectStore.of(store, faults);
        try {
          work.run(SnapshotWorld.in(lossy));
        } catch (IOException e) {
          // A read has no unknown outcome; what was changed is settled.
          assertThat(method).as(e.getMessage()).isIn("read", "head", "list");
        }
        if (faults.injected() == 0) {
          break;
        }
        checkWorld(store, must);
      }
    }
  }

  private void take(SnapshotWorld world) throws IOException {
    world.take(tree, "c", "src", 1);
  }

  private void forgetAndPrune(SnapshotWorld world) throws IOException {
    world.snapshots().forget(List.of(world.snapshots().find("a").id()));
    world.prune(0.95);
  }

  @Test
  void take_crashAnywhere_losesNothing() {
    enumerate(template, this::take, Set.of("a", "b"), 15);
  }

  @Test
  void forgetAndPrune_crashAnywhere_losesNothing() throws IOException {
    MemoryStore before = SnapshotWorld.copy(template);
    SnapshotWorld world = SnapshotWorld.in(before);
    world.snapshots().forget(List.of(world.snapshots().find("a").id()));
    assertThat(world.collector(0.95).plan().rewrittenPacks()).isPositive();
    enumerate(template, this::forgetAndPrune, Set.of("b"), 30);
  }

  @Test
  void compaction_crashAnywhere_losesNothing() throws IOException {
    enumerate(
        many(), world -> new Compaction(world.domain(), 0, "here").ifMany(), Set.of("a", "b"), 30);
  }

  /** With so many runs that the next writer merges them. */
  private MemoryStore many() throws IOException {
    MemoryStore many = SnapshotWorld.copy(template);
    SnapshotWorld world = SnapshotWorld.in(many);
    for (int i = 0; i <= Compaction.MANY; i++) {
      String id = RandomIds.session();
      try (Session session =
              Session.begin(world.domain(), id, 0, "h", List.of(), SnapshotWorld.TINY);
          MetadataWriter writer = session.metadataWriter()) {
        writer.write(HostileTree.random(i, 100), 0, 100);
        writer.flush();
        session.publishAndEnd(h -> h);
      }
    }
    assertThat(world.domain().heads().newest().runs()).hasSizeGreaterThan(Compaction.MANY);
    return many;
  }

  @Test
  void repair_crashAnywhere_losesNothing() throws IOException {
    MemoryStore broken = SnapshotWorld.copy(template);
    for (String key : template.keys()) {
      if (key.contains("/index/")) {
        broken.blocking().delete(List.of(io.kmesh.spi.store.DeleteTarget.of(key)));
      }
    }
    CrashPoints.Report report =
        CrashPoints.enumerate(
            () ->
                new CrashPoints.Scenario() {
                  private final MemoryStore store = SnapshotWorld.copy(broken);

                  @Override
                  public void run(CrashPoint crashPoint) throws IOException {
                    SnapshotWorld.in(CrashableStore.of(store, crashPoint)).repair();
                  }

                  @Override
                  public void recoverAndCheck(long seed) throws IOException {
                    assertThat(SnapshotWorld.in(store).repair().damages()).isEmpty();
                    checkWorld(store, Set.of("a", "b"));
                  }
                },
            1);
    assertThat(report.operations()).isGreaterThan(20);
  }

  @Test
  void restore_crashAnywhere_goesOn() throws IOException {
    CrashPoints.Report report =
        CrashPoints.enumerate(
            () ->
                new CrashPoints.Scenario() {
                  private final MemoryStore store = SnapshotWorld.copy(template);
                  private final Path target = temporary();

                  @Override
                  public void run(CrashPoint crashPoint) throws IOException {
                    try (PosixTree to = JnaPosix.open(target)) {
                      SnapshotWorld.in(CrashableStore.of(store, crashPoint))
                          .restore("b", to, TreeRestore.Overwrite.NEVER);
                    }
                  }

                  @Override
                  public void recoverAndCheck(long seed) throws IOException {
                    try (PosixTree to = JnaPosix.open(target)) {
                      SnapshotWorld.in(store).restore("b", to, TreeRestore.Overwrite.CHANGED);
                      assertThat(SnapshotWorld.facts(to)).isEqualTo(published.get("b"));
                    } finally {
                      SnapshotWorld.delete(target);
                    }
                    SnapshotWorld.in(store).prune(0);
                    assertThat(SnapshotWorld.in(store).domain().heads().newest().sessions())
                        .isEmpty();
                  }
                },
            1);
    assertThat(report.operations()).isGreaterThan(10);
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("kmesh-crash");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void take_eachReplyLost_losesNothing() throws IOException {
    loseReplies(template, this::take, Set.of("a", "b"));
  }

  @Test
  void forgetAndPrune_eachReplyLost_losesNothing() throws IOException {
    loseReplies(template, this::forgetAndPrune, Set.of("b"));
  }
}
