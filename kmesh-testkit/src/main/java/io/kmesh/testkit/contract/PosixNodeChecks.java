// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static io.kmesh.testkit.contract.PosixSteps.assertErrno;
import static io.kmesh.testkit.contract.PosixSteps.name;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.Errno;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixCapability;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** FIFOs, sockets and devices. */
interface PosixNodeChecks extends PosixFixture {
  @Test
  default void makeNode_whenFifoOrSocket_hasTypeAndMode() throws IOException {
    for (FileType type : new FileType[] {FileType.FIFO, FileType.SOCKET}) {
      for (int mode : new int[] {0, 0777, 0646}) {
        if (!works(
            PosixCapability.SPECIAL_FILES, () -> work().makeNode(name("n"), type, mode, 0))) {
          return;
        }
        FileStat stat = work().stat(name("n"));
        assertThat(stat.type()).isEqualTo(type);
        assertThat(stat.mode()).isEqualTo(mode);
        assertErrno(() -> work().makeNode(name("n"), type, mode, 0), Errno.EEXIST);
        work().setMode(name("n"), 0640);
        assertThat(work().stat(name("n")).mode()).isEqualTo(0640);
        work().unlink(name("n"));
      }
    }
  }

  @Test
  default void makeNode_whenDevice_namesIt() throws IOException {
    long nullDevice = 1L << 32 | 3;
    long large = 300L << 32 | 70_000;
    if (!tree().capabilities().contains(PosixCapability.DEVICES)) {
      works(
          PosixCapability.DEVICES,
          () -> work().makeNode(name("n"), FileType.CHARACTER_DEVICE, 0600, nullDevice));
      return;
    }
    if (!isRoot()) {
      assertErrno(
          () -> work().makeNode(name("n"), FileType.CHARACTER_DEVICE, 0600, nullDevice),
          Errno.EPERM);
      return;
    }
    for (FileType type : new FileType[] {FileType.CHARACTER_DEVICE, FileType.BLOCK_DEVICE}) {
      for (long device : new long[] {nullDevice, large}) {
        work().makeNode(name("n"), type, 0660, device);
        FileStat stat = work().stat(name("n"));
        assertThat(stat.type()).isEqualTo(type);
        assertThat(stat.mode()).isEqualTo(0660);
        assertThat(stat.rdev()).isEqualTo(device);
        work().unlink(name("n"));
      }
    }
  }

  @Test
  default void makeNode_whenTypeIsOther_isRefused() {
    if (tree().capabilities().contains(PosixCapability.SPECIAL_FILES)) {
      for (FileType type :
          new FileType[] {FileType.REGULAR, FileType.DIRECTORY, FileType.SYMLINK}) {
        assertErrno(() -> work().makeNode(name("n"), type, 0600, 0), Errno.EINVAL);
      }
    }
  }
}
