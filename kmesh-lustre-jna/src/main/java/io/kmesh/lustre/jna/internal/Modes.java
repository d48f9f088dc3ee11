// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import java.io.IOException;

/** Sets permission bits exactly: whatever the umask, following no link, dropping no bit. */
final class Modes {
  /** Whether fchmodat2(2) can't be used: Linux before 6.6, or a sandbox that forbids it. */
  private static volatile boolean withoutFchmodat2;

  private Modes() {}

  /** For tests: sets modes as an old kernel must be asked. */
  static void useFchmodat2(boolean use) {
    withoutFchmodat2 = !use;
  }

  /** Sets the mode of an entry that is not a symbolic link. */
  static void setEntry(int directory, PathBytes name, int mode, Scratch scratch, Place place)
      throws IOException {
    if (!withoutFchmodat2) {
      int r = Calls.fchmodat2(directory, scratch.first(name), mode, Linux.AT_SYMLINK_NOFOLLOW);
      if (r != -Linux.ENOSYS && r != -Linux.EPERM && r != -Linux.EOPNOTSUPP) {
        check(r, mode, directory, scratch.first(name), scratch, place);
        return;
      }
      withoutFchmodat2 = withoutFchmodat2 || r == -Linux.ENOSYS;
    }
    int inode = Calls.openat(directory, scratch.first(name), Linux.O_PATH | Calls.NOFOLLOW, 0);
    if (inode < 0) {
      throw Failures.of("set the mode of", place, inode);
    }
    try {
      setByPathDescriptor(inode, mode, scratch, place);
    } finally {
      Calls.close(inode);
    }
  }

  /** Sets the mode of what an O_PATH descriptor holds; a symbolic link is refused. */
  static void setByPathDescriptor(int inode, int mode, Scratch scratch, Place place)
      throws IOException {
    int r = Stats.askType(inode, scratch.empty(), scratch);
    if (r < 0) {
      throw Failures.of("set the mode of", place, r);
    }
    if ((Stats.mode(scratch) & Linux.S_IFMT) == 0120000) {
      throw Failures.refused(
          "set the mode of",
          place,
          Errno.EOPNOTSUPP,
          "it is a symbolic link, which has no mode of its own on Linux",
          "Leave links out.");
    }
    r = Calls.chmod(scratch.throughProc(inode), mode);
    check(r, mode, inode, scratch.empty(), scratch, place);
  }

  /**
   * Ends a change of mode: throws when it failed, or when the system dropped the sgid bit without a
   * word, as it does for a caller who is not in the file's group.
   *
   * @param result what the call returned
   * @param path the entry of {@code fd}, or the empty string for {@code fd} itself
   */
  static void check(int result, int mode, int fd, long path, Scratch scratch, Place place)
      throws IOException {
    String action = "set the mode 0" + Integer.toOctalString(mode) + " of";
    if (result < 0) {
      throw Failures.of(action, place, result);
    }
    if ((mode & Linux.S_ISGID) == 0) {
      return;
    }
    int r = Stats.askType(fd, path, scratch);
    if (r < 0) {
      throw Failures.of(action, place, r);
    }
    if ((Stats.mode(scratch) & Linux.S_ISGID) == 0) {
      throw Failures.refused(
          action,
          place,
          Errno.EPERM,
          "the system dropped the sgid bit since the caller is not in the file's group",
          "Run as root or as a member of its group.");
    }
  }
}
