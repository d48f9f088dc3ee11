// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two processes that refresh one copy on a Lustre at once, to different snapshots. */
class StubRefreshRaceTest {
  private static final PathBytes COPY = PathBytes.of("c");

  @TempDir Path folder;
  private FsWorld world;
  private String first;
  private String second;
  private String third;
  private StubWorld lab;

  private interface Step {
    void run() throws IOException;
  }

  /** Does something before one of all calls. */
  private final class HookedStore extends ForwardingObjectStore {
    private final long at;
    private final Step step;
    private long calls;

    HookedStore(long at, Step step) {
      this.at = at;
      this.step = step;
    }

    @Override
    protected ObjectStore delegate() {
      if (++calls == at) {
        try {
          step.run();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
      return world.store;
    }
  }

  @BeforeEach
  void open() throws IOException {
    world = new FsWorld();
    Path source = Files.createDirectory(folder.resolve("source"));
    Files.writeString(source.resolve("a"), "first");
    Files.writeString(source.resolve("gone"), "gone");
    first = world.take(source);
    lab = new StubWorld(world, folder.resolve("lustre"), first);
    Files.writeString(source.resolve("a"), "second one");
    Files.writeString(source.resolve("only two"), "2");
    Files.delete(source.resolve("gone"));
    second = world.take(source);
    Files.writeString(source.resolve("a"), "the third one");
    Files.delete(source.resolve("only two"));
    Files.writeString(source.resolve("only three"), "3");
    third = world.take(source);
  }

  @AfterEach
  void close() throws IOException {
    lab.close();
    world.close();
  }

  private String make() throws IOException {
    try (StubCopies copies = lab.copies();
        FileSystem files = lab.lustre.fileSystem()) {
      String id = copies.create(first, "c", COPY, Retrier.Check.NONE).id();
      Files.writeString(files.getPath("/c/mine"), "mine");
      return id;
    }
  }

  private StubCopies copies(ObjectStore store) throws IOException {
    Domain domain = world.domain(store);
    return lab.copies(lab.lustre, world.snapshots(domain), domain);
  }

  /** A refresh by a process of its own, which does something when all is planned. */
  private void refresh(
      ObjectStore store, String id, String snapshot, String operation, Step planned)
      throws IOException {
    try (StubCopies copies = copies(store)) {
      copies.refresh(
          id,
          snapshot,
          ConflictPolicy.SKIP,
          operation,
          (before, conflicts) -> planned.run(),
          Retrier.Check.NONE);
    }
  }

  private void refresh(String id, String snapshot, String operation) throws IOException {
    refresh(world.store, id, snapshot, operation, () -> {});
  }

  private void assertRefused(ErrorKind kind, String reason, Step step) {
    assertThatThrownBy(step::run)
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind))
        .hasMessageContaining(reason);
  }

  private String shown(String id) throws IOException {
    return world
        .domain
        .heads()
        .newest()
        .root(SnapshotStore.COPY_KIND, id)
        .orElseThrow()
        .labels()
        .get(CopyRoots.SNAPSHOT);
  }

  /** The copy is what one refresh makes of it, and goes without a trace. */
  private void check(String id, String snapshot) throws IOException {
    boolean isThird = snapshot.equals(third);
    try (StubCopies copies = lab.copies();
        FileSystem files = lab.lustre.fileSystem()) {
      try (StubCopy copy = copies.open(id, Retrier.Check.NONE)) {
        assertThat(copy.manifest().id()).isEqualTo(snapshot);
        assertThat(copy.changes())
            .extracting(c -> c.kind() + " " + c.path())
            .containsExactly("ADDED mine");
      }
      assertThat(Files.readString(files.getPath("/c/a")))
          .isEqualTo(isThird ? "the third one" : "second one");
      assertThat(files.getPath("/c/gone")).doesNotExist();
      assertThat(files.getPath("/c/only three")).matches(p -> Files.exists(p) == isThird);
      assertThat(world.domain.heads().newest().root(SnapshotStore.REFRESH_KIND, id)).isEmpty();
      copies.delete(id, Retrier.Check.NONE);
    }
  }

  @Test
  void anotherRefresh_whileOneIsUnderWay_isRefused_andChangesNothing() throws IOException {
    String id = make();
    refresh(
        world.store,
        id,
        second,
        "one",
        () -> assertRefused(ErrorKind.EXISTS, "is refreshing it", () -> refresh(id, third, "two")));
    check(id, second);
  }

  @Test
  void oneWhoseSessionWasEnded_isTakenOver_andSaysSo() throws IOException {
    String id = make();
    assertRefused(
        ErrorKind.PRECONDITION,
        "took this one for dead",
        () ->
            refresh(
                world.store,
                id,
                second,
                "one",
                () -> {
                  endSessions();
                  refresh(id, third, "two");
                }));
    check(id, third);
  }

  /** As a prune does with sessions that it takes for dead. */
  private void endSessions() throws IOException {
    for (Head.Session session : world.domain.heads().newest().sessions()) {
      world.domain.heads().commit(head -> head.withoutSession(session.id()));
    }
  }

  @Test
  void theSameOperation_goesOn_thoughItsSessionWasLeft() throws IOException {
    String id = make();
    Error killed = new AssertionError("killed");
    StubCopies dying = copies(world.store);
    // Its session stays, as that of a process that was killed.
    Domain domain = world.domain;
    Head[] left = new Head[1];
    assertThatThrownBy(
            () ->
                dying.refresh(
                    id,
                    second,
                    ConflictPolicy.SKIP,
                    "one",
                    (before, conflicts) -> {
                      left[0] = domain.heads().newest();
                      throw killed;
                    },
                    Retrier.Check.NONE))
        .isSameAs(killed);
    dying.close();
    for (Head.Session session : left[0].sessions()) {
      domain.heads().commit(head -> head.withSession(session));
    }
    assertRefused(ErrorKind.EXISTS, "is refreshing it", () -> refresh(id, third, "two"));
    refresh(id, second, "one");
    refresh(id, third, "two");
    check(id, third);
  }

  /** One process comes with a whole refresh before any call of the other. */
  @Tag("crash")
  @Test
  void aRefreshAtAnyCallOfAnother_leavesTheCopyAsOneOfThem() throws IOException {
    int refused = 0;
    int done = 0;
    for (long at = 1; ; at += 3) {
      String id = make();
      boolean[] isDone = {false};
      boolean[] isMade = {false};
      Step other =
          () -> {
            isDone[0] = true;
            try {
              refresh(id, second, "other");
              isMade[0] = true;
            } catch (ProviderException e) {
              assertThat(e.kind()).as(e.getMessage()).isEqualTo(ErrorKind.EXISTS);
            }
          };
      try {
        refresh(new HookedStore(at, other), id, third, "one", () -> {});
        done++;
        check(id, shown(id)); // The other may come when this one is through.
      } catch (ProviderException e) {
        assertThat(e.kind()).as(e.getMessage()).isEqualTo(ErrorKind.PRECONDITION);
        assertThat(isMade[0]).as(e.getMessage()).isTrue();
        refused++;
        check(id, second);
      }
      if (!isDone[0]) {
        break;
      }
    }
    assertThat(refused).isGreaterThan(0);
    assertThat(done).isGreaterThan(3);
  }
}
