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
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.RenameMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Names are bytes: kept as they are in any locale, refused when they are none. */
interface PosixNameChecks extends PosixFixture {
  @Test
  default void makeFile_whenNameIsPlainText_isListedAndOpened() throws IOException {
    for (String text : List.of("a", "...", "..a", ".hidden", "-rf", "*", " ", "'\"$`\\", "%41")) {
      roundTrip(name(text));
    }
    roundTrip(repeated('x', 255));
  }

  @Test
  default void makeFile_whenNameHasAnyByte_isListedAndOpened() throws IOException {
    List<PathBytes> hostile = new ArrayList<>();
    for (int b = 1; b < 256; b++) {
      if (b != '/') {
        hostile.add(name('n', b));
      }
    }
    hostile.add(name(0xff, 0xfe));
    hostile.add(name(0xc3, 0xa9));
    hostile.add(name(0xc3));
    hostile.add(name(0xed, 0xa0, 0x80));
    hostile.add(name("\ud83d\ude00 \u202e \u65e5\u672c"));
    if (!works(
        PosixCapability.BYTE_NAMES, () -> makeFile(work(), name(0xfe, '\n', 0xc3), new byte[1]))) {
      return;
    }
    for (PathBytes name : hostile) {
      roundTrip(name);
    }
  }

  private void roundTrip(PathBytes name) throws IOException {
    makeFile(work(), name, (byte) 42);
    assertThat(names(work())).contains(name);
    assertThat(work().stat(name).size()).isEqualTo(1);
    assertThat(content(work(), name)).containsExactly(42);
    work().rename(name, work(), name("moved"), RenameMode.REPLACE);
    assertThat(names(work())).doesNotContain(name).contains(name("moved"));
    work().rename(name("moved"), work(), name, RenameMode.REPLACE);
    work().unlink(name);
    assertThat(work().find(name)).isEmpty();
    work().makeDirectory(name, 0755);
    try (PosixDirectory below = work().openDirectory(name)) {
      makeFile(below, name);
      assertThat(names(below)).containsExactly(name);
      below.unlink(name);
    }
    work().removeDirectory(name);
  }

  @Test
  default void makeFile_whenNamesDifferInNormalForm_areTwoFiles() throws IOException {
    PathBytes composed = name(0xc3, 0xa9);
    PathBytes decomposed = name('e', 0xcc, 0x81);
    if (!works(PosixCapability.BYTE_NAMES, () -> makeFile(work(), composed, (byte) 1))) {
      return;
    }
    makeFile(work(), decomposed, (byte) 2);
    assertThat(names(work())).containsExactlyInAnyOrder(composed, decomposed);
    assertThat(content(work(), composed)).containsExactly(1);
  }

  @Test
  default void everyCall_whenNameIsNoName_isRefused() {
    for (PathBytes bad :
        List.of(name(""), name("."), name(".."), name("a/b"), name("/a"), repeated('x', 256))) {
      assertErrno(() -> work().stat(bad), Errno.EINVAL);
      assertErrno(() -> work().find(bad), Errno.EINVAL);
      assertErrno(() -> work().openFile(bad, NEW), Errno.EINVAL);
      assertErrno(() -> work().openDirectory(bad), Errno.EINVAL);
      assertErrno(() -> work().makeDirectory(bad, 0700), Errno.EINVAL);
      assertErrno(() -> work().makeSymlink(bad, name("x")), Errno.EINVAL);
      assertErrno(() -> work().readSymlink(bad), Errno.EINVAL);
      assertErrno(() -> work().makeNode(bad, FileType.FIFO, 0600, 0), Errno.EINVAL);
      assertErrno(() -> work().link(bad, work(), name("x")), Errno.EINVAL);
      assertErrno(() -> work().rename(bad, work(), name("x"), RenameMode.REPLACE), Errno.EINVAL);
      assertErrno(() -> work().unlink(bad), Errno.EINVAL);
      assertErrno(() -> work().removeDirectory(bad), Errno.EINVAL);
      assertErrno(() -> work().setMode(bad, 0600), Errno.EINVAL);
      assertErrno(() -> work().xattrNames(bad), Errno.EINVAL);
    }
  }

  @Test
  default void rename_whenNewNameIsNoName_isRefused() throws IOException {
    makeFile(work(), name("a"));
    for (PathBytes bad : List.of(name(""), name(".."), name("x/y"))) {
      assertErrno(() -> work().rename(name("a"), work(), bad, RenameMode.REPLACE), Errno.EINVAL);
      assertErrno(() -> work().link(name("a"), work(), bad), Errno.EINVAL);
    }
    assertThat(names(work())).containsExactly(name("a"));
  }

  @Test
  default void openDirectory_when70LevelsOf255Bytes_goesDownByHandles() throws IOException {
    PathBytes level = repeated('d', 255);
    PathBytes path = workName();
    List<PosixDirectory> opened = new ArrayList<>();
    try {
      PosixDirectory here = work();
      for (int i = 0; i < 70; i++) {
        PosixDirectory parent = here;
        Throwable refused = catchThrowable(() -> parent.makeDirectory(level, 0755));
        if (refused != null) {
          assertThat(path.length()).as("bytes of the path").isGreaterThan(3_000);
          assertThat(tree().capabilities()).doesNotContain(PosixCapability.LONG_PATHS);
          assertThat(ProviderException.kindOfMutation(refused)).isEqualTo(ErrorKind.UNSUPPORTED);
          return;
        }
        here = parent.openDirectory(level);
        opened.add(here);
        path = path.resolve(level);
      }
      makeFile(here, name("leaf"), (byte) 7);
      assertThat(here.stat(name("leaf")).size()).isEqualTo(1);
      assertThat(names(here)).containsExactly(name("leaf"));
    } finally {
      for (PosixDirectory directory : opened) {
        directory.close();
      }
    }
    PathBytes leaf = path.resolve("leaf");
    assertThat(tree().stat(leaf).size()).isEqualTo(1);
    try (PosixFile file = tree().openFile(leaf, READ)) {
      assertThat(content(file)).containsExactly(7);
    }
  }

  @Test
  default void openDirectory_when300Levels_goesDownByPath() throws IOException {
    PathBytes path = workName();
    for (int i = 0; i < 300; i++) {
      try (PosixDirectory here = tree().openDirectory(path)) {
        here.makeDirectory(name("d"), 0755);
      }
      path = path.resolve("d");
    }
    assertThat(tree().stat(path).isDirectory()).isTrue();
  }

  @Test
  default void pathCalls_whenPathLeadsOut_areRefused() {
    assertInvalid(() -> tree().openDirectory(name("../etc")));
    assertInvalid(() -> tree().stat(name("a/../..")));
    assertInvalid(() -> tree().openFile(name("./a"), READ));
  }

  private static void assertInvalid(ThrowingCallable call) {
    assertThat(catchThrowable(call))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID));
  }

  @Test
  default void pathCalls_whenPathIsEmpty_meanTheRoot() throws IOException {
    long inode;
    try (PosixDirectory root = tree().openRoot()) {
      inode = root.stat().inode();
    }
    assertThat(tree().stat(PathBytes.EMPTY).inode()).isEqualTo(inode);
    try (PosixDirectory root = tree().openDirectory(PathBytes.EMPTY)) {
      assertThat(root.stat().inode()).isEqualTo(inode);
    }
    assertErrno(() -> tree().openFile(PathBytes.EMPTY, READ), Errno.EISDIR);
  }
}
