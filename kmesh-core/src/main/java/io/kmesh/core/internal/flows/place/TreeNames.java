// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import java.io.IOException;
import java.util.Optional;

/** What a tree can do with names, and what is done where it can't. Thread-safe. */
public final class TreeNames {
  private final boolean hasLinks;
  private volatile boolean hasModes;

  /** For a tree, which stays the caller's. */
  public TreeNames(PosixTree tree) {
    this.hasLinks = tree.capabilities().contains(PosixCapability.HARD_LINKS);
    this.hasModes = tree.capabilities().contains(PosixCapability.RENAME_MODES);
  }

  /** Whether a failure is of one kind. */
  static boolean is(ProviderException e, Errno errno) {
    return e.errno().equals(Optional.of(errno));
  }

  /**
   * Renames to a name that nothing has.
   *
   * @throws ProviderException EEXIST when something has it
   */
  public void move(PosixDirectory from, PathBytes name, PosixDirectory to, PathBytes toName)
      throws IOException {
    if (hasModes) {
      try {
        from.rename(name, to, toName, RenameMode.NO_REPLACE);
        return;
      } catch (ProviderException e) {
        if (e.kind() != ErrorKind.UNSUPPORTED) {
          throw e;
        }
        hasModes = false;
      }
    }
    if (to.find(toName).isPresent()) {
      throw new ProviderException(
          Errno.EEXIST,
          "Cannot rename " + name + " to " + toName + ": something has that name. Look at it.");
    }
    from.rename(name, to, toName, RenameMode.REPLACE);
  }

  /**
   * Gives an entry that is no directory a second name, so that another can replace it without a
   * moment in which its name leads nowhere; where that can't be, moves it there.
   */
  void setAside(PosixDirectory from, PathBytes name, PosixDirectory to, PathBytes toName)
      throws IOException {
    if (hasLinks) {
      try {
        from.link(name, to, toName);
        return;
      } catch (ProviderException e) {
        // Not one's own file where the kernel protects others' (EPERM), or too many names.
        if (e.kind() != ErrorKind.DENIED
            && e.kind() != ErrorKind.UNSUPPORTED
            && !is(e, Errno.EMLINK)) {
          throw e;
        }
      }
    }
    move(from, name, to, toName);
  }

  /**
   * Removes a directory, if nothing is in it.
   *
   * @return whether it is gone
   */
  static boolean removeIfEmpty(PosixDirectory directory, PathBytes name) throws IOException {
    try {
      directory.removeDirectory(name);
      return true;
    } catch (ProviderException e) {
      if (!is(e, Errno.ENOTEMPTY) && !is(e, Errno.EEXIST)) {
        throw e;
      }
      return false;
    }
  }

  /** Takes a name away, if something that is no directory has it. */
  static void unlinkIfThere(PosixDirectory directory, PathBytes name) throws IOException {
    try {
      directory.unlink(name);
    } catch (ProviderException e) {
      if (!is(e, Errno.ENOENT)) {
        throw e;
      }
    }
  }
}
