// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;

/** Failures and checks as the kernel has them. Stateless. */
final class Posix {
  private static final int MOST_NAME = 255;

  private Posix() {}

  /** A failure of a call on something. */
  static ProviderException failure(Errno errno, String verb, Object what) {
    return new ProviderException(
        errno, "Cannot " + verb + " " + what + ": " + errno.name() + ". " + advice(errno));
  }

  /** A failure whose reason says more than its number. */
  static ProviderException refusal(Errno errno, String what, String reason) {
    return new ProviderException(
        errno, "Cannot " + what + ": " + reason + " (" + errno + "). " + advice(errno));
  }

  private static String advice(Errno errno) {
    return switch (errno.name()) {
      case "ENOENT" -> "There is nothing of that name; look at the directory.";
      case "EEXIST", "ENOTEMPTY" -> "Something is there; take another name, or remove it.";
      case "EBADF" -> "It is closed, or was not opened for that; open it again.";
      case "ESTALE" -> "It was removed meanwhile; open it anew.";
      case "EOPNOTSUPP" -> "A prefix of an object store can't do that.";
      default -> "Look at what is there and at what was asked.";
    };
  }

  static void checkName(String verb, PathBytes name) throws ProviderException {
    if (!name.isName() || name.length() > MOST_NAME) {
      throw failure(Errno.EINVAL, verb, "\"" + name + "\"");
    }
  }

  static void checkXattr(String verb, PathBytes name) throws ProviderException {
    if (name.isEmpty() || name.length() > MOST_NAME) {
      throw failure(Errno.EINVAL, verb, "the extended attribute \"" + name + "\"");
    }
  }

  static void checkMode(String verb, Object what, int mode) throws ProviderException {
    if (mode < 0 || mode > 07777) {
      throw failure(Errno.EINVAL, verb, what);
    }
  }

  static void checkOwner(Object what, long id) throws ProviderException {
    if (id < -1 || id > 0xffffffffL) {
      throw failure(Errno.EINVAL, "change the owner of", what);
    }
  }
}
