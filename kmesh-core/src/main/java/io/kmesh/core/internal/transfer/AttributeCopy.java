// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixInode;
import io.kmesh.spi.posix.XattrMode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Copies owner, extended attributes, mode and times, in the order in which none undoes another:
 * chown clears suid and capabilities, an ACL changes the mode's group bits, everything but utimes
 * may change times. What only a privileged process may set (owner, trusted and security attributes)
 * is left where the caller may not; a file whose owner could not be set loses suid and sgid, which
 * would lend out the caller's own identity. Thread-safe.
 */
final class AttributeCopy {
  private static final int SET_ID = 06000;
  private static final byte[] USER = "user.".getBytes(StandardCharsets.US_ASCII);

  private final Predicate<PathBytes> leftOut;

  AttributeCopy(Predicate<PathBytes> leftOut) {
    this.leftOut = leftOut;
  }

  /** Whether owner and mode, as far as a stat tells, are those of the source. */
  static boolean areEqual(FileStat present, FileStat stat) {
    return present.mode() == stat.mode()
        && present.uid() == stat.uid()
        && present.gid() == stat.gid();
  }

  /** Attributes of an open file or directory to another. */
  void copy(PosixInode from, FileStat stat, PosixInode to) throws IOException {
    FileStat now = to.stat();
    boolean isOwned = now.uid() == stat.uid() && now.gid() == stat.gid();
    if (!isOwned) {
      isOwned = unlessDenied(() -> to.setOwner(stat.uid(), stat.gid()));
    }
    Set<PathBytes> extra = new HashSet<>(to.xattrNames());
    for (PathBytes name : from.xattrNames()) {
      if (isCopied(name)) {
        Optional<byte[]> value = from.xattr(name);
        if (value.isPresent()) {
          extra.remove(name);
          set(name, () -> to.setXattr(name, value.get(), XattrMode.SET));
        }
      }
    }
    for (PathBytes name : extra) {
      if (isCopied(name)) {
        set(name, () -> to.removeXattr(name));
      }
    }
    to.setMode(modeOf(stat, isOwned));
    to.setTimes(stat.atime(), stat.mtime());
  }

  /** Attributes of an entry that can't be opened: a link or a special file. */
  void copy(PosixDirectory from, PathBytes name, FileStat stat, PosixDirectory to, PathBytes toName)
      throws IOException {
    FileStat now = to.stat(toName);
    boolean isOwned = now.uid() == stat.uid() && now.gid() == stat.gid();
    if (!isOwned) {
      isOwned = unlessDenied(() -> to.setOwner(toName, stat.uid(), stat.gid()));
    }
    List<PathBytes> names;
    try {
      names = from.xattrNames(name);
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.UNSUPPORTED && e.kind() != ErrorKind.DENIED) {
        throw e;
      }
      names = List.of();
    }
    for (PathBytes xattr : names) {
      if (isCopied(xattr)) {
        Optional<byte[]> value = from.xattr(name, xattr);
        if (value.isPresent()) {
          set(xattr, () -> to.setXattr(toName, xattr, value.get(), XattrMode.SET));
        }
      }
    }
    int mode = modeOf(stat, isOwned);
    if (stat.type() != FileType.SYMLINK && to.stat(toName).mode() != mode) {
      to.setMode(toName, mode);
    }
    to.setTimes(toName, stat.atime(), stat.mtime());
  }

  private static int modeOf(FileStat stat, boolean isOwned) {
    return isOwned || stat.isDirectory() ? stat.mode() : stat.mode() & ~SET_ID;
  }

  private boolean isCopied(PathBytes name) {
    return XattrFilter.isContent(name) && !leftOut.test(name);
  }

  private interface Call {
    void run() throws IOException;
  }

  private static void set(PathBytes name, Call call) throws IOException {
    if (isOfUser(name)) {
      call.run();
    } else {
      unlessDenied(call);
    }
  }

  private static boolean isOfUser(PathBytes name) {
    if (name.length() < USER.length) {
      return false;
    }
    for (int i = 0; i < USER.length; i++) {
      if (name.at(i) != USER[i]) {
        return false;
      }
    }
    return true;
  }

  private static boolean unlessDenied(Call call) throws IOException {
    try {
      call.run();
      return true;
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.DENIED && e.kind() != ErrorKind.UNSUPPORTED) {
        throw e;
      }
      return false;
    }
  }
}
