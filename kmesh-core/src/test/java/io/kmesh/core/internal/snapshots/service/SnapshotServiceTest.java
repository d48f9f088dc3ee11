// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.KmeshException;
import io.kmesh.Operation;
import io.kmesh.OperationId;
import io.kmesh.core.internal.snapshots.SnapshotWorld;
import io.kmesh.path.PathBytes;
import io.kmesh.repository.CheckDepth;
import io.kmesh.repository.CopyReport;
import io.kmesh.repository.Credential;
import io.kmesh.snapshots.AccessRule;
import io.kmesh.snapshots.Caller;
import io.kmesh.snapshots.ForgetPlan;
import io.kmesh.snapshots.RestorePlan;
import io.kmesh.snapshots.RestorePlan.Action;
import io.kmesh.snapshots.RestoreReport;
import io.kmesh.snapshots.RetentionPolicy;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.snapshots.SnapshotChange;
import io.kmesh.snapshots.SnapshotQuery;
import io.kmesh.snapshots.Snapshots;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.testkit.key.MemoryKeys;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotServiceTest {
  private static final Duration LIMIT = Duration.ofHours(1);

  private final ManualTime time = ManualTime.startingAt(Instant.now().plus(Duration.ofHours(1)));
  private final MemoryState state = MemoryState.create(time);
  private final MemoryStore store = MemoryStore.create();
  private final MemoryStore second = MemoryStore.create();
  private final MemoryKeys keys = new MemoryKeys();
  private Kmesh kmesh;
  private Path source;
  @TempDir Path directory;

  @BeforeEach
  void open() throws IOException {
    keys.make("site");
    kmesh = openKmesh();
    kmesh.repositories().init("repo");
    source = Files.createDirectory(directory.resolve("source"));
    write("a/f", "first");
    write("a/g", "second");
    write("b", "third");
    Files.createSymbolicLink(source.resolve("link"), Path.of("b"));
  }

  private Kmesh openKmesh() {
    return Kmesh.builder()
        .state(state)
        .time(time)
        .repository("repo", store, Credential.key(keys, "site"))
        .repository("second", second, Credential.key(keys, "site"))
        .build();
  }

  @AfterEach
  void close() throws IOException {
    kmesh.close();
    state.close();
    store.close();
    second.close();
    keys.close();
  }

  private void write(String path, String text) throws IOException {
    Path file = source.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private Endpoint source() {
    return Endpoint.directory(source);
  }

  private Snapshot take(String name) {
    time.jump(Duration.ofMinutes(1));
    return kmesh.snapshots().take(name, source(), s -> s.into("repo").tag("job", "42")).await();
  }

  private static <T> T done(Operation<T> operation) {
    return operation.await(LIMIT);
  }

  @Test
  void take_aTree_isListedFoundAndShown() {
    Operation<Snapshot> operation =
        kmesh.snapshots().take("done", source(), s -> s.into("repo").tag("job", "42").exclude("g"));
    Snapshot s = done(operation);
    assertThat(s.files()).isEqualTo(2);
    assertThat(s.bytes().bytes()).isEqualTo(10);
    assertThat(s.stored()).isPresent();
    assertThat(s.source()).isEqualTo(source.toString());
    assertThat(s.tags()).isEqualTo(Map.of("job", "42"));
    assertThat(s.problems()).isZero();
    assertThat(kmesh.snapshots().list()).containsExactly(s);
    assertThat(kmesh.snapshots().list(q -> q.in("repo").tag("job").of(source()).named("done")))
        .hasSize(1);
    assertThat(kmesh.snapshots().list(q -> q.tag("job", "43"))).isEmpty();
    assertThat(kmesh.snapshots().find("repo", "latest")).contains(s);
    assertThat(kmesh.snapshots().find("repo", s.id().substring(0, 6))).contains(s);
    assertThat(kmesh.snapshots().find("repo", "other")).isEmpty();
    assertThat(s.list("/")).extracting(e -> e.path().toString()).containsExactly("a", "b", "link");
    assertThat(s.at("/link").link()).contains(PathBytes.of("b"));
    List<String> walked = new ArrayList<>();
    s.walk(PathBytes.of("/a"), e -> walked.add(e.path().toString()));
    assertThat(walked).containsExactly("a/f");
    assertThat(operation.progress().itemsDone()).isEqualTo(2);
    assertThatThrownBy(() -> s.at("none"))
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
  }

  @Test
  void take_foundByAnotherProcess_givesTheSameSnapshot() {
    OperationId id = kmesh.snapshots().take("done", source(), s -> s.into("repo")).id();
    Snapshot s = done(kmesh.operations().find(id, Snapshot.class).orElseThrow());
    kmesh.close();
    kmesh = openKmesh();
    assertThat(done(kmesh.operations().find(id, Snapshot.class).orElseThrow())).isEqualTo(s);
  }

  @Test
  void take_whatCantBe_isRefusedAtOnce() {
    assertThatThrownBy(() -> kmesh.snapshots().take("x", source(), s -> {}))
        .hasMessageContaining("[repo, second]");
    assertThatThrownBy(() -> kmesh.snapshots().take("x", source(), s -> s.into("second")))
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
    assertThatThrownBy(
            () -> kmesh.snapshots().take("x", source(), s -> s.into("repo").exclude("[")))
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID));
    Endpoint gone = Endpoint.directory(directory.resolve("gone"));
    assertThatThrownBy(() -> done(kmesh.snapshots().take("x", gone, s -> s.into("repo"))))
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
    assertThat(kmesh.snapshots().list()).isEmpty();
  }

  @Test
  void diffAndFind_twoSnapshots_tellWhatChanged() throws IOException {
    Snapshot before = take("one");
    write("a/f", "changed");
    write("new", "x");
    Files.delete(source.resolve("b"));
    Snapshot after = take("two");
    assertThat(before.diff(after))
        .filteredOn(c -> c.kind() != SnapshotChange.Kind.ATTRIBUTES)
        .extracting(c -> c.kind() + " " + c.path())
        .containsExactly("CONTENT a/f", "REMOVED b", "ADDED new");
    List<String> found = new ArrayList<>();
    kmesh
        .snapshots()
        .findEntries(
            "b",
            SnapshotQuery.ALL,
            match -> found.add(match.snapshot().name() + ":" + match.entry().path()));
    assertThat(found).containsExactly("one:b");
  }

  @Test
  void findEntries_inSnapshotsThatCantBeRead_fails_forCallersToo() throws IOException {
    take("one");
    write("a/f", "changed");
    take("two");
    Snapshots alice = kmesh.snapshots().as(new Caller("alice", Set.of(), ""));
    assertThatThrownBy(
            () ->
                alice.findEntries(
                    "b",
                    SnapshotQuery.ALL,
                    match -> {
                      for (String key : SnapshotWorld.content(store)) {
                        if (key.contains("/packs/")) {
                          try {
                            store.blocking().delete(List.of(DeleteTarget.of(key)));
                          } catch (IOException e) {
                            throw new java.io.UncheckedIOException(e);
                          }
                        }
                      }
                    }))
        .isInstanceOf(KmeshException.class);
  }

  @Test
  void restore_wholePathAndFile_writeWhatWasTaken() throws IOException {
    Snapshot s = take("one");
    Path whole = directory.resolve("out/whole");
    RestoreReport report = done(s.restore(Endpoint.directory(whole)));
    assertThat(report.files()).isEqualTo(3);
    assertThat(report.details()).isEmpty();
    assertThat(whole.resolve("a/f")).hasContent("first");
    assertThat(Files.readSymbolicLink(whole.resolve("link"))).isEqualTo(Path.of("b"));
    Path part = directory.resolve("part");
    done(s.restore(r -> r.path("/a").to(Endpoint.directory(part))));
    assertThat(part.resolve("g")).hasContent("second");
    Path single = directory.resolve("single");
    done(s.restore(r -> r.path("a/f").to(Endpoint.directory(single))));
    assertThat(single.toFile().list()).containsExactly("f");
    Operation<RestoreReport> again = s.restore(r -> r.path("a/f").to(Endpoint.directory(single)));
    assertThat(done(again).writtenFiles()).isZero();
    Files.writeString(single.resolve("f"), "mine");
    assertThatThrownBy(() -> done(s.restore(r -> r.path("a/f").to(Endpoint.directory(single)))))
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.EXISTS));
    assertThat(single.resolve("f")).hasContent("mine");
    assertThat(single.toFile().list()).containsExactly("f");
    done(s.restore(r -> r.path("a/f").to(Endpoint.directory(single)).replace()));
    assertThat(single.resolve("f")).hasContent("first");
  }

  @Test
  void planRestore_inPlace_saysWhatItWouldDoAndDoesNoMore() throws IOException {
    Snapshot s = take("one");
    assertThatThrownBy(() -> s.restore(r -> r.inPlace(source())))
        .hasMessageContaining("planRestore");
    write("a/f", "changed");
    write("extra", "stays");
    Files.delete(source.resolve("b"));
    RestorePlan plan = s.planRestore(r -> r.inPlace(source()));
    assertThat(plan.steps())
        .extracting(step -> step.action() + " " + step.path())
        .containsExactly("REPLACE a/f", "ADD b");
    assertThat(plan.extra()).isEqualTo(1);
    assertThat(plan.bytes().bytes()).isEqualTo(10);
    assertThat(plan.toString()).contains("REPLACE a/f");
    assertThat(source.resolve("a/f")).hasContent("changed");
    write("a/g", "changed since");
    assertThatThrownBy(() -> done(plan.apply()))
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.PRECONDITION))
        .hasMessageContaining("a/g");
    assertThat(source.resolve("a/f")).hasContent("changed");
    assertThat(done(s.planRestore(r -> r.inPlace(source())).apply()).writtenFiles()).isEqualTo(3);
    assertThat(source.resolve("a/f")).hasContent("first");
    assertThat(source.resolve("a/g")).hasContent("second");
    assertThat(source.resolve("b")).hasContent("third");
    assertThat(source.resolve("extra")).hasContent("stays");
    assertThat(s.planRestore(r -> r.inPlace(source())).steps()).isEmpty();
  }

  @Test
  void planRestore_ofADirectoryInPlaceOrWhereNothingIs_plansThat() throws IOException {
    Snapshot s = take("one");
    Files.delete(source.resolve("a/f"));
    write("b", "not looked at");
    RestorePlan part = s.planRestore(r -> r.path("a").inPlace(source()));
    assertThat(part.steps()).extracting(step -> step.path().toString()).containsExactly("f");
    done(part.apply());
    assertThat(source.resolve("a/f")).hasContent("first");
    assertThat(source.resolve("b")).hasContent("not looked at");
    RestorePlan fresh =
        s.planRestore(r -> r.to(Endpoint.directory(directory.resolve("fresh/one"))));
    assertThat(fresh.steps()).hasSize(5).allMatch(step -> step.action() == Action.ADD);
    assertThat(directory.resolve("fresh")).doesNotExist();
    done(fresh.apply());
    assertThat(directory.resolve("fresh/one/b")).hasContent("third");
    Files.delete(source.resolve("b"));
    Files.createDirectory(source.resolve("b"));
    RestorePlan blocked = s.planRestore(r -> r.inPlace(source()));
    assertThat(blocked.steps()).extracting(RestorePlan.Step::action).contains(Action.BLOCKED);
    assertThatThrownBy(blocked::apply)
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.PRECONDITION));
  }

  @Test
  void holds_keepASnapshotUntilReleased() {
    Snapshot held =
        done(
            kmesh.snapshots().take("one", source(), s -> s.into("repo").hold("paper", "figure 3")));
    assertThat(held.holds()).isEqualTo(Map.of("paper", "figure 3"));
    take("two");
    take("three");
    assertThatThrownBy(held::forget)
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.PRECONDITION));
    ForgetPlan plan =
        kmesh.snapshots().planForget("repo", RetentionPolicy.builder().last(1).build());
    assertThat(plan.plan().forgotten()).hasSize(1);
    assertThat(plan.toString()).contains("HELD");
    assertThat(plan.apply()).hasSize(1);
    assertThat(plan.apply()).isEmpty();
    held.release("paper");
    held.release("paper");
    Snapshot again = kmesh.snapshots().find("repo", held.id()).orElseThrow();
    assertThat(again.holds()).isEmpty();
    again.hold("other", "why");
    assertThat(kmesh.snapshots().find("repo", held.id()).orElseThrow().holds())
        .containsKey("other");
    again.release("other");
    again.forget();
    again.forget();
    assertThat(kmesh.snapshots().list()).extracting(Snapshot::name).containsExactly("three");
    assertThatThrownBy(() -> again.at("b")).isInstanceOf(KmeshException.class);
  }

  @Test
  void copy_oneAndAll_haveTheSameIdsAndContent() throws IOException {
    Snapshot one = take("one");
    Snapshot two = take("two");
    kmesh.repositories().init("second");
    assertThat(done(one.copyTo("second")).copied()).isEqualTo(1);
    CopyReport report = done(kmesh.repositories().find("repo").orElseThrow().copyTo("second"));
    assertThat(report.copied()).isEqualTo(1);
    assertThat(report.unchanged()).isEqualTo(1);
    Snapshot copy = kmesh.snapshots().find("second", two.id()).orElseThrow();
    Path out = directory.resolve("out");
    done(copy.restore(Endpoint.directory(out)));
    assertThat(out.resolve("b")).hasContent("third");
    assertThat(
            done(kmesh.repositories().find("second").orElseThrow().check(CheckDepth.EVERYTHING))
                .isSound())
        .isTrue();
    assertThat(kmesh.snapshots().list()).hasSize(4);
  }

  @Test
  void as_aCaller_seesAndRestoresWhatRulesLetHim_andDoesNothingElse() throws IOException {
    Snapshot before =
        done(
            kmesh
                .snapshots()
                .take(
                    "one",
                    source(),
                    s -> s.into("repo").allow(AccessRule.parse("user:alice:/a/f"))));
    write("a/f", "changed");
    write("b", "changed too");
    time.jump(Duration.ofMinutes(1));
    Snapshot after =
        done(
            kmesh
                .snapshots()
                .take(
                    "two",
                    source(),
                    s ->
                        s.into("repo")
                            .allow(AccessRule.parse("user:alice:/a"))
                            .allow(AccessRule.parse("user:carol:/none"))
                            .allow(AccessRule.parse("application:portal:/b"))));
    Snapshots alice = kmesh.snapshots().as(new Caller("alice", Set.of(), "shell"));
    Snapshots bob = kmesh.snapshots().as(new Caller("bob", Set.of("lab"), ""));
    assertThat(bob.list()).isEmpty();
    assertThat(bob.find("repo", after.id())).isEmpty();
    assertThat(alice.list()).extracting(Snapshot::name).containsExactly("one", "two");
    Snapshot one = alice.find("repo", "one").orElseThrow();
    Snapshot two = alice.find("repo", "latest").orElseThrow();
    assertThat(two.access()).containsExactly(AccessRule.parse("user:alice:/a"));
    assertThat(after.access()).hasSize(3);
    kmesh
        .snapshots()
        .as(new Caller("carol", Set.of(), ""))
        .findEntries(
            "*",
            SnapshotQuery.ALL,
            m -> {
              throw new AssertionError("She sees " + m);
            });
    assertThat(paths(one)).containsExactly("a", "a/f");
    assertThat(paths(two)).containsExactly("a", "a/f", "a/g");
    assertThatThrownBy(() -> two.at("b"))
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
    List<String> found = new ArrayList<>();
    alice.findEntries("?", SnapshotQuery.ALL, m -> found.add(m.entry().path().toString()));
    assertThat(found).containsExactly("a", "a/f", "a", "a/f", "a/g");
    for (List<Snapshot> pair :
        List.of(List.of(one, two), List.of(before, two), List.of(one, after))) {
      assertThat(pair.get(0).diff(pair.get(1)))
          .extracting(c -> c.path().toString())
          .contains("a/f")
          .doesNotContain("b", "link");
    }
    assertThat(before.diff(after)).extracting(c -> c.path().toString()).contains("b");
    try (FileSystem files = two.fileSystem()) {
      assertThat(Files.readString(files.getPath("/a/f"))).isEqualTo("changed");
      assertThat(files.getPath("/b")).doesNotExist();
    }
    Path out = directory.resolve("out");
    Operation<RestoreReport> restore = two.restore(Endpoint.directory(out));
    assertThat(done(restore).files()).isEqualTo(2);
    assertThat(out.toFile().list()).containsExactly("a");
    Path planned = directory.resolve("planned");
    RestorePlan plan = one.planRestore(r -> r.to(Endpoint.directory(planned)));
    assertThat(plan.steps()).extracting(s -> s.path().toString()).containsExactly("a", "a/f");
    assertThat(done(plan.apply()).files()).isEqualTo(1);
    assertThat(planned.resolve("a").toFile().list()).containsExactly("f");
    for (ThrowingCallable call :
        List.<ThrowingCallable>of(
            two::forget,
            () -> two.hold("x", ""),
            () -> two.release("x"),
            () -> two.copyTo("second"),
            () ->
                kmesh
                    .virtualCopies()
                    .create("c", two, Endpoint.directory(directory.resolve("copy"))),
            () -> alice.take("x", source(), s -> s.into("repo")),
            () -> alice.takeTogether("x", c -> c.site(source(), s -> s.into("repo"))),
            () -> alice.planForget("repo", RetentionPolicy.builder().last(1).build()),
            () -> alice.policies(),
            () -> alice.as(new Caller("root", Set.of(), "")))) {
      assertThatThrownBy(call)
          .isInstanceOfSatisfying(
              KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.DENIED));
    }
    assertThat(kmesh.snapshots().list()).containsExactly(before, after);
  }

  private static List<String> paths(Snapshot snapshot) {
    List<String> paths = new ArrayList<>();
    snapshot.walk(PathBytes.EMPTY, e -> paths.add(e.path().toString()));
    return paths;
  }

  @Test
  void fileSystem_ofASnapshot_readsIt() throws IOException {
    Snapshot s = take("one");
    try (FileSystem files = s.fileSystem()) {
      assertThat(Files.readString(files.getPath("/a/g"))).isEqualTo("second");
      assertThat(files.isReadOnly()).isTrue();
    }
  }
}
