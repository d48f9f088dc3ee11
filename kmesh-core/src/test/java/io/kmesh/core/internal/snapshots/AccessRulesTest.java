// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.nio.KmeshFileSystem;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.snapshots.fs.ChunkCache;
import io.kmesh.core.internal.snapshots.fs.SnapshotFiles;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.snapshots.AccessRule;
import io.kmesh.snapshots.Caller;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What rules hide is seen by no caller whom they do not name, whatever he asks. */
class AccessRulesTest {
  private static final Caller ALICE = new Caller("alice", Set.of("lab", "staff"), "");
  private static final Caller BOB = new Caller("bob", Set.of(), "viewer");
  private static final Caller NOBODY = new Caller("", Set.of(), "");

  private final MemoryStore store = MemoryStore.create();
  private final SnapshotWorld world = SnapshotWorld.in(store);
  private PosixTree tree;

  @BeforeEach
  void fill(@TempDir Path directory) throws IOException {
    tree = JnaPosix.open(Files.createDirectory(directory.resolve("source")));
    for (String path : List.of("results", "results/a", "results2", "secret", "secret/in")) {
      SnapshotWorld.directory(tree, path);
    }
    int seed = 0;
    for (String path :
        List.of("results/a/f", "results/g", "results2/h", "secret/in/i", "secret/j", "top")) {
      SnapshotWorld.write(tree, path, ++seed, 400);
    }
    try (PosixDirectory results = tree.openDirectory(PathBytes.of("results"))) {
      results.makeSymlink(PathBytes.of("out"), PathBytes.of("../secret/j"));
    }
  }

  @AfterEach
  void close() throws IOException {
    tree.close();
  }

  private String take(String name, String... rules) throws IOException {
    return world
        .snapshots()
        .take(
            new SnapshotStore.Request(
                tree,
                PathBytes.EMPTY,
                name,
                "src",
                Map.of(),
                ContentGate.OPEN,
                false,
                List.of(),
                List.of(rules).stream().map(AccessRule::parse).toList(),
                java.util.Optional.empty()),
            new ScanTally(),
            Retrier.Check.NONE)
        .manifest()
        .id();
  }

  private static Set<String> walked(OpenSnapshot snapshot) throws IOException {
    Set<String> seen = new TreeSet<>();
    TreeVisit.walk(snapshot, PathBytes.EMPTY, (path, node) -> seen.add(path.toString()));
    return seen;
  }

  private Set<String> seen(Caller caller, String id) throws IOException {
    try (OpenSnapshot snapshot = world.snapshots().as(caller).open(id)) {
      return walked(snapshot);
    }
  }

  private void isHidden(Caller caller, String id) {
    assertThatThrownBy(() -> world.snapshots().as(caller).open(id).close())
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
  }

  @Test
  void snapshotWithoutRules_isOpenToAll() throws IOException {
    String id = take("open");
    assertThat(seen(NOBODY, id)).hasSize(12);
    assertThat(world.snapshots().as(NOBODY).list()).hasSize(1);
  }

  @Test
  void rules_showTheirPathsAndTheWayThere() throws IOException {
    String id = take("s", "user:alice:/results/**", "application:viewer:/secret/in/i");
    assertThat(seen(ALICE, id))
        .containsExactly("results", "results/a", "results/a/f", "results/g", "results/out");
    assertThat(seen(BOB, id)).containsExactly("secret", "secret/in", "secret/in/i");
    isHidden(NOBODY, id);
    isHidden(new Caller("Alice", Set.of("alice"), "alice"), id);
    try (OpenSnapshot all = world.snapshots().open(id)) {
      assertThat(walked(all)).hasSize(12);
    }
  }

  @Test
  void rulesOfGroups_addUp() throws IOException {
    String id = take("s", "group:lab:/secret/j", "group:staff:/results2", "user:alice:/gone/far");
    assertThat(seen(ALICE, id)).containsExactly("results2", "results2/h", "secret", "secret/j");
    String whole = take("w", "group:staff:/");
    assertThat(seen(ALICE, whole)).hasSize(12);
  }

  @Test
  void paths_thatLeadAround_findNothing() throws IOException {
    String id = take("s", "user:alice:/results/**");
    try (OpenSnapshot snapshot = world.snapshots().as(ALICE).open(id)) {
      for (String path :
          List.of(
              "secret",
              "secret/j",
              "/secret/j",
              "//secret//j",
              "results2",
              "results2/h",
              "top",
              "results/out/j",
              "results/a/../../secret/j",
              "./secret/j",
              "results/out")) {
        if (path.equals("results/out")) {
          assertThat(snapshot.at(PathBytes.of(path))).isNotNull();
          continue;
        }
        assertThatThrownBy(() -> snapshot.at(PathBytes.of(path)))
            .as(path)
            .isInstanceOfAny(ProviderException.class, IllegalArgumentException.class);
      }
      assertThat(snapshot.at(PathBytes.of("//results//g")).size()).isEqualTo(400);
    }
  }

  @Test
  void lists_andNames_showOnlyWhatMayBeSeen() throws IOException {
    take("open");
    take("mine", "user:alice:/top");
    String theirs = take("theirs", "user:bob:/top");
    SnapshotStore alice = world.snapshots().as(ALICE);
    assertThat(alice.list()).extracting(Head.Root::name).containsExactlyInAnyOrder("open", "mine");
    assertThat(alice.manifests())
        .extracting(Manifest::name)
        .containsExactlyInAnyOrder("open", "mine");
    for (String name : List.of("theirs", theirs, theirs.substring(0, 6))) {
      assertThatThrownBy(() -> alice.find(name)).hasMessageContaining("Cannot find");
      isHidden(ALICE, name);
    }
    assertThat(alice.find("latest").name()).isIn("mine", "open");
    assertThat(world.snapshots().as(BOB).list())
        .extracting(Head.Root::name)
        .containsExactlyInAnyOrder("open", "theirs");
  }

  @Test
  void restore_writesOnlyWhatMayBeSeen(@TempDir Path target) throws IOException {
    String id = take("s", "user:alice:/results/a");
    try (OpenSnapshot snapshot = world.snapshots().as(ALICE).open(id);
        PosixTree to = JnaPosix.open(target)) {
      snapshot.restore(
          PathBytes.EMPTY, to, TreeRestore.Overwrite.NEVER, new ScanTally(), Retrier.Check.NONE);
      assertThat(SnapshotWorld.facts(to).keySet())
          .containsExactly("", "results", "results/a", "results/a/f");
      assertThatThrownBy(
              () ->
                  snapshot.restore(
                      PathBytes.of("secret"),
                      to,
                      TreeRestore.Overwrite.CHANGED,
                      new ScanTally(),
                      Retrier.Check.NONE))
          .hasMessageContaining("no such entry");
    }
  }

  @Test
  void diff_tellsOnlyWhatMayBeSeen() throws IOException {
    String rule = "user:alice:/results";
    String before = take("a", rule);
    SnapshotWorld.write(tree, "secret/j", 9, 500);
    SnapshotWorld.write(tree, "results/g", 9, 500);
    String after = take("b", rule);
    List<String> changes = new ArrayList<>();
    SnapshotStore alice = world.snapshots().as(ALICE);
    try (OpenSnapshot older = alice.open(before);
        OpenSnapshot newer = alice.open(after)) {
      TreeVisit.diff(older, newer, (path, kind, a, b) -> changes.add(kind + " " + path));
    }
    assertThat(changes).containsExactly("CONTENT results/g");
  }

  @Test
  void fileSystem_hasOnlyWhatMayBeSeen_underAUriOfItsOwn() throws IOException {
    String id = take("s", "user:alice:/results/**", "user:bob:/top");
    try (ChunkCache cache = new ChunkCache(1 << 20);
        KmeshFileSystem whole = SnapshotFiles.of(world.snapshots().open(id), "lab", cache);
        KmeshFileSystem part =
            SnapshotFiles.of(world.snapshots().as(ALICE).open(id), "lab", cache);
        KmeshFileSystem other =
            SnapshotFiles.of(world.snapshots().as(BOB).open(id), "lab", cache)) {
      try (var files = Files.walk(part.getPath("/"))) {
        assertThat(files.map(Path::toString))
            .containsExactlyInAnyOrder(
                "/", "/results", "/results/a", "/results/a/f", "/results/g", "/results/out");
      }
      for (String path : List.of("/secret/j", "/results/out", "/results/../secret/j", "/top")) {
        assertThat(Files.exists(part.getPath(path))).as(path).isFalse();
        assertThatThrownBy(() -> Files.readAllBytes(part.getPath(path)))
            .isInstanceOf(java.nio.file.NoSuchFileException.class);
      }
      assertThat(Files.exists(whole.getPath("/results/out"))).isTrue();
      assertThat(Files.size(Path.of(part.getPath("/results/g").toUri()))).isEqualTo(400);
      assertThat(Path.of(part.getPath("/").toUri()).getFileSystem()).isSameAs(part);
      assertThat(Path.of(whole.getPath("/").toUri()).getFileSystem()).isSameAs(whole);
      assertThat(Path.of(other.getPath("/").toUri()).getFileSystem()).isSameAs(other);
    }
  }

  @Test
  void copyOfAPart_isRefused_andThatOfTheWholeKeepsItsRules() throws IOException {
    String id = take("s", "user:alice:/results");
    SnapshotWorld other = SnapshotWorld.in(MemoryStore.create());
    SnapshotCopy copy =
        new SnapshotCopy(
            world.domain(), other.domain(), io.kmesh.testkit.time.ManualTime.create(), "here");
    try (OpenSnapshot part = world.snapshots().as(ALICE).open(id)) {
      assertThatThrownBy(() -> copy.copy(part, Retrier.Check.NONE))
          .hasMessageContaining("may not see all of it");
    }
    try (OpenSnapshot whole = world.snapshots().open(id)) {
      copy.copy(whole, Retrier.Check.NONE);
    }
    assertThatThrownBy(() -> other.snapshots().as(BOB).open(id).close())
        .hasMessageContaining("Cannot find");
    try (OpenSnapshot copied = other.snapshots().as(ALICE).open(id)) {
      assertThat(walked(copied)).contains("results/g").doesNotContain("top");
    }
  }

  @Test
  void rules_areReadAsTheyAreWritten_orRefused() {
    for (String rule : List.of("user:alice:/", "group:a b:/x/y", "application:v:/ü:z")) {
      assertThat(AccessRule.parse(rule)).hasToString(rule);
    }
    assertThat(AccessRule.parse("user:a:/x//y/**")).isEqualTo(AccessRule.parse("user:a:/x/y"));
    assertThat(AccessRule.parse("user:a:/**").path()).isEqualTo(PathBytes.EMPTY);
    for (String bad :
        List.of(
            "",
            "user",
            "user:a",
            "user::/x",
            "user:a:x",
            "user:a:/x/*",
            "user:a:/*/x",
            "user:a:/x?",
            "user:a:/x/../y",
            "user:a:/./x",
            "owner:a:/x",
            "USER:a:/x")) {
      assertThatThrownBy(() -> AccessRule.parse(bad))
          .as(bad)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
