// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.transfer.Retrier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Refreshes of random copies to random snapshots come to what an oracle says. */
class RefreshModelTest {
  private static final int MIB = 1 << 20;
  static final List<String> PATHS =
      List.of("a", "b", "c", "d", "a/a", "a/b", "b/a", "b/b", "d/a", "a/a/a", "a/a/b", "b/a/c");

  private static FsWorld world;
  private static Path folder;
  private static String snapshot;
  private static Map<String, String> base;
  private static int number;

  @BeforeContainer
  static void open() throws IOException {
    folder = Files.createTempDirectory("kmesh-refresh");
    world = new FsWorld();
    Path source = Files.createDirectory(folder.resolve("source"));
    fill(source);
    base = MergeOracle.facts(source);
    snapshot = world.take(source);
  }

  @AfterContainer
  static void close() throws IOException {
    world.close();
    CopyModelTest.delete(folder);
  }

  static void fill(Path top) throws IOException {
    Files.createDirectories(top.resolve("a/a"));
    Files.createDirectory(top.resolve("b"));
    Files.write(top.resolve("a/a/a"), CopyModelTest.random(1, 2 * MIB + 500_000));
    Files.write(top.resolve("a/b"), CopyModelTest.random(2, 3000));
    Files.write(top.resolve("b/a"), CopyModelTest.random(3, 70_000));
    Files.createSymbolicLink(top.resolve("a/c"), Path.of("a"));
    Files.write(top.resolve("c"), new byte[0]);
    for (String path : List.of("a/a/a", "a/b", "b/a", "c")) {
      Files.setLastModifiedTime(top.resolve(path), FileTime.fromMillis(1_000_000));
    }
  }

  /** Calls that rename nothing and make no further names. */
  static Arbitrary<List<CopyModelTest.Call>> calls(Integer... kinds) {
    Arbitrary<String> paths = Arbitraries.of(PATHS);
    Arbitrary<Integer> offsets = Arbitraries.of(0, 1, 5000, MIB - 1, MIB, 2 * MIB);
    Arbitrary<Integer> lengths = Arbitraries.of(0, 7, 3000, 5500, MIB + 17);
    return Combinators.combine(Arbitraries.of(kinds), paths, paths, offsets, lengths)
        .as(CopyModelTest.Call::new)
        .list()
        .ofMaxSize(12);
  }

  @Provide
  Arbitrary<List<CopyModelTest.Call>> plainCalls() {
    return calls(0, 1, 1, 1, 6, 7, 8, 9, 10, 11, 12, 14, 15);
  }

  @Provide
  Arbitrary<List<CopyModelTest.Call>> allCalls() {
    return calls(0, 1, 2, 2, 3, 4, 4, 5, 5, 6, 7, 8, 9, 10, 11, 12, 14);
  }

  static void run(List<CopyModelTest.Call> calls, Path top) {
    calls.forEach(call -> CopyModelTest.succeeds(call, top));
  }

  private String snapshotOf(List<CopyModelTest.Call> calls, Map<String, String> facts)
      throws IOException {
    Path plain = Files.createDirectory(folder.resolve("plain-" + number));
    fill(plain);
    run(calls, plain);
    facts.putAll(MergeOracle.facts(plain));
    String id = world.take(plain);
    CopyModelTest.delete(plain);
    return id;
  }

  @Property(tries = 25, shrinking = ShrinkingMode.OFF)
  void refresh_isWhatTheOracleSays(
      @ForAll("plainCalls") List<CopyModelTest.Call> mine,
      @ForAll("plainCalls") List<CopyModelTest.Call> other,
      @ForAll boolean prefersOurs)
      throws IOException {
    Path where = folder.resolve("copy-" + ++number);
    Map<String, String> theirs = new java.util.TreeMap<>();
    String newer = snapshotOf(other, theirs);
    Map<String, String> ours;
    try (VirtualCopy copy = world.copies().create(snapshot, "c", where)) {
      run(mine, copy.fileSystem().getPath("/"));
      ours = MergeOracle.facts(copy.fileSystem().getPath("/"));
    }
    MergeOracle oracle = new MergeOracle(base, ours, theirs, prefersOurs);
    CopyRefresh refreshed =
        world
            .copies()
            .refresh(
                where,
                newer,
                prefersOurs ? ConflictPolicy.SKIP : ConflictPolicy.THEIRS,
                Retrier.Check.NONE);
    world.snapshots().forget(List.of(newer));
    try (VirtualCopy copy = world.copies().open(where)) {
      assertThat(copy.snapshot()).isEqualTo(newer);
      assertThat(MergeOracle.facts(copy.fileSystem().getPath("/"))).isEqualTo(oracle.merged());
      assertThat(copy.changes().toList()).isEqualTo(refreshed.kept());
      Set<String> listed =
          refreshed.conflicts().stream().map(c -> c.path().toString()).collect(Collectors.toSet());
      assertThat(listed).containsAll(oracle.conflicts());
    }
    world.copies().delete(where);
  }

  /** The bytes of a file that has only names which the copy gave it are in the copy's folder. */
  @Example
  void refreshOfALinkedFile_thatLostItsFirstName_keepsIt() throws IOException {
    refreshOfUntouchedSides_andAgain_changesNothing(
        List.of(
            new CopyModelTest.Call(5, "a/a/b", "a/a/a", 0, 7),
            new CopyModelTest.Call(4, "a/a/a", "b/b", 0, 7)),
        List.of(new CopyModelTest.Call(0, "a", "b/a/c", 0, 0)));
  }

  @Property(tries = 25, shrinking = ShrinkingMode.OFF)
  void refreshOfUntouchedSides_andAgain_changesNothing(
      @ForAll("allCalls") List<CopyModelTest.Call> mine,
      @ForAll("allCalls") List<CopyModelTest.Call> other)
      throws IOException {
    Path where = folder.resolve("copy-" + ++number);
    Map<String, String> theirs = new java.util.TreeMap<>();
    String newer = snapshotOf(other, theirs);
    Map<String, String> ours;
    try (VirtualCopy copy = world.copies().create(snapshot, "c", where)) {
      run(mine, copy.fileSystem().getPath("/"));
      ours = CopyModelTest.facts(copy.fileSystem().getPath("/"));
    }
    VirtualCopies copies = world.copies();
    // To another snapshot of the same tree nothing differs.
    String same = snapshotOf(List.of(), new java.util.TreeMap<>());
    CopyRefresh none = copies.refresh(where, same, ConflictPolicy.SKIP, Retrier.Check.NONE);
    assertThat(none.conflicts()).isEmpty();
    // A file that was linked and then lost its first name is written as a new one.
    if (mine.stream().noneMatch(call -> call.kind() == 5)) {
      assertThat(none.copiedBytes()).isZero();
    }
    try (VirtualCopy copy = copies.open(where)) {
      assertThat(CopyModelTest.facts(copy.fileSystem().getPath("/"))).isEqualTo(ours);
    }
    copies.refresh(where, newer, ConflictPolicy.SKIP, Retrier.Check.NONE);
    Map<String, String> merged;
    try (VirtualCopy copy = copies.open(where)) {
      merged = CopyModelTest.facts(copy.fileSystem().getPath("/"));
      if (mine.isEmpty()) {
        assertThat(MergeOracle.facts(copy.fileSystem().getPath("/"))).isEqualTo(theirs);
      }
    }
    CopyRefresh again = copies.refresh(where, newer, ConflictPolicy.SKIP, Retrier.Check.NONE);
    assertThat(again.conflicts()).isEmpty();
    try (VirtualCopy copy = copies.open(where)) {
      assertThat(CopyModelTest.facts(copy.fileSystem().getPath("/"))).isEqualTo(merged);
    }
    copies.delete(where);
    world.snapshots().forget(List.of(newer, same));
  }
}
