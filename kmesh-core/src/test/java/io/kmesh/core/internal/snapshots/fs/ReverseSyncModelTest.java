// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.snapshots.ContentGate;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Reverse syncs of random copies to random trees come to what an oracle says. */
class ReverseSyncModelTest {
  private static FsWorld world;
  private static Path folder;
  private static String snapshot;
  private static Map<String, String> base;
  private static int number;

  @BeforeContainer
  static void open() throws IOException {
    folder = Files.createTempDirectory("kmesh-sync");
    world = new FsWorld();
    Path source = Files.createDirectory(folder.resolve("source"));
    RefreshModelTest.fill(source);
    base = MergeOracle.facts(source);
    snapshot = world.take(source);
  }

  @AfterContainer
  static void close() throws IOException {
    world.close();
    CopyModelTest.delete(folder);
  }

  @Provide
  Arbitrary<List<CopyModelTest.Call>> plainCalls() {
    return RefreshModelTest.calls(0, 1, 1, 1, 6, 7, 8, 9, 10, 11, 12, 14, 15);
  }

  @Provide
  Arbitrary<List<CopyModelTest.Call>> allCalls() {
    return RefreshModelTest.calls(0, 1, 2, 2, 3, 4, 4, 5, 5, 6, 7, 8, 9, 10, 11, 12, 14);
  }

  private static SyncResult apply(VirtualCopy copy, PosixTree tree, ConflictPolicy policy)
      throws IOException {
    return copy.reverseSync(tree, ContentGate.OPEN, policy).apply(Retrier.Check.NONE);
  }

  @Property(tries = 25)
  void reverseSync_isWhatTheOracleSays(
      @ForAll("plainCalls") List<CopyModelTest.Call> mine,
      @ForAll("plainCalls") List<CopyModelTest.Call> other,
      @ForAll boolean prefersOurs)
      throws IOException {
    Path where = folder.resolve("copy-" + ++number);
    Path live = Files.createDirectory(folder.resolve("live-" + number));
    RefreshModelTest.fill(live);
    RefreshModelTest.run(other, live);
    Map<String, String> theirs = MergeOracle.facts(live);
    ConflictPolicy policy = prefersOurs ? ConflictPolicy.OURS : ConflictPolicy.SKIP;
    try (VirtualCopy copy = world.copies().create(snapshot, "c", where);
        PosixTree tree = JnaPosix.open(live)) {
      RefreshModelTest.run(mine, copy.fileSystem().getPath("/"));
      Map<String, String> ours = MergeOracle.facts(copy.fileSystem().getPath("/"));
      MergeOracle oracle = new MergeOracle(base, ours, theirs, prefersOurs);
      Map<String, String> merged = oracle.merged();
      ReverseSync sync = copy.reverseSync(tree, ContentGate.OPEN, policy);
      SyncPlan plan = sync.plan(Retrier.Check.NONE);
      assertThat(MergeOracle.facts(live)).isEqualTo(theirs);
      SyncResult result = sync.apply(Retrier.Check.NONE);
      assertThat(result.plan()).isEqualTo(plan);
      assertThat(MergeOracle.facts(live)).isEqualTo(merged);
      assertThat(result.movedBytes()).isEqualTo(plan.bytes());
      assertThat(result.conflicts()).isEqualTo(plan.conflicts());
      Set<String> listed =
          plan.conflicts().stream().map(c -> c.path().toString()).collect(Collectors.toSet());
      assertThat(listed).containsAll(oracle.conflicts());
      // Once more there is nothing to do.
      assertThat(apply(copy, tree, policy).plan().steps()).isEmpty();
      assertThat(MergeOracle.facts(live)).isEqualTo(merged);
    }
    world.copies().delete(where);
    CopyModelTest.delete(live);
  }

  @Property(tries = 25)
  void reverseSyncOfRenamesAndLinks_toTheTreeOfTheSnapshot_makesItTheCopy(
      @ForAll("allCalls") List<CopyModelTest.Call> mine) throws IOException {
    requireMakesItTheCopy(mine);
  }

  /** The one that gives way is removed, and what comes is no change of it. */
  @Example
  void fileOfTwoNames_thatIsRenamedOverAnother_isThere_byBoth() throws IOException {
    requireMakesItTheCopy(
        List.of(
            new CopyModelTest.Call(5, "b/b", "c", 0, 0),
            new CopyModelTest.Call(4, "c", "a/a/a", 0, 0)));
  }

  @Example
  void directoryThatIsRenamedIntoTheOneThatTakesItsName_isThere() throws IOException {
    requireMakesItTheCopy(
        List.of(
            new CopyModelTest.Call(2, "a", "d", 0, 0),
            new CopyModelTest.Call(2, "b", "a", 0, 0),
            new CopyModelTest.Call(2, "d", "a/b", 0, 0)));
  }

  private static void requireMakesItTheCopy(List<CopyModelTest.Call> mine) throws IOException {
    Path where = folder.resolve("copy-" + ++number);
    Path live = Files.createDirectory(folder.resolve("live-" + number));
    RefreshModelTest.fill(live);
    String own = world.take(live);
    try (VirtualCopy copy = world.copies().create(own, "c", where);
        PosixTree tree = JnaPosix.open(live)) {
      RefreshModelTest.run(mine, copy.fileSystem().getPath("/"));
      SyncResult result = apply(copy, tree, ConflictPolicy.SKIP);
      assertThat(result.conflicts()).isEmpty();
      assertThat(CopyModelTest.facts(live))
          .isEqualTo(CopyModelTest.facts(copy.fileSystem().getPath("/")));
      SyncPlan again =
          copy.reverseSync(tree, ContentGate.OPEN, ConflictPolicy.SKIP).plan(Retrier.Check.NONE);
      assertThat(again.bytes()).as(again.toString()).isZero();
    }
    world.snapshots().forget(List.of(own));
    world.copies().delete(where);
    CopyModelTest.delete(live);
  }
}
