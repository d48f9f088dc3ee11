// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool;

import static io.kmesh.lustre.HsmActionKind.ARCHIVE;
import static io.kmesh.lustre.HsmActionKind.RELEASE;
import static io.kmesh.lustre.HsmActionKind.RESTORE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.endpoints.Endpoints;
import io.kmesh.core.internal.repository.tree.Attribute;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.snapshots.ContentGate;
import io.kmesh.core.internal.snapshots.LustreGate;
import io.kmesh.core.internal.snapshots.OpenSnapshot;
import io.kmesh.core.internal.snapshots.RestoreTarget;
import io.kmesh.core.internal.snapshots.ScanTally;
import io.kmesh.core.internal.snapshots.TreeRestore;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.PosixTrees;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixInode;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Snapshots keep the content of released files whose archive is their own repository. */
class KeptReleasedTest extends ReleasedFiles {
  private interface Step {
    void run() throws IOException;
  }

  /** Does something when a file is asked for the first time whether it may be read. */
  private final class HookedGate implements ContentGate {
    private final ContentGate gate = new LustreGate(site.lustre);
    private final Fid at;
    private final Step step;
    private boolean isDone;

    HookedGate(Fid at, Step step) {
      this.at = at;
      this.step = step;
    }

    @Override
    public Optional<Content.File> instead(PosixInode file, FileStat stat) throws IOException {
      if (!isDone && site.lustre.identity().fid(file).equals(at)) {
        isDone = true;
        step.run();
      }
      return gate.instead(file, stat);
    }

    @Override
    public List<Attribute> more(PosixInode inode, FileStat stat) throws IOException {
      return gate.more(inode, stat);
    }
  }

  /**
   * Counts reads but those of the index, those of some objects apart, and does something before one
   * of all calls.
   */
  private final class WatchedStore extends ForwardingObjectStore {
    private final AtomicLong calls = new AtomicLong();
    private final AtomicLong reads = new AtomicLong();
    private final AtomicLong dataReads = new AtomicLong();
    private final Set<String> data;
    private final long at;
    private final Step step;

    WatchedStore(Set<String> data, long at, Step step) {
      this.data = data;
      this.at = at;
      this.step = step;
    }

    @Override
    protected ObjectStore delegate() {
      if (calls.incrementAndGet() == at) {
        try {
          step.run();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
      return site.store;
    }

    @Override
    public CompletionStage<ObjectRange> read(
        String key, long offset, int length, Condition condition) {
      count(key);
      if (data.stream().anyMatch(key::endsWith)) {
        dataReads.incrementAndGet();
      }
      return super.read(key, offset, length, condition);
    }

    @Override
    public CompletionStage<ObjectInfo> head(String key) {
      count(key);
      return super.head(key);
    }

    /** The index is read whole, whatever is looked up. */
    private void count(String key) {
      if (!key.contains("/index/")) {
        reads.incrementAndGet();
      }
    }
  }

  private WatchedStore watched() throws IOException {
    return new WatchedStore(RepositorySite.dataPackKeys(site, site.store), 0, () -> {});
  }

  /** Collects while sessions live; what is condemned first is deleted then, if nobody has it. */
  private void collect() throws IOException {
    for (int i = 0; i < 3; i++) {
      RepositorySite.prune(site, site.store, session -> false);
    }
  }

  private boolean isKept(String snapshot, String path) throws IOException {
    try (OpenSnapshot open = snapshots().open(snapshot)) {
      return !(open.at(PathBytes.of(path)).content() instanceof Content.Reference);
    }
  }

  /** Restores to a directory, whose problems must be none. */
  private Path elsewhere(String snapshot) throws IOException {
    Path target = Files.createTempDirectory(directory, "target");
    try (PosixTree tree = PosixTrees.open(target)) {
      assertThat(restore(snapshot, RestoreTarget.of(tree)).problems()).isEmpty();
    }
    return target;
  }

  @Test
  void afterARemoveAndAPrune_restoresExactly_hereAndElsewhere() throws IOException {
    Fid fid = released("f", DATA);
    byte[] large = Site.bytes(9 << 20, 3);
    Fid second = released("large", large);
    released("empty", new byte[0]);
    WatchedStore store = watched();
    String snapshot = take(store, new LustreGate(site.lustre));
    assertThat(store.dataReads).hasValue(0);
    lose(fid);
    lose(second);
    RepositorySite.prune(site, site.store);
    RepositorySite.prune(site, site.store);
    RepositorySite.requireWhole(site, site.store);

    Path target = elsewhere(snapshot);
    assertThat(target.resolve("f")).hasBinaryContent(DATA);
    assertThat(target.resolve("large")).hasBinaryContent(large);
    assertThat(target.resolve("empty")).isEmptyFile();
    assertThat(restore(snapshot, back()).problems()).isEmpty();
    nothingElse("f", "large", "empty");
    assertThat(site.lustre.hsm().state(fid("back/f")).isReleased()).isTrue();
    // In place, where the file is a stub that nobody can recall any more.
    RestoreTarget inPlace =
        new RestoreTarget(Endpoints.below(site.lustre.tree(), PathBytes.of("d")), site.lustre);
    ScanTally tally = restore(snapshot, inPlace, TreeRestore.Overwrite.CHANGED);
    assertThat(tally.problems()).isEmpty();
    assertThat(fid("d/f")).isNotEqualTo(fid);
    assertThat(recalls()).isZero();
    assertThat(recalled("back/f")).isEqualTo(DATA);
    assertThat(recalled("back/large")).isEqualTo(large);
    assertThat(recalled("d/f")).isEqualTo(DATA);
  }

  @Test
  void newerArchiveOfTheFile_leavesEachSnapshotItsOwn() throws IOException {
    Fid fid = released("f", DATA);
    String first = take();
    site.act(RESTORE, fid);
    byte[] newer = Site.bytes(100_000, 2);
    released("f", newer);
    String second = take();
    RepositorySite.prune(site, site.store);
    RepositorySite.prune(site, site.store);
    assertThat(elsewhere(first).resolve("f")).hasBinaryContent(DATA);
    assertThat(elsewhere(second).resolve("f")).hasBinaryContent(newer);
    assertThat(restore(first, back()).problems()).isEmpty();
    assertThat(recalled("back/f")).isEqualTo(DATA);
    assertThat(recalled("d/f")).isEqualTo(newer);
  }

  @Test
  void archivedWhileTheSnapshotIsTaken_isKept_too() throws IOException {
    Fid first = released("a", DATA);
    Fid late = site.write("d/z", Site.bytes(50_000, 5));
    Step archives =
        () -> {
          site.act(ARCHIVE, late);
          site.act(RELEASE, late);
        };
    // The catalogs are read for the first file, before there is an entry of the last.
    Fid between = released("b", Site.bytes(10, 6));
    String snapshot = take(site.store, new HookedGate(between, archives));
    assertThat(isKept(snapshot, "z")).isTrue();
    lose(late);
    lose(first);
    collect();
    assertThat(elsewhere(snapshot).resolve("z")).hasBinaryContent(Site.bytes(50_000, 5));
    assertThat(recalls()).isZero();
  }

  @Test
  void prunedBetweenLookAndPublish_isKept_orNothingIsPublished() throws IOException {
    Fid first = released("a", DATA);
    Fid last = released("z", Site.bytes(10, 6));
    Step loses =
        () -> {
          lose(first);
          collect();
        };
    String snapshot = take(site.store, new HookedGate(last, loses));
    assertThat(isKept(snapshot, "a")).isTrue();
    RepositorySite.requireWhole(site, site.store);
    assertThat(elsewhere(snapshot).resolve("a")).hasBinaryContent(DATA);

    // A collection that takes the session for dead.
    Fid other = released("a2", Site.bytes(100_000, 7));
    Fid end = released("z2", Site.bytes(10, 8));
    Step ends =
        () -> {
          lose(other);
          RepositorySite.prune(site, site.store);
          RepositorySite.prune(site, site.store);
        };
    assertThatThrownBy(() -> take(site.store, new HookedGate(end, ends)))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.PRECONDITION));
    RepositorySite.requireWhole(site, site.store);
  }

  @Tag("crash")
  @Test
  void readerTakenForDead_makesNoStubOfWhatIsGone() throws IOException {
    int made = 0;
    int left = 0;
    for (long at = 1; ; at++) {
      String name = "f" + at;
      byte[] content = Site.bytes(20_000, at);
      Fid fid = released(name, content);
      String snapshot = take();
      PathBytes target = PathBytes.of("back" + at);
      try (PosixDirectory root = site.lustre.tree().openRoot()) {
        root.makeDirectory(target, 0755);
      }
      boolean[] isDone = {false};
      Step ends =
          () -> {
            isDone[0] = true;
            lose(fid);
            snapshots().forget(List.of(snapshot));
            RepositorySite.prune(site, site.store);
            RepositorySite.prune(site, site.store);
          };
      try (OpenSnapshot open = snapshots(new WatchedStore(Set.of(), at, ends)).open(snapshot)) {
        open.restore(
            PathBytes.EMPTY,
            new RestoreTarget(Endpoints.below(site.lustre.tree(), target), site.lustre),
            TreeRestore.Overwrite.NEVER,
            new ScanTally(),
            Retrier.Check.NONE);
      } catch (ProviderException e) {
        // It may find out before it makes anything of the file.
        assertThat(isDone[0]).as(e.getMessage()).isTrue();
      }
      if (!isDone[0]) {
        break;
      }
      RepositorySite.requireWhole(site, site.store);
      boolean isMade;
      try (PosixDirectory top = site.lustre.tree().openDirectory(target)) {
        isMade = top.find(PathBytes.of(name)).isPresent();
      }
      if (isMade) {
        made++;
        assertThat(recalled(target + "/" + name)).as("call %s", at).isEqualTo(content);
      } else {
        left++;
      }
      unlink("d/" + name);
    }
    assertThat(left).isGreaterThan(3);
    assertThat(made).isGreaterThan(0);
  }

  @Tag("crash")
  @Test
  void removedAndPrunedAtAnyCall_neverNamesWhatIsGone() throws IOException {
    int kept = 0;
    int lost = 0;
    for (long at = 1; ; at++) {
      byte[] content = Site.bytes(20_000, at);
      Fid fid = released("f", content);
      boolean[] isDone = {false};
      Step loses =
          () -> {
            isDone[0] = true;
            lose(fid);
            collect();
          };
      String snapshot = take(new WatchedStore(Set.of(), at, loses), new LustreGate(site.lustre));
      if (!isDone[0]) {
        break;
      }
      collect();
      RepositorySite.requireWhole(site, site.store);
      if (isKept(snapshot, "f")) {
        kept++;
        assertThat(elsewhere(snapshot).resolve("f")).as("call %s", at).hasBinaryContent(content);
      } else {
        lost++;
      }
      unlink("d/f");
    }
    assertThat(kept).isGreaterThan(3);
    assertThat(lost).isGreaterThan(0);
  }

  @Test
  void manyFiles_costTheRequestsOfOne() throws IOException {
    Fid[] all = new Fid[100];
    for (int i = 0; i < all.length; i++) {
      all[i] = site.write("d/f" + i, Site.bytes(10, i));
    }
    site.act(ARCHIVE, all);
    site.act(RELEASE, all);
    WatchedStore store = watched();
    String snapshot = take(store, new LustreGate(site.lustre));
    assertThat(isKept(snapshot, "f0")).isTrue();
    assertThat(store.reads.get()).isLessThan(40);
    assertThat(store.dataReads).hasValue(0);
    assertThat(recalls()).isZero();
  }
}
