// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static io.kmesh.testkit.contract.PosixSteps.assertErrno;
import static io.kmesh.testkit.contract.PosixSteps.content;
import static io.kmesh.testkit.contract.PosixSteps.makeFile;
import static io.kmesh.testkit.contract.PosixSteps.name;
import static io.kmesh.testkit.contract.PosixSteps.names;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.Errno;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Entries are renamed, swapped and removed as renameat2 and unlinkat do it. */
interface PosixRenameChecks extends PosixFixture {
  @Test
  default void rename_whenTargetIsFile_replacesIt() throws IOException {
    makeFile(work(), name("a"), (byte) 1);
    makeFile(work(), name("b"), (byte) 2);
    long inode = work().stat(name("a")).inode();
    work().rename(name("a"), work(), name("b"), RenameMode.REPLACE);
    assertThat(names(work())).containsExactly(name("b"));
    assertThat(content(work(), name("b"))).containsExactly(1);
    assertThat(work().stat(name("b")).inode()).isEqualTo(inode);
    assertErrno(
        () -> work().rename(name("a"), work(), name("b"), RenameMode.REPLACE), Errno.ENOENT);
  }

  @Test
  default void rename_whenDirectoriesDiffer_movesTheEntry() throws IOException {
    work().makeDirectory(name("from"), 0700);
    work().makeDirectory(name("to"), 0700);
    try (PosixDirectory from = work().openDirectory(name("from"));
        PosixDirectory to = work().openDirectory(name("to"))) {
      makeFile(from, name("a"), (byte) 1);
      from.makeDirectory(name("d"), 0700);
      from.rename(name("a"), to, name("b"), RenameMode.REPLACE);
      from.rename(name("d"), to, name("e"), RenameMode.REPLACE);
      assertThat(names(from)).isEmpty();
      assertThat(names(to)).containsExactlyInAnyOrder(name("b"), name("e"));
    }
  }

  @Test
  default void rename_whenTypesConflict_isRefused() throws IOException {
    makeFile(work(), name("file"));
    work().makeDirectory(name("empty"), 0700);
    work().makeDirectory(name("full"), 0700);
    try (PosixDirectory full = work().openDirectory(name("full"))) {
      makeFile(full, name("x"));
      assertErrno(
          () -> work().rename(name("full"), full, name("y"), RenameMode.REPLACE), Errno.EINVAL);
    }
    assertErrno(
        () -> work().rename(name("file"), work(), name("empty"), RenameMode.REPLACE), Errno.EISDIR);
    assertErrno(
        () -> work().rename(name("empty"), work(), name("file"), RenameMode.REPLACE),
        Errno.ENOTDIR);
    assertErrno(
        () -> work().rename(name("empty"), work(), name("full"), RenameMode.REPLACE),
        Errno.ENOTEMPTY,
        Errno.EEXIST);
    work().rename(name("full"), work(), name("empty"), RenameMode.REPLACE);
    assertThat(names(work())).containsExactlyInAnyOrder(name("file"), name("empty"));
  }

  @Test
  default void rename_whenNoReplace_refusesAnExistingTarget() throws IOException {
    makeFile(work(), name("a"), (byte) 1);
    if (!works(
        PosixCapability.RENAME_MODES,
        () -> work().rename(name("a"), work(), name("b"), RenameMode.NO_REPLACE))) {
      assertThat(names(work())).containsExactly(name("a"));
      return;
    }
    makeFile(work(), name("c"), (byte) 2);
    assertErrno(
        () -> work().rename(name("c"), work(), name("b"), RenameMode.NO_REPLACE), Errno.EEXIST);
    assertThat(content(work(), name("b"))).containsExactly(1);
    assertThat(content(work(), name("c"))).containsExactly(2);
  }

  @Test
  default void rename_whenExchange_swapsTheTwo() throws IOException {
    makeFile(work(), name("a"), (byte) 1);
    work().makeDirectory(name("b"), 0700);
    if (!works(
        PosixCapability.RENAME_MODES,
        () -> work().rename(name("a"), work(), name("b"), RenameMode.EXCHANGE))) {
      assertThat(work().stat(name("a")).isRegular()).isTrue();
      return;
    }
    assertThat(work().stat(name("a")).isDirectory()).isTrue();
    assertThat(content(work(), name("b"))).containsExactly(1);
    assertErrno(
        () -> work().rename(name("a"), work(), name("none"), RenameMode.EXCHANGE), Errno.ENOENT);
  }

  @Test
  default void rename_whenOtherHandleOfTheTree_works() throws IOException {
    makeFile(work(), name("a"));
    try (PosixDirectory again = tree().openDirectory(workName())) {
      work().rename(name("a"), again, name("b"), RenameMode.REPLACE);
      assertThat(names(again)).containsExactly(name("b"));
    }
    try (PosixTree other = reopenTree();
        PosixDirectory again = other.openDirectory(workName())) {
      assertThat(names(again)).containsExactly(name("b"));
    }
  }

  @Test
  default void unlink_whenEntryIsDirectory_isRefused() throws IOException {
    work().makeDirectory(name("d"), 0700);
    assertErrno(() -> work().unlink(name("d")), Errno.EISDIR, Errno.EPERM);
    assertThat(work().stat(name("d")).isDirectory()).isTrue();
    assertErrno(() -> work().unlink(name("none")), Errno.ENOENT);
  }

  @Test
  default void removeDirectory_whenItIsNotEmptyOrNone_isRefused() throws IOException {
    work().makeDirectory(name("d"), 0700);
    try (PosixDirectory d = work().openDirectory(name("d"))) {
      makeFile(d, name("f"));
      assertErrno(() -> work().removeDirectory(name("d")), Errno.ENOTEMPTY, Errno.EEXIST);
      assertErrno(() -> d.removeDirectory(name("f")), Errno.ENOTDIR);
      work().makeSymlink(name("link"), name("d"));
      assertErrno(() -> work().removeDirectory(name("link")), Errno.ENOTDIR);
      d.unlink(name("f"));
    }
    work().removeDirectory(name("d"));
    assertErrno(() -> work().removeDirectory(name("d")), Errno.ENOENT);
  }
}
