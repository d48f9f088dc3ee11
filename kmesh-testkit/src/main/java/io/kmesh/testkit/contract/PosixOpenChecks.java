// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static io.kmesh.testkit.contract.PosixSteps.NEW;
import static io.kmesh.testkit.contract.PosixSteps.READ;
import static io.kmesh.testkit.contract.PosixSteps.assertErrno;
import static io.kmesh.testkit.contract.PosixSteps.content;
import static io.kmesh.testkit.contract.PosixSteps.makeFile;
import static io.kmesh.testkit.contract.PosixSteps.name;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.Errno;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Files are opened and created as the flags say; what is no regular file is not opened as one. */
interface PosixOpenChecks extends PosixFixture {
  @Test
  default void openFile_whenMissing_needsCreate() throws IOException {
    assertErrno(() -> work().openFile(name("f"), READ), Errno.ENOENT);
    assertErrno(() -> work().openFile(name("f"), Set.of()), Errno.ENOENT);
    assertErrno(() -> work().openFile(name("f"), Set.of(OpenFlag.WRITE)), Errno.ENOENT);
    work().openFile(name("f"), Set.of(OpenFlag.CREATE, OpenFlag.WRITE)).close();
    assertThat(work().stat(name("f")).size()).isZero();
  }

  @Test
  default void openFile_whenExclusive_isNewOrRefused() throws IOException {
    Set<OpenFlag> exclusive = Set.of(OpenFlag.CREATE, OpenFlag.EXCLUSIVE, OpenFlag.WRITE);
    work().openFile(name("f"), exclusive).close();
    assertErrno(() -> work().openFile(name("f"), exclusive), Errno.EEXIST);
    work().makeSymlink(name("link"), name("nowhere"));
    assertErrno(() -> work().openFile(name("link"), exclusive), Errno.EEXIST);
    assertThat(work().find(name("nowhere"))).isEmpty();
  }

  @Test
  default void openFile_whenItExists_keepsItsContentUnlessTruncated() throws IOException {
    makeFile(work(), name("f"), (byte) 1, (byte) 2);
    work().setMode(name("f"), 0640);
    work().openFile(name("f"), NEW).close();
    assertThat(content(work(), name("f"))).containsExactly(1, 2);
    assertThat(work().stat(name("f")).mode()).isEqualTo(0640);
    work().openFile(name("f"), Set.of(OpenFlag.WRITE, OpenFlag.TRUNCATE)).close();
    assertThat(work().stat(name("f")).size()).isZero();
  }

  @Test
  default void openFile_whenFlagsContradict_isRefused() throws IOException {
    makeFile(work(), name("f"), (byte) 1);
    assertErrno(
        () -> work().openFile(name("f"), Set.of(OpenFlag.READ, OpenFlag.TRUNCATE)), Errno.EINVAL);
    assertErrno(
        () -> work().openFile(name("f"), Set.of(OpenFlag.WRITE, OpenFlag.EXCLUSIVE)), Errno.EINVAL);
    assertThat(content(work(), name("f"))).containsExactly(1);
  }

  @Test
  default void openFile_whenNotOpenForThat_refusesTheCall() throws IOException {
    makeFile(work(), name("f"), (byte) 1);
    try (PosixFile reading = work().openFile(name("f"), READ);
        PosixFile writing = work().openFile(name("f"), Set.of(OpenFlag.WRITE))) {
      assertErrno(() -> reading.write(ByteBuffer.allocate(1), 0), Errno.EBADF);
      assertErrno(() -> reading.truncate(0), Errno.EBADF, Errno.EINVAL);
      assertErrno(() -> writing.read(ByteBuffer.allocate(1), 0), Errno.EBADF);
    }
    assertThat(content(work(), name("f"))).containsExactly(1);
  }

  @Test
  default void openFile_whenEntryIsNotRegular_isRefused() throws IOException {
    work().makeDirectory(name("d"), 0700);
    for (Set<OpenFlag> flags :
        List.of(READ, NEW, Set.of(OpenFlag.WRITE), Set.of(OpenFlag.WRITE, OpenFlag.READ))) {
      assertErrno(() -> work().openFile(name("d"), flags), Errno.EINVAL);
    }
    if (works(
        PosixCapability.SPECIAL_FILES,
        () -> work().makeNode(name("fifo"), FileType.FIFO, 0600, 0))) {
      work().makeNode(name("socket"), FileType.SOCKET, 0600, 0);
      for (Set<OpenFlag> flags : List.of(READ, NEW, Set.of(OpenFlag.WRITE))) {
        assertErrno(() -> work().openFile(name("fifo"), flags), Errno.EINVAL);
        assertErrno(() -> work().openFile(name("socket"), flags), Errno.EINVAL);
      }
    }
  }

  @Test
  default void openDirectory_whenEntryIsNone_isRefused() throws IOException {
    makeFile(work(), name("f"));
    assertErrno(() -> work().openDirectory(name("f")), Errno.ENOTDIR);
    assertErrno(() -> work().openDirectory(name("none")), Errno.ENOENT);
  }

  @Test
  default void openDirectory_whenParentIsClosed_staysOpen() throws IOException {
    work().makeDirectory(name("d"), 0700);
    PosixDirectory below;
    try (PosixDirectory again = tree().openDirectory(workName())) {
      below = again.openDirectory(name("d"));
    }
    try (below) {
      makeFile(below, name("f"));
      assertThat(PosixSteps.names(below)).containsExactly(name("f"));
    }
  }

  @Test
  default void openFile_whenWithoutAccessTime_mayLeaveItAlone() throws IOException {
    makeFile(work(), name("f"), (byte) 1);
    FileTime old = new FileTime(1_000_000_000, 0);
    work().setTimes(name("f"), old, old);
    try (PosixFile file =
        work().openFile(name("f"), Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME))) {
      assertThat(file.read(ByteBuffer.allocate(1), 0)).isEqualTo(1);
    }
    assertThat(work().stat(name("f")).mtime()).isEqualTo(old);
  }
}
