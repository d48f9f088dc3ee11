// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixInode;
import java.io.IOException;

/** The descriptors behind the handles of this module's trees, for other native calls on them. */
public final class Handles {
  private Handles() {}

  /** A native call on a descriptor, which returns a negative errno on failure. */
  @FunctionalInterface
  public interface NativeCall {
    /** Calls it. */
    int on(int fd) throws IOException;
  }

  private static JnaInode ours(PosixInode open, String action) throws IOException {
    if (open instanceof JnaInode inode) {
      return inode;
    }
    throw Failures.refused(
        action,
        open,
        Errno.EINVAL,
        "it is a handle of another tree",
        "Pass one that this binding's tree opened.");
  }

  /**
   * Makes a call on the descriptor of an open file or directory, which stays open meanwhile.
   *
   * @throws IOException EBADF when it is closed, EINVAL when it is not of this module; what the
   *     call itself throws
   */
  public static int call(PosixInode open, String action, NativeCall call) throws IOException {
    JnaInode inode = ours(open, action);
    int number = inode.acquire(action);
    try {
      return call.on(number);
    } finally {
      inode.fd.release();
    }
  }

  /**
   * Opens an entry of an open directory as it is asked, whatever its type.
   *
   * @param name one entry's name
   * @return the descriptor, which the caller closes, or a negative errno
   */
  public static int openAt(PosixDirectory directory, PathBytes name, int flags, int mode)
      throws IOException {
    if (!name.isName()) {
      return -Linux.EINVAL;
    }
    return call(
        directory,
        "open an entry of",
        number -> Calls.openat(number, Scratch.ofThread().first(name), flags, mode));
  }

  /** Takes over a descriptor of a regular file. */
  public static PosixFile adopt(int fd, String description) {
    return new JnaFile(new Fd(fd, false), Place.root(description));
  }
}
