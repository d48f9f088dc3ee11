// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.core.internal.transfer.TreeFacts;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.SyncMode;
import io.kmesh.spi.store.DeleteTarget;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A snapshot as a tree that others read. */
class VolumeTreeTest {
  private static final Set<OpenFlag> READ = Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME);

  @TempDir Path folder;
  private FsWorld world;
  private String id;

  @BeforeEach
  void take() throws IOException {
    world = new FsWorld();
    try (PosixTree tree = JnaPosix.open(folder)) {
      HostileTree.fill(tree);
    }
    id = world.take(folder);
  }

  @AfterEach
  void close() {
    world.close();
  }

  private PosixTree open() throws IOException {
    return SnapshotFiles.tree(world.snapshots().open(id), "snapshot:lab/" + id, world.cache);
  }

  /** Nobody keeps when something was read. */
  private static Map<String, String> facts(PosixTree tree) throws IOException {
    Map<String, String> facts = new TreeMap<>(TreeFacts.of(tree));
    facts.replaceAll((path, line) -> line.replaceAll(" atime FileTime\\[[^]]*\\]", ""));
    return facts;
  }

  @Test
  void everyEntry_isWhatWasTaken() throws IOException {
    try (PosixTree taken = open();
        PosixTree live = JnaPosix.open(folder)) {
      assertThat(facts(taken)).isEqualTo(facts(live));
      assertThat(taken.description()).isEqualTo("snapshot:lab/" + id);
    }
  }

  @Test
  void holes_areWhereTheyWere() throws IOException {
    try (PosixTree taken = open();
        PosixDirectory odd = taken.openDirectory(PathBytes.of("odd"));
        PosixFile sparse = odd.openFile(PathBytes.of("sparse"), READ);
        PosixFile hole = odd.openFile(PathBytes.of("hole"), READ);
        PosixFile large = odd.openFile(PathBytes.of("large"), READ);
        PosixFile nothing = odd.openFile(PathBytes.of("nothing"), READ)) {
      long first = sparse.nextData(0).orElseThrow();
      assertThat(first).isBetween((1L << 20) - 65536, 1L << 20);
      assertThat(sparse.nextData(first + 1)).hasValue(first + 1);
      long end = sparse.nextHole(first);
      assertThat(end).isBetween((1L << 20) + 3000, (1L << 20) + 65536);
      assertThat(sparse.nextHole(0)).isZero();
      assertThat(sparse.nextData(end).orElseThrow()).isGreaterThan(4L << 20);
      assertThat(sparse.nextData(8L << 20)).isEmpty();
      assertThat(sparse.nextHole(8L << 20)).isEqualTo(8L << 20);
      assertThat(sparse.stat().blocks() * 512).isLessThan(sparse.stat().size());
      assertThat(hole.nextData(0)).isEmpty();
      assertThat(hole.stat().blocks()).isZero();
      assertThat(large.nextHole(5)).isEqualTo(HostileTree.LARGE_SIZE);
      assertThat(large.nextData(5)).hasValue(5);
      assertThat(large.nextData(HostileTree.LARGE_SIZE)).isEmpty();
      assertThat(large.stat().blocks() * 512).isGreaterThanOrEqualTo(HostileTree.LARGE_SIZE);
      assertThat(nothing.nextData(0)).isEmpty();
      assertThat(nothing.read(ByteBuffer.allocate(1), 0)).isEqualTo(-1);
      assertThat(large.read(ByteBuffer.allocate(9), HostileTree.LARGE_SIZE - 4)).isEqualTo(4);
      assertThat(large.read(ByteBuffer.allocate(9), HostileTree.LARGE_SIZE)).isEqualTo(-1);
    }
  }

  private static void identities(PosixTree tree, PathBytes path, Map<String, String> into)
      throws IOException {
    try (PosixDirectory directory = tree.openDirectory(path);
        DirectoryCursor cursor = directory.entries()) {
      for (List<DirectoryEntry> some = cursor.next(); !some.isEmpty(); some = cursor.next()) {
        for (DirectoryEntry entry : some) {
          PathBytes at = path.resolve(entry.name());
          FileStat stat = directory.stat(entry.name());
          into.put(at.toString(), stat.device() + ":" + stat.inode());
          if (stat.isDirectory()) {
            assertThat(stat.device()).isEqualTo(directory.stat().device());
            identities(tree, at, into);
          }
        }
      }
    }
  }

  @Test
  void numbersOfInodes_areOfOneFileEach_andTheSameWheneverItIsOpened() throws IOException {
    Map<String, String> first = new TreeMap<>();
    Map<String, String> second = new TreeMap<>();
    try (PosixTree tree = open()) {
      identities(tree, PathBytes.EMPTY, first);
    }
    try (PosixTree tree = open()) {
      identities(tree, PathBytes.EMPTY, second);
    }
    assertThat(second).isEqualTo(first);
    assertThat(first.get("a-third"))
        .isEqualTo(first.get("odd/one"))
        .isEqualTo(first.get("links/two"));
    assertThat(Set.copyOf(first.values())).as("three names are one file").hasSize(first.size() - 2);
  }

  private static void refused(Errno errno, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.errno()).isEqualTo(Optional.of(errno)));
  }

  @Test
  void whatIsNotThere_orOfAnotherKind_isSaidAsAFileSystemSaysIt() throws IOException {
    PathBytes one = PathBytes.of("one");
    try (PosixTree tree = open();
        PosixDirectory odd = tree.openDirectory(PathBytes.of("odd"));
        PosixDirectory links = tree.openDirectory(PathBytes.of("links"))) {
      refused(Errno.ENOENT, () -> odd.stat(PathBytes.of("none")));
      refused(Errno.ENOENT, () -> odd.openDirectory(PathBytes.of("none")));
      refused(Errno.ENOENT, () -> odd.xattrNames(PathBytes.of("none")));
      refused(Errno.ENOTDIR, () -> odd.openDirectory(one));
      refused(Errno.EINVAL, () -> odd.openFile(PathBytes.of("fifo"), READ));
      refused(Errno.ELOOP, () -> links.openFile(PathBytes.of("odd"), READ));
      refused(Errno.EINVAL, () -> odd.readSymlink(one));
      refused(Errno.EINVAL, () -> odd.stat(PathBytes.of("a/b")));
      assertThat(odd.find(PathBytes.of("none"))).isEmpty();
      assertThat(odd.xattr(one, PathBytes.of("user.none"))).isEmpty();
    }
  }

  @Test
  void everyChange_isRefused() throws IOException {
    PathBytes one = PathBytes.of("one");
    FileTime time = new FileTime(1, 2);
    try (PosixTree tree = open();
        PosixDirectory odd = tree.openDirectory(PathBytes.of("odd"));
        PosixFile file = odd.openFile(one, READ)) {
      refused(Errno.EROFS, () -> odd.openFile(one, Set.of(OpenFlag.WRITE)));
      refused(Errno.EROFS, () -> odd.openFile(one, Set.of(OpenFlag.READ, OpenFlag.TRUNCATE)));
      refused(Errno.EROFS, () -> odd.makeDirectory(PathBytes.of("new"), 0755));
      refused(Errno.EROFS, () -> odd.unlink(one));
      refused(Errno.EROFS, () -> odd.removeDirectory(PathBytes.of("acl")));
      refused(Errno.EROFS, () -> odd.setMode(one, 0));
      refused(Errno.EROFS, () -> odd.setTimes(one, time, time));
      refused(Errno.EROFS, () -> odd.link(one, odd, PathBytes.of("new")));
      refused(Errno.EROFS, () -> file.write(ByteBuffer.allocate(1), 0));
      refused(Errno.EROFS, () -> file.truncate(0));
      refused(Errno.EROFS, () -> file.setOwner(1, 1));
      odd.sync(SyncMode.ALL);
      assertThat(file.stat().size()).isEqualTo(1000);
    }
  }

  @Test
  void snapshotThatIsForgottenWhileItIsOpen_isReadToItsEnd() throws IOException {
    try (PosixTree tree = open();
        PosixTree live = JnaPosix.open(folder)) {
      world.snapshots().forget(List.of(id));
      assertThat(facts(tree)).isEqualTo(facts(live));
    }
    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
  }

  @Test
  void bytesThatAreLost_areAnErrorOfThatFile() throws IOException {
    try (PosixTree tree = open();
        PosixFile file = tree.openFile(PathBytes.of("odd/large"), READ)) {
      world.store.delete(world.store.keys().stream().map(DeleteTarget::of).toList());
      assertThatThrownBy(() -> file.read(ByteBuffer.allocate(300_000), 0))
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.errno()).isEqualTo(Optional.of(Errno.EIO)))
          .hasMessageContaining("Cannot read odd/large");
    }
  }
}
