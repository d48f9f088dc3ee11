// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static io.kmesh.testkit.contract.PosixSteps.NEW;
import static io.kmesh.testkit.contract.PosixSteps.READ;
import static io.kmesh.testkit.contract.PosixSteps.assertErrno;
import static io.kmesh.testkit.contract.PosixSteps.content;
import static io.kmesh.testkit.contract.PosixSteps.makeFile;
import static io.kmesh.testkit.contract.PosixSteps.name;
import static io.kmesh.testkit.contract.PosixSteps.names;
import static io.kmesh.testkit.contract.PosixSteps.repeated;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.RenameMode;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Symbolic links are kept and never followed; hard links share an inode. */
interface PosixLinkChecks extends PosixFixture {
  @Test
  default void makeSymlink_whenTargetIsPlainText_isReadBack() throws IOException {
    for (String target : List.of("x", ".", "..", "/", "/etc/passwd", "../../a/./b", "a b\nc")) {
      work().makeSymlink(name("link"), name(target));
      assertThat(work().readSymlink(name("link"))).isEqualTo(name(target));
      assertThat(work().stat(name("link")).type()).isEqualTo(FileType.SYMLINK);
      assertThat(work().stat(name("link")).size()).isEqualTo(target.length());
      work().unlink(name("link"));
    }
  }

  @Test
  default void makeSymlink_whenTargetIsNotNormal_isKeptOrRefused() throws IOException {
    for (String target : List.of("//x//y/..", "x/", "a//b/", "./", "\u00e9//")) {
      Throwable refused = catchThrowable(() -> work().makeSymlink(name("link"), name(target)));
      if (refused != null) {
        assertThat(ProviderException.kindOfMutation(refused)).isEqualTo(ErrorKind.UNSUPPORTED);
        assertThat(work().find(name("link"))).isEmpty();
        continue;
      }
      assertThat(work().readSymlink(name("link"))).isEqualTo(name(target));
      work().unlink(name("link"));
    }
  }

  @Test
  default void makeSymlink_whenTargetHasAnyByte_isReadBack() throws IOException {
    PathBytes target = name(0xff, '/', 0xc3, 0xa9, '\n', '/', '.', '.', '/', 0xc3);
    if (works(PosixCapability.BYTE_NAMES, () -> work().makeSymlink(name("link"), target))) {
      assertThat(work().readSymlink(name("link"))).isEqualTo(target);
    }
  }

  @Test
  default void makeSymlink_whenTargetIsLong_isReadBackOrRefused() throws IOException {
    PathBytes target = repeated('t', 4095);
    work().makeSymlink(name("long"), target);
    assertThat(work().readSymlink(name("long"))).isEqualTo(target);
    assertErrno(() -> work().makeSymlink(name("longer"), repeated('t', 5000)), Errno.ENAMETOOLONG);
    assertErrno(() -> work().makeSymlink(name("none"), PathBytes.EMPTY), Errno.ENOENT);
  }

  @Test
  default void makeSymlink_whenNameExists_isRefused() throws IOException {
    makeFile(work(), name("a"));
    assertErrno(() -> work().makeSymlink(name("a"), name("b")), Errno.EEXIST);
  }

  @Test
  default void readSymlink_whenEntryIsNone_isRefused() throws IOException {
    makeFile(work(), name("a"));
    assertErrno(() -> work().readSymlink(name("a")), Errno.EINVAL);
    assertErrno(() -> work().readSymlink(name("b")), Errno.ENOENT);
  }

  @Test
  default void open_whenEntryIsSymlink_isRefused() throws IOException {
    work().makeDirectory(name("directory"), 0700);
    makeFile(work(), name("file"));
    for (String target : List.of("directory", "file", "missing", "loop", "/")) {
      PathBytes link = name("loop");
      work().makeSymlink(link, name(target));
      assertErrno(() -> work().openFile(link, READ), Errno.ELOOP);
      assertErrno(() -> work().openFile(link, NEW), Errno.ELOOP);
      assertErrno(() -> work().openDirectory(link), Errno.ELOOP, Errno.ENOTDIR);
      work().unlink(link);
    }
    assertThat(work().find(name("missing"))).isEmpty();
  }

  @Test
  default void changes_whenEntryIsSymlink_leaveItsTargetAlone() throws IOException {
    makeFile(work(), name("file"), (byte) 1);
    work().setMode(name("file"), 0640);
    work().makeSymlink(name("link"), name("file"));
    assertErrno(() -> work().setMode(name("link"), 0777), Errno.EOPNOTSUPP);
    assertThat(work().stat(name("file")).mode()).isEqualTo(0640);
    work().rename(name("link"), work(), name("moved"), RenameMode.REPLACE);
    assertThat(work().readSymlink(name("moved"))).isEqualTo(name("file"));
    work().unlink(name("moved"));
    assertThat(content(work(), name("file"))).containsExactly(1);
  }

  @Test
  default void pathCalls_whenASymlinkStandsInTheWay_areRefused() throws IOException {
    work().makeDirectory(name("real"), 0700);
    try (PosixDirectory real = work().openDirectory(name("real"))) {
      makeFile(real, name("file"));
    }
    work().makeSymlink(name("link"), name("real"));
    PathBytes through = workName().resolve("link").resolve("file");
    assertErrno(() -> tree().stat(through), Errno.ELOOP, Errno.ENOTDIR);
    assertErrno(() -> tree().openFile(through, READ), Errno.ELOOP, Errno.ENOTDIR);
    assertErrno(() -> tree().openDirectory(through.parent()), Errno.ELOOP, Errno.ENOTDIR);
  }

  @Test
  default void handle_whenASymlinkTakesItsName_staysWithItsDirectory() throws IOException {
    work().makeDirectory(name("d"), 0700);
    work().makeDirectory(name("other"), 0700);
    try (PosixDirectory d = work().openDirectory(name("d"))) {
      makeFile(d, name("before"), (byte) 1);
      work().rename(name("d"), work(), name("gone"), RenameMode.REPLACE);
      work().makeSymlink(name("d"), name("other"));
      makeFile(d, name("after"), (byte) 2);
      assertThat(names(d)).containsExactlyInAnyOrder(name("before"), name("after"));
      d.unlink(name("before"));
    }
    try (PosixDirectory other = work().openDirectory(name("other"));
        PosixDirectory gone = work().openDirectory(name("gone"))) {
      assertThat(names(other)).isEmpty();
      assertThat(names(gone)).containsExactly(name("after"));
    }
  }

  @Test
  default void link_whenMade_sharesTheInode() throws IOException {
    makeFile(work(), name("a"), (byte) 1);
    work().makeDirectory(name("d"), 0700);
    try (PosixDirectory d = work().openDirectory(name("d"))) {
      if (!works(PosixCapability.HARD_LINKS, () -> work().link(name("a"), d, name("b")))) {
        return;
      }
      assertThat(d.stat(name("b")).inode()).isEqualTo(work().stat(name("a")).inode());
      assertThat(d.stat(name("b")).links()).isEqualTo(2);
      assertErrno(() -> work().link(name("a"), d, name("b")), Errno.EEXIST);
      assertErrno(() -> work().link(name("none"), d, name("c")), Errno.ENOENT);
      work().unlink(name("a"));
      assertThat(content(d, name("b"))).containsExactly(1);
      assertThat(d.stat(name("b")).links()).isEqualTo(1);
    }
  }

  @Test
  default void link_whenEntryIsSymlink_linksTheSymlink() throws IOException {
    makeFile(work(), name("file"));
    work().makeSymlink(name("link"), name("file"));
    if (works(
        PosixCapability.HARD_LINKS, () -> work().link(name("link"), work(), name("second")))) {
      assertThat(work().readSymlink(name("second"))).isEqualTo(name("file"));
      assertThat(work().stat(name("file")).links()).isEqualTo(1);
    }
  }

  @Test
  default void link_whenEntryIsDirectory_isRefused() throws IOException {
    work().makeDirectory(name("d"), 0700);
    if (tree().capabilities().contains(PosixCapability.HARD_LINKS)) {
      assertErrno(() -> work().link(name("d"), work(), name("e")), Errno.EPERM);
    }
  }
}
