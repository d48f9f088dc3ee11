// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.AllocateMode;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.SyncMode;
import io.kmesh.spi.posix.XattrMode;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyObjectStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tree over objects, read. */
class ObjectTreeTest {
  private static final Set<OpenFlag> READ = Set.of(OpenFlag.READ);
  private static final int MIB = 1 << 20;

  private PulledWorld world;

  @BeforeEach
  void open(@TempDir Path folder) throws IOException {
    world = new PulledWorld(folder);
  }

  @AfterEach
  void close() throws IOException {
    world.close();
  }

  private static PathBytes path(String text) {
    return PathBytes.of(text);
  }

  private static ProviderException assertErrno(ThrowingCallable call, Errno errno) {
    Throwable thrown = catchThrowable(call);
    assertThat(thrown).isInstanceOf(ProviderException.class);
    ProviderException e = (ProviderException) thrown;
    assertThat(e.errno()).as(e.getMessage()).contains(errno);
    assertThat(e).hasMessageStartingWith("Cannot ").hasMessageEndingWith(".");
    return e;
  }

  private static String text(int size) {
    StringBuilder text = new StringBuilder(size);
    for (int i = 0; text.length() < size; i++) {
      text.append(i).append(' ');
    }
    return text.substring(0, size);
  }

  private long reads() {
    return world.store.requests("read");
  }

  @Test
  void read_inOrder_asksForAMibAtOnce() throws IOException {
    String text = text(3 * MIB + 5);
    world.put("f", text, Map.of());
    world.pull();
    long before = reads();
    try (PosixFile file = world.tree.openFile(path("f"), READ)) {
      assertThat(TreeManifest.bytes(file)).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
      assertThat(file.read(ByteBuffer.allocate(1), 3 * MIB + 5)).isEqualTo(-1);
      assertThat(file.read(ByteBuffer.allocate(0), 0)).isZero();
    }
    assertThat(reads() - before).isEqualTo(4);
  }

  @Test
  void read_hereAndThere_asksForNoMoreThanThat() throws IOException {
    String text = text(3 * MIB);
    world.put("f", text, Map.of());
    world.pull();
    try (PosixFile file = world.tree.openFile(path("f"), READ)) {
      long before = reads();
      ByteBuffer some = ByteBuffer.allocate(10);
      assertThat(file.read(some, 2 * MIB)).isEqualTo(10);
      assertThat(new String(some.array(), StandardCharsets.UTF_8))
          .isEqualTo(text.substring(2 * MIB, 2 * MIB + 10));
      assertThat(file.read(some.clear(), 77)).isEqualTo(10);
      assertThat(reads() - before).isEqualTo(2);
      ByteBuffer much = ByteBuffer.allocate(3 * MIB);
      assertThat(file.read(much, 0)).isEqualTo(3 * MIB);
      assertThat(reads() - before).isEqualTo(3);
      assertThat(new String(much.array(), StandardCharsets.UTF_8)).isEqualTo(text);
    }
  }

  @Test
  void read_whenTheObjectIsReplaced_failsUntilItIsPulled() throws IOException {
    world.put("f", text(2 * MIB), Map.of());
    world.pull();
    try (PosixFile file = world.tree.openFile(path("f"), READ)) {
      assertThat(file.read(ByteBuffer.allocate(10), 0)).isEqualTo(10);
      world.put("f", "other", Map.of());
      ProviderException e =
          assertErrno(() -> file.read(ByteBuffer.allocate(10), MIB), Errno.ESTALE);
      assertThat(e.kind()).isEqualTo(ErrorKind.TRANSIENT);
      assertThat(e)
          .hasMessageContaining("Cannot read f from tree/f")
          .hasMessageContaining("replaced");
      world.pull();
      assertThat(TreeManifest.bytes(file)).isEqualTo("other".getBytes(StandardCharsets.UTF_8));
      world.delete("f");
      try (PosixFile again = world.tree.openFile(path("f"), READ)) {
        e = assertErrno(() -> again.read(ByteBuffer.allocate(10), 0), Errno.ESTALE);
        assertThat(e).hasMessageContaining("gone");
      }
      world.pull();
      // Who has it open reads what it has of it, and no other file.
      assertThat(file.stat().size()).isEqualTo(5);
    }
  }

  @Test
  void read_ofOtherBytesThanWereStored_isRefusedAtTheEnd() throws IOException {
    String digest = HexFormat.of().formatHex(new byte[32]);
    world.put(
        "f",
        text(MIB + 10),
        Map.of(
            "kmesh-format",
            "mirror/0",
            "kmesh-type",
            "file",
            "kmesh-size",
            String.valueOf(MIB + 10),
            "kmesh-sha256",
            digest));
    world.pull();
    try (PosixFile file = world.tree.openFile(path("f"), READ)) {
      assertThat(file.read(ByteBuffer.allocate(10), 0)).isEqualTo(10);
      ProviderException e = assertErrno(() -> TreeManifest.bytes(file), Errno.EIO);
      assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
      assertThat(e).hasMessageContaining("SHA-256").hasMessageContaining(digest);
    }
  }

  @Test
  void read_whenTheStoreGivesLess_isRefused() throws IOException {
    world.put("f", text(1000), Map.of());
    FaultyObjectStore store =
        FaultyObjectStore.of(world.store, FaultPlan.on("read").truncate(1), world.time);
    try (ObjectTree tree = world.open(new MemoryOrdered(), store)) {
      tree.pull(Retrier.Check.NONE);
      try (PosixFile file = tree.openFile(path("f"), READ)) {
        ProviderException e = assertErrno(() -> file.read(ByteBuffer.allocate(10), 0), Errno.EIO);
        assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
      }
    }
  }

  @Test
  void entries_ofManyNames_comeOnceEachInBatches() throws IOException {
    for (int i = 0; i < 2100; i++) {
      world.put("d/f" + i, "", Map.of());
    }
    world.pull();
    List<PathBytes> seen = new ArrayList<>();
    int batches = 0;
    DirectoryCursor cursor;
    try (PosixDirectory d = world.tree.openDirectory(path("d"))) {
      cursor = d.entries();
    }
    for (List<DirectoryEntry> some = cursor.next(); !some.isEmpty(); some = cursor.next()) {
      some.forEach(entry -> seen.add(entry.name()));
      batches++;
    }
    cursor.close();
    cursor.close();
    assertThat(batches).isEqualTo(3);
    assertThat(seen).hasSize(2100).doesNotHaveDuplicates();
    assertErrno(cursor::next, Errno.EBADF);
  }

  @Test
  void open_ofWhatIsNot_isRefused() throws IOException {
    world.put("f", "1", Map.of());
    world.put("d/e", "1", Map.of());
    world.put("l", "x", Map.of("kmesh-format", "mirror/0", "kmesh-type", "symlink"));
    world.put("p", "", Map.of("kmesh-format", "mirror/0", "kmesh-type", "fifo"));
    world.pull();
    try (PosixDirectory root = world.tree.openRoot()) {
      assertErrno(() -> root.openFile(path("none"), READ), Errno.ENOENT);
      assertErrno(() -> root.stat(path("none")), Errno.ENOENT);
      assertErrno(() -> root.openFile(path("d"), READ), Errno.EINVAL);
      assertErrno(() -> root.openFile(path("p"), READ), Errno.EINVAL);
      assertErrno(() -> root.openFile(path("l"), READ), Errno.ELOOP);
      assertErrno(() -> root.openDirectory(path("l")), Errno.ENOTDIR);
      assertErrno(() -> root.openDirectory(path("none")), Errno.ENOENT);
      assertErrno(() -> root.readSymlink(path("f")), Errno.EINVAL);
      for (PathBytes bad : new PathBytes[] {PathBytes.EMPTY, path(".."), path("a/b")}) {
        assertErrno(() -> root.stat(bad), Errno.EINVAL);
        assertErrno(() -> root.find(bad), Errno.EINVAL);
      }
      assertThat(root.find(path("none"))).isEmpty();
      assertThat(root.readSymlink(path("l"))).isEqualTo(path("x"));
      assertThat(root.stat(path("l")).mode()).isEqualTo(0777);
      try (PosixFile file = root.openFile(path("f"), READ)) {
        assertErrno(() -> file.read(ByteBuffer.allocate(1), -1), Errno.EINVAL);
        assertErrno(() -> file.nextHole(1), Errno.ENXIO);
        assertThat(file.nextData(1)).isEmpty();
      }
    }
  }

  @Test
  void change_isRefused() throws IOException {
    world.put("f", "1", Map.of());
    world.pull();
    PathBytes f = path("f");
    PathBytes g = path("g");
    PathBytes x = path("user.x");
    FileTime time = new FileTime(0, 0);
    try (PosixDirectory root = world.tree.openRoot();
        PosixFile file = root.openFile(f, READ)) {
      for (ThrowingCallable call :
          new ThrowingCallable[] {
            () -> root.openFile(f, Set.of(OpenFlag.WRITE)),
            () -> root.openFile(g, Set.of(OpenFlag.CREATE)),
            () -> root.makeDirectory(g, 0700),
            () -> root.makeSymlink(g, f),
            () -> root.makeNode(g, FileType.FIFO, 0600, 0),
            () -> root.link(f, root, g),
            () -> root.rename(f, root, g, RenameMode.REPLACE),
            () -> root.unlink(f),
            () -> root.removeDirectory(g),
            () -> root.setMode(f, 0600),
            () -> root.setOwner(f, 1, 1),
            () -> root.setTimes(f, time, time),
            () -> root.setXattr(f, x, new byte[1], XattrMode.SET),
            () -> root.removeXattr(f, x),
            () -> file.setMode(0600),
            () -> file.setOwner(1, 1),
            () -> file.setTimes(time, time),
            () -> file.setXattr(x, new byte[1], XattrMode.SET),
            () -> file.removeXattr(x),
            () -> file.write(ByteBuffer.allocate(1), 0),
            () -> file.truncate(0),
            () -> file.allocate(AllocateMode.RESERVE, 0, 1)
          }) {
        assertErrno(call, Errno.EROFS);
      }
      file.sync(SyncMode.ALL);
    }
    assertThat(world.tree.capabilities())
        .contains(PosixCapability.SPARSE, PosixCapability.HARD_LINKS)
        .doesNotContain(PosixCapability.SYNC, PosixCapability.TREE_SYNC);
  }

  @Test
  void close_leavesOpenHandlesAlone_andFreesTheIndexWithTheLast() throws IOException {
    world.put("f", "1", Map.of());
    MemoryOrdered rows = new MemoryOrdered();
    ObjectTree tree = world.open(rows, world.store);
    tree.pull(Retrier.Check.NONE);
    PosixDirectory root = tree.openRoot();
    PosixFile file = root.openFile(path("f"), READ);
    root.close();
    root.close();
    tree.close();
    tree.close();
    assertErrno(() -> root.stat(path("f")), Errno.EBADF);
    assertErrno(root::entries, Errno.EBADF);
    assertErrno(tree::openRoot, Errno.EBADF);
    assertErrno(() -> tree.pull(Retrier.Check.NONE), Errno.EBADF);
    assertThat(file.read(ByteBuffer.allocate(5), 0)).isEqualTo(1);
    assertThat(rows.get(new byte[] {'M'})).isNotNull();
    file.close();
    assertErrno(() -> file.read(ByteBuffer.allocate(5), 0), Errno.EBADF);
    assertThat(catchThrowable(() -> rows.get(new byte[] {'M'}))).isNotNull();
  }

  @Test
  void stat_isTheSameAgain_andOfOneDevice() throws IOException {
    world.put("f", "1", Map.of());
    world.pull();
    var stat = world.tree.stat(path("f"));
    long device = world.tree.stat(PathBytes.EMPTY).device();
    assertThat(stat.device()).isEqualTo(device).isPositive();
    world.reopen();
    assertThat(world.tree.stat(path("f"))).isEqualTo(stat);
    try (ObjectTree other = world.open(new MemoryOrdered(), world.store)) {
      assertThat(other.stat(PathBytes.EMPTY).device()).isNotEqualTo(device);
    }
  }

  @Test
  void open_ofADamagedIndex_closesIt() throws IOException {
    MemoryOrdered rows = new MemoryOrdered();
    rows.put(new byte[] {'M'}, new byte[] {1});
    rows.commit();
    Throwable thrown = catchThrowable(() -> world.open(rows, world.store));
    assertThat(thrown).hasMessageContaining("Remove the index");
    assertThat(catchThrowable(() -> rows.get(new byte[] {'M'}))).isNotNull();
  }
}
