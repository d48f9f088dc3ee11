// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static io.kmesh.testkit.contract.PosixSteps.NEW;
import static io.kmesh.testkit.contract.PosixSteps.assertErrno;
import static io.kmesh.testkit.contract.PosixSteps.makeFile;
import static io.kmesh.testkit.contract.PosixSteps.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixInode;
import io.kmesh.spi.posix.XattrMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Extended attributes by handle and by entry, of every namespace, following no link. */
interface PosixXattrChecks extends PosixFixture {
  @Test
  default void setXattr_whenOfUser_isReadByHandleAndName() throws IOException {
    PathBytes colour = name("user.colour");
    work().makeDirectory(name("d"), 0700);
    makeFile(work(), name("f"));
    try (PosixFile file = work().openFile(name("f"), NEW);
        PosixDirectory directory = work().openDirectory(name("d"))) {
      byte[] red = {'r', 'e', 'd', 0, (byte) 0xff};
      if (!works(PosixCapability.USER_XATTRS, () -> file.setXattr(colour, red, XattrMode.SET))) {
        return;
      }
      directory.setXattr(colour, red, XattrMode.SET);
      for (PathBytes entry : List.of(name("f"), name("d"))) {
        PosixInode inode = entry.equals(name("f")) ? file : directory;
        assertThat(inode.xattr(colour)).hasValue(red);
        assertThat(work().xattr(entry, colour)).hasValue(red);
        work().setXattr(entry, colour, new byte[0], XattrMode.REPLACE);
        assertThat(inode.xattr(colour)).hasValueSatisfying(v -> assertThat(v).isEmpty());
        assertThat(inode.xattrNames()).contains(colour);
        assertThat(work().xattrNames(entry)).contains(colour);
        byte[] large = new byte[1_000];
        Arrays.fill(large, (byte) 7);
        inode.setXattr(colour, large, XattrMode.SET);
        assertThat(work().xattr(entry, colour)).hasValue(large);
        work().removeXattr(entry, colour);
        assertThat(inode.xattr(colour)).isEmpty();
        assertThat(inode.xattrNames()).doesNotContain(colour);
      }
    }
  }

  @Test
  default void setXattr_whenModeDoesNotHold_isRefused() throws IOException {
    PathBytes x = name("user.x");
    byte[] value = {1};
    try (PosixFile file = work().openFile(name("f"), NEW)) {
      if (!works(PosixCapability.USER_XATTRS, () -> file.setXattr(x, value, XattrMode.CREATE))) {
        return;
      }
      assertErrno(() -> file.setXattr(x, value, XattrMode.CREATE), Errno.EEXIST);
      assertErrno(() -> work().setXattr(name("f"), x, value, XattrMode.CREATE), Errno.EEXIST);
      file.setXattr(x, new byte[] {2}, XattrMode.REPLACE);
      assertThat(file.xattr(x)).hasValue(new byte[] {2});
      file.removeXattr(x);
      assertErrno(() -> file.removeXattr(x), Errno.ENODATA);
      assertErrno(() -> work().removeXattr(name("f"), x), Errno.ENODATA);
      assertErrno(() -> file.setXattr(x, value, XattrMode.REPLACE), Errno.ENODATA);
      assertThat(file.xattr(x)).isEmpty();
      assertThat(work().xattr(name("f"), x)).isEmpty();
    }
  }

  @Test
  default void setXattr_whenNameHasAnyByte_isListed() throws IOException {
    PathBytes x = name('u', 's', 'e', 'r', '.', 0xff, '\n', 0xc3, 0xa9, ' ', '/');
    try (PosixFile file = work().openFile(name("f"), NEW)) {
      Throwable refused = catchThrowable(() -> file.setXattr(x, new byte[1], XattrMode.SET));
      if (refused != null) {
        assertThat(ProviderException.kindOfMutation(refused)).isEqualTo(ErrorKind.UNSUPPORTED);
        assertThat(tree().capabilities()).doesNotContain(PosixCapability.ALL_XATTRS);
        return;
      }
      assertThat(file.xattrNames()).contains(x);
      assertThat(work().xattr(name("f"), x)).hasValue(new byte[1]);
    }
  }

  @Test
  default void setXattr_whenNamespaceIsPrivileged_dependsOnTheCaller() throws IOException {
    PathBytes trusted = name("trusted.kmesh.contract");
    byte[] value = {1, 2, 3};
    try (PosixFile file = work().openFile(name("f"), NEW)) {
      if (!tree().capabilities().contains(PosixCapability.ALL_XATTRS)) {
        works(PosixCapability.ALL_XATTRS, () -> file.setXattr(trusted, value, XattrMode.SET));
        return;
      }
      if (!isRoot()) {
        assertErrno(() -> file.setXattr(trusted, value, XattrMode.SET), Errno.EPERM, Errno.EACCES);
        return;
      }
      file.setXattr(trusted, value, XattrMode.SET);
      assertThat(work().xattr(name("f"), trusted)).hasValue(value);
      assertThat(file.xattrNames()).contains(trusted);
      work().makeSymlink(name("link"), name("f"));
      work().setXattr(name("link"), trusted, new byte[] {9}, XattrMode.SET);
      assertThat(work().xattr(name("link"), trusted)).hasValue(new byte[] {9});
      assertThat(work().xattrNames(name("link"))).contains(trusted);
      assertThat(file.xattr(trusted)).hasValue(value);
      work().removeXattr(name("link"), trusted);
      assertThat(file.xattr(trusted)).hasValue(value);
    }
  }

  @Test
  default void xattrs_whenEntryIsSymlink_areNotItsTargets() throws IOException {
    PathBytes x = name("user.x");
    try (PosixFile file = work().openFile(name("f"), NEW)) {
      if (!works(PosixCapability.USER_XATTRS, () -> file.setXattr(x, new byte[1], XattrMode.SET))) {
        return;
      }
    }
    work().makeSymlink(name("link"), name("f"));
    assertThat(catchThrowable(() -> assertThat(work().xattr(name("link"), x)).isEmpty()))
        .matches(t -> t == null || t instanceof ProviderException);
    assertThat(catchThrowable(() -> work().setXattr(name("link"), x, new byte[2], XattrMode.SET)))
        .isInstanceOf(ProviderException.class);
    assertThat(catchThrowable(() -> work().removeXattr(name("link"), x)))
        .isInstanceOf(ProviderException.class);
    assertThat(work().xattr(name("f"), x)).hasValue(new byte[1]);
  }

  @Test
  default void setXattr_whenValueIsLarge_isReadWholeOrRefused() throws IOException {
    PathBytes x = name("user.large");
    try (PosixFile file = work().openFile(name("f"), NEW)) {
      if (!works(PosixCapability.USER_XATTRS, () -> file.setXattr(x, new byte[1], XattrMode.SET))) {
        return;
      }
      for (int size : new int[] {2_000, 3_900, 16_000, 65_536}) {
        byte[] value = new byte[size];
        Arrays.fill(value, (byte) size);
        Throwable refused = catchThrowable(() -> file.setXattr(x, value, XattrMode.SET));
        if (refused == null) {
          assertThat(file.xattr(x)).hasValue(value);
        } else {
          assertErrno(
              () -> file.setXattr(x, value, XattrMode.SET),
              Errno.ENOSPC,
              Errno.E2BIG,
              Errno.ERANGE,
              Errno.EDQUOT);
        }
      }
      assertErrno(
          () -> file.setXattr(x, new byte[70_000], XattrMode.SET),
          Errno.E2BIG,
          Errno.ENOSPC,
          Errno.ERANGE);
    }
  }

  @Test
  default void xattrNames_whenMany_areAll() throws IOException {
    List<PathBytes> made = new ArrayList<>();
    try (PosixFile file = work().openFile(name("f"), NEW)) {
      for (int i = 0; i < 30; i++) {
        PathBytes x = name("user.some-name-" + i);
        if (!works(
            PosixCapability.USER_XATTRS, () -> file.setXattr(x, new byte[4], XattrMode.SET))) {
          return;
        }
        made.add(x);
      }
      assertThat(file.xattrNames()).containsAll(made);
    }
  }

  @Test
  default void xattrs_whenEntryIsMissing_areRefused() {
    PathBytes none = name("none");
    PathBytes x = name("user.x");
    if (tree().capabilities().contains(PosixCapability.USER_XATTRS)) {
      assertErrno(() -> work().xattrNames(none), Errno.ENOENT);
      assertErrno(() -> work().xattr(none, x), Errno.ENOENT);
      assertErrno(() -> work().setXattr(none, x, new byte[1], XattrMode.SET), Errno.ENOENT);
      assertErrno(() -> work().removeXattr(none, x), Errno.ENOENT);
    }
  }

  @Test
  default void xattrs_whenAttributeNameIsNone_areRefused() throws IOException {
    makeFile(work(), name("f"));
    for (PathBytes bad : List.of(PathBytes.EMPTY, PosixSteps.repeated('u', 256))) {
      assertErrno(() -> work().xattr(name("f"), bad), Errno.EINVAL);
      assertErrno(() -> work().setXattr(name("f"), bad, new byte[1], XattrMode.SET), Errno.EINVAL);
      assertErrno(() -> work().removeXattr(name("f"), bad), Errno.EINVAL);
    }
  }
}
