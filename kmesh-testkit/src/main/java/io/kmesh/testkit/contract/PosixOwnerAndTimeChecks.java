// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static io.kmesh.testkit.contract.PosixSteps.NEW;
import static io.kmesh.testkit.contract.PosixSteps.assertErrno;
import static io.kmesh.testkit.contract.PosixSteps.makeFile;
import static io.kmesh.testkit.contract.PosixSteps.name;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.Errno;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Owners and times are set as asked, of links too. */
interface PosixOwnerAndTimeChecks extends PosixFixture {
  /** Whole seconds, and microseconds after 1970. */
  List<FileTime> COARSE =
      List.of(
          new FileTime(0, 0),
          new FileTime(-1, 0),
          new FileTime(-2_000_000_000, 0),
          new FileTime(1_700_000_000, 123_456_000),
          new FileTime(4_000_000_000L, 1_000));

  /** Times that need more. */
  List<FileTime> FINE =
      List.of(
          new FileTime(0, 1),
          new FileTime(-1, 999_999_999),
          new FileTime(-1, 999_999_000),
          new FileTime(-2_000_000_000, 1),
          new FileTime(1_700_000_000, 123_456_789));

  @Test
  default void stat_whenFileIsNew_saysWhatItIs() throws IOException {
    makeFile(work(), name("f"), new byte[5_000]);
    FileStat stat = work().stat(name("f"));
    assertThat(stat.isRegular()).isTrue();
    assertThat(stat.size()).isEqualTo(5_000);
    assertThat(stat.links()).isEqualTo(1);
    assertThat(stat.inode()).isNotZero();
    assertThat(stat.rdev()).isZero();
    assertThat(stat.device()).isEqualTo(work().stat().device());
    assertThat(stat.uid()).isEqualTo(work().stat().uid());
    assertThat(stat.ctime()).isGreaterThanOrEqualTo(stat.mtime());
    assertThat(stat.mtime().seconds()).isGreaterThan(1_600_000_000L);
    try (PosixFile file = work().openFile(name("f"), NEW)) {
      assertThat(file.stat()).isEqualTo(stat);
    }
  }

  @Test
  default void setTimes_whenMicroseconds_areKept() throws IOException {
    setAndCompare(COARSE);
  }

  @Test
  default void setTimes_whenNanoseconds_areKept() throws IOException {
    makeFile(work(), name("probe"));
    FileTime fine = FINE.get(0);
    if (works(PosixCapability.NANOSECOND_TIMES, () -> work().setTimes(name("probe"), fine, fine))) {
      setAndCompare(FINE);
    }
  }

  private void setAndCompare(List<FileTime> times) throws IOException {
    makeFile(work(), name("f"));
    work().makeDirectory(name("d"), 0700);
    try (PosixFile file = work().openFile(name("f"), NEW);
        PosixDirectory directory = work().openDirectory(name("d"))) {
      for (int i = 0; i < times.size(); i++) {
        FileTime atime = times.get(i);
        FileTime mtime = times.get((i + 1) % times.size());
        file.setTimes(atime, mtime);
        assertTimes(file.stat(), atime, mtime);
        work().setTimes(name("f"), mtime, atime);
        assertTimes(work().stat(name("f")), mtime, atime);
        directory.setTimes(atime, mtime);
        assertTimes(directory.stat(), atime, mtime);
        work().setTimes(name("d"), mtime, atime);
        assertTimes(work().stat(name("d")), mtime, atime);
      }
    }
  }

  @Test
  default void setTimes_whenEntryIsSymlink_areTheLinks() throws IOException {
    makeFile(work(), name("f"));
    work().makeSymlink(name("link"), name("f"));
    FileStat before = work().stat(name("f"));
    FileTime time = new FileTime(1_000_000_000, 5_000);
    work().setTimes(name("link"), time, time);
    assertTimes(work().stat(name("link")), time, time);
    assertThat(work().stat(name("f")).mtime()).isEqualTo(before.mtime());
  }

  @Test
  default void setTimes_whenEntryIsMissing_isRefused() {
    FileTime time = new FileTime(0, 0);
    assertErrno(() -> work().setTimes(name("none"), time, time), Errno.ENOENT);
  }

  private static void assertTimes(FileStat stat, FileTime atime, FileTime mtime) {
    assertThat(stat.atime()).isEqualTo(atime);
    assertThat(stat.mtime()).isEqualTo(mtime);
  }

  @Test
  default void setOwner_whenRoot_setsBothOrOne() throws IOException {
    makeFile(work(), name("f"));
    long uid = work().stat(name("f")).uid();
    if (!works(PosixCapability.OWNERSHIP, () -> work().setOwner(name("f"), uid, -1))) {
      return;
    }
    if (!isRoot()) {
      assertErrno(() -> work().setOwner(name("f"), uid + 1, -1), Errno.EPERM);
      assertErrno(() -> work().setOwner(-1, 12_345), Errno.EPERM);
      return;
    }
    try (PosixFile file = work().openFile(name("f"), NEW)) {
      file.setOwner(1234, 5678);
      assertOwner(file.stat(), 1234, 5678);
      file.setOwner(-1, 99);
      assertOwner(file.stat(), 1234, 99);
      work().setOwner(name("f"), 77, -1);
      assertOwner(work().stat(name("f")), 77, 99);
      work().setOwner(name("f"), 4_000_000_000L, 4_000_000_001L);
      assertOwner(work().stat(name("f")), 4_000_000_000L, 4_000_000_001L);
    }
    work().makeSymlink(name("link"), name("f"));
    work().setOwner(name("link"), 5, 6);
    assertOwner(work().stat(name("link")), 5, 6);
    assertOwner(work().stat(name("f")), 4_000_000_000L, 4_000_000_001L);
  }

  @Test
  default void setOwner_whenFileHasSuid_clearsIt() throws IOException {
    makeFile(work(), name("f"));
    if (tree().capabilities().contains(PosixCapability.OWNERSHIP)
        && tree().capabilities().contains(PosixCapability.SPECIAL_MODE_BITS)
        && isRoot()) {
      work().setMode(name("f"), 06755);
      work().setOwner(name("f"), 1, 1);
      assertThat(work().stat(name("f")).mode()).isEqualTo(0755);
    }
  }

  @Test
  default void setOwner_whenNumberIsNone_isRefused() throws IOException {
    makeFile(work(), name("f"));
    assertErrno(() -> work().setOwner(name("f"), -2, 0), Errno.EINVAL);
    assertErrno(() -> work().setOwner(name("f"), 0, 1L << 32), Errno.EINVAL);
    assertErrno(() -> work().setOwner(name("none"), -1, -1), Errno.ENOENT);
  }

  private static void assertOwner(FileStat stat, long uid, long gid) {
    assertThat(stat.uid()).isEqualTo(uid);
    assertThat(stat.gid()).isEqualTo(gid);
  }
}
