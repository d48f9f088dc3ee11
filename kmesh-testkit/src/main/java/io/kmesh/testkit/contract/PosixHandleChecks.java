// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static io.kmesh.testkit.contract.PosixSteps.NEW;
import static io.kmesh.testkit.contract.PosixSteps.READ;
import static io.kmesh.testkit.contract.PosixSteps.assertErrno;
import static io.kmesh.testkit.contract.PosixSteps.makeFile;
import static io.kmesh.testkit.contract.PosixSteps.name;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.AllocateMode;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixInode;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.SyncMode;
import io.kmesh.spi.posix.XattrMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** A closed handle is refused and never meets another file. */
interface PosixHandleChecks extends PosixFixture {
  @Test
  default void file_whenClosed_refusesEveryCall() throws IOException {
    PosixFile file = work().openFile(name("f"), NEW);
    file.close();
    file.close();
    refusesInodeCalls(file);
    closed(() -> file.read(ByteBuffer.allocate(1), 0));
    closed(() -> file.read(ByteBuffer.allocateDirect(1), 0));
    closed(() -> file.write(ByteBuffer.allocate(1), 0));
    closed(() -> file.truncate(0));
    if (tree().capabilities().contains(PosixCapability.SPARSE)) {
      closed(() -> file.nextData(0));
      closed(() -> file.nextHole(0));
    }
    if (tree().capabilities().contains(PosixCapability.ALLOCATE)) {
      closed(() -> file.allocate(AllocateMode.RESERVE, 0, 1));
    }
  }

  @Test
  default void directory_whenClosed_refusesEveryCall() throws IOException {
    makeFile(work(), name("f"));
    work().makeDirectory(name("d"), 0700);
    PosixDirectory directory = tree().openDirectory(workName());
    directory.close();
    directory.close();
    refusesInodeCalls(directory);
    PathBytes f = name("f");
    FileTime time = new FileTime(0, 0);
    closed(() -> directory.stat(f));
    closed(() -> directory.find(f));
    closed(() -> directory.openDirectory(name("d")));
    closed(() -> directory.openFile(f, READ));
    closed(directory::entries);
    closed(() -> directory.makeDirectory(name("e"), 0700));
    closed(() -> directory.makeSymlink(name("e"), f));
    closed(() -> directory.readSymlink(f));
    closed(() -> directory.rename(f, work(), name("g"), RenameMode.REPLACE));
    closed(() -> work().rename(f, directory, name("g"), RenameMode.REPLACE));
    closed(() -> directory.unlink(f));
    closed(() -> directory.removeDirectory(name("d")));
    closed(() -> directory.setMode(f, 0600));
    closed(() -> directory.setTimes(f, time, time));
    if (tree().capabilities().contains(PosixCapability.HARD_LINKS)) {
      closed(() -> directory.link(f, work(), name("g")));
      closed(() -> work().link(f, directory, name("g")));
    }
    if (tree().capabilities().contains(PosixCapability.OWNERSHIP)) {
      closed(() -> directory.setOwner(f, -1, -1));
    }
    if (tree().capabilities().contains(PosixCapability.SPECIAL_FILES)) {
      closed(() -> directory.makeNode(name("n"), FileType.FIFO, 0600, 0));
    }
    if (tree().capabilities().contains(PosixCapability.USER_XATTRS)) {
      PathBytes x = name("user.x");
      closed(() -> directory.xattrNames(f));
      closed(() -> directory.xattr(f, x));
      closed(() -> directory.setXattr(f, x, new byte[1], XattrMode.SET));
      closed(() -> directory.removeXattr(f, x));
    }
  }

  private void refusesInodeCalls(PosixInode inode) {
    FileTime time = new FileTime(0, 0);
    closed(inode::stat);
    closed(() -> inode.setMode(0600));
    closed(() -> inode.setTimes(time, time));
    if (tree().capabilities().contains(PosixCapability.SYNC)) {
      closed(() -> inode.sync(SyncMode.ALL));
    }
    if (tree().capabilities().contains(PosixCapability.OWNERSHIP)) {
      closed(() -> inode.setOwner(-1, -1));
    }
    if (tree().capabilities().contains(PosixCapability.USER_XATTRS)) {
      PathBytes x = name("user.x");
      closed(inode::xattrNames);
      closed(() -> inode.xattr(x));
      closed(() -> inode.setXattr(x, new byte[1], XattrMode.SET));
      closed(() -> inode.removeXattr(x));
    }
  }

  private static void closed(ThrowingCallable call) {
    assertErrno(call, Errno.EBADF);
  }

  @Test
  default void tree_whenClosed_opensNothing() throws IOException {
    PosixTree other = reopenTree();
    PosixDirectory root = other.openRoot();
    other.close();
    other.close();
    closed(other::openRoot);
    try (root) {
      assertThat(root.stat().isDirectory()).isTrue();
    }
  }

  @Test
  default void read_whenAnotherThreadCloses_neverSeesAnotherFile() throws Exception {
    byte mine = 1;
    byte foreign = 2;
    makeFile(work(), name("mine"), filled(mine));
    makeFile(work(), name("foreign"), filled(foreign));
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try {
      for (int round = 0; round < 300; round++) {
        PosixFile file = work().openFile(name("mine"), READ);
        Future<Optional<String>> first = pool.submit(() -> readUntilClosed(file, mine));
        Future<Optional<String>> second = pool.submit(() -> readUntilClosed(file, mine));
        if (round % 2 == 0) {
          Thread.onSpinWait();
        }
        file.close();
        // What is opened now may get the number that was closed.
        for (int i = 0; i < 4; i++) {
          try (PosixFile other = work().openFile(name("foreign"), READ)) {
            assertThat(other.read(ByteBuffer.allocate(1), 0)).isEqualTo(1);
          }
        }
        assertThat(first.get()).isEmpty();
        assertThat(second.get()).isEmpty();
      }
    } finally {
      pool.shutdownNow();
    }
  }

  private static byte[] filled(byte value) {
    byte[] bytes = new byte[512];
    java.util.Arrays.fill(bytes, value);
    return bytes;
  }

  /** Empty when all that was read was the file's own; else what was wrong. */
  private static Optional<String> readUntilClosed(PosixFile file, byte expected) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(512);
    try {
      while (true) {
        buffer.clear();
        int n = file.read(buffer, 0);
        for (int i = 0; i < n; i++) {
          if (buffer.get(i) != expected) {
            return Optional.of("read " + buffer.get(i) + " at " + i);
          }
        }
      }
    } catch (ProviderException e) {
      boolean isClosed = e.errno().filter(Errno.EBADF::equals).isPresent();
      return isClosed ? Optional.empty() : Optional.of(e.toString());
    } catch (IOException e) {
      return Optional.of(e.toString());
    }
  }

  @Test
  default void capabilities_whenAsked_cannotBeChanged() {
    Set<PosixCapability> capabilities = tree().capabilities();
    org.assertj.core.api.Assertions.assertThatThrownBy(capabilities::clear)
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
