// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static io.kmesh.testkit.contract.PosixSteps.NEW;
import static io.kmesh.testkit.contract.PosixSteps.READ;
import static io.kmesh.testkit.contract.PosixSteps.assertErrno;
import static io.kmesh.testkit.contract.PosixSteps.makeFile;
import static io.kmesh.testkit.contract.PosixSteps.name;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.Errno;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Permission bits are what was asked, whatever the umask. */
interface PosixModeChecks extends PosixFixture {
  /** Plain modes that no usual umask lets through as they are. */
  List<Integer> PLAIN = List.of(0, 0777, 0666, 0222, 0511, 0700);

  /** Modes with suid, sgid, sticky. */
  List<Integer> SPECIAL = List.of(01777, 02775, 04755, 07777, 06711, 07000);

  @Test
  default void makeDirectory_whenModeIsPlain_hasItExactly() throws IOException {
    for (int mode : PLAIN) {
      work().makeDirectory(name("d"), mode);
      assertThat(work().stat(name("d")).mode()).isEqualTo(mode);
      assertThat(work().stat(name("d")).isDirectory()).isTrue();
      work().removeDirectory(name("d"));
    }
  }

  @Test
  default void makeDirectory_whenModeHasSpecialBits_hasItExactly() throws IOException {
    for (int mode : SPECIAL) {
      if (!works(PosixCapability.SPECIAL_MODE_BITS, () -> work().makeDirectory(name("d"), mode))) {
        assertThat(work().find(name("d"))).isEmpty();
        return;
      }
      assertThat(work().stat(name("d")).mode()).isEqualTo(mode);
      work().removeDirectory(name("d"));
    }
  }

  @Test
  default void makeDirectory_whenParentHasSgid_hasItsModeExactly() throws IOException {
    if (!works(PosixCapability.SPECIAL_MODE_BITS, () -> work().setMode(02700))) {
      return;
    }
    work().makeDirectory(name("d"), 0755);
    assertThat(work().stat(name("d")).mode()).isEqualTo(0755);
  }

  @Test
  default void makeDirectory_whenNameExists_isRefused() throws IOException {
    makeFile(work(), name("a"));
    assertErrno(() -> work().makeDirectory(name("a"), 0700), Errno.EEXIST);
    assertThat(work().stat(name("a")).isRegular()).isTrue();
  }

  @Test
  default void openFile_whenCreated_hasMode0600() throws IOException {
    makeFile(work(), name("a"));
    assertThat(work().stat(name("a")).mode()).isEqualTo(0600);
  }

  @Test
  default void setMode_whenByNameOrHandle_isExact() throws IOException {
    work().makeDirectory(name("d"), 0700);
    try (PosixFile file = work().openFile(name("f"), NEW);
        PosixDirectory directory = work().openDirectory(name("d"))) {
      for (int mode : PLAIN) {
        file.setMode(mode);
        assertThat(file.stat().mode()).isEqualTo(mode);
        work().setMode(name("f"), mode ^ 0707);
        assertThat(work().stat(name("f")).mode()).isEqualTo(mode ^ 0707);
        directory.setMode(mode);
        assertThat(directory.stat().mode()).isEqualTo(mode);
        work().setMode(name("d"), mode ^ 0707);
        assertThat(work().stat(name("d")).mode()).isEqualTo(mode ^ 0707);
      }
      for (int mode : SPECIAL) {
        if (!works(PosixCapability.SPECIAL_MODE_BITS, () -> file.setMode(mode))) {
          return;
        }
        assertThat(file.stat().mode()).isEqualTo(mode);
        work().setMode(name("d"), mode);
        assertThat(work().stat(name("d")).mode()).isEqualTo(mode);
      }
    }
  }

  @Test
  default void setMode_whenModeIsNone_isRefused() throws IOException {
    makeFile(work(), name("f"));
    for (int bad : new int[] {-1, 010000, 0100644}) {
      assertErrno(() -> work().setMode(name("f"), bad), Errno.EINVAL);
      assertErrno(() -> work().makeDirectory(name("d"), bad), Errno.EINVAL);
    }
    assertErrno(() -> work().setMode(name("missing"), 0600), Errno.ENOENT);
  }

  @Test
  default void calls_whenModeDeniesThem_areRefusedToUsers() throws IOException {
    work().makeDirectory(name("closed"), 0);
    work().makeDirectory(name("searchable"), 0700);
    try (PosixDirectory d = work().openDirectory(name("searchable"))) {
      makeFile(d, name("known"), (byte) 1);
    }
    work().setMode(name("searchable"), 0311);
    work().makeDirectory(name("listable"), 0700);
    try (PosixDirectory d = work().openDirectory(name("listable"))) {
      makeFile(d, name("known"), (byte) 1);
    }
    work().setMode(name("listable"), 0444);
    makeFile(work(), name("unreadable"));
    work().setMode(name("unreadable"), 0);
    if (isRoot()) {
      work().openDirectory(name("closed")).close();
      return;
    }
    assertErrno(() -> work().openFile(name("unreadable"), READ), Errno.EACCES);
    assertErrno(
        () -> {
          try (PosixDirectory closed = work().openDirectory(name("closed"))) {
            closed.stat(name("any"));
          }
        },
        Errno.EACCES);
    assertErrno(
        () -> {
          try (PosixDirectory searchable = work().openDirectory(name("searchable"))) {
            PosixSteps.names(searchable);
          }
        },
        Errno.EACCES);
    try (PosixDirectory listable = work().openDirectory(name("listable"))) {
      if (!tree().capabilities().contains(PosixCapability.LONG_PATHS)) {
        // Without system calls of its own it learns the types of entries by a stat of each.
        assertErrno(() -> PosixSteps.names(listable), Errno.EACCES);
        return;
      }
      assertThat(PosixSteps.names(listable)).containsExactly(name("known"));
      assertErrno(() -> listable.stat(name("known")), Errno.EACCES);
    }
  }
}
