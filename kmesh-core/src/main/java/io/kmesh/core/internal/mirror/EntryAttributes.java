// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.XattrFilter;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixInode;
import io.kmesh.spi.posix.XattrMode;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Gives an entry the attributes that its object says, in the order in which none undoes another.
 * What only a privileged process may set is left where the caller may not; a file whose owner could
 * not be set loses suid and sgid, which would lend out the caller's own identity.
 */
final class EntryAttributes {
  private static final int SET_ID = 06000;

  private EntryAttributes() {}

  /** To an open file or directory. */
  static void apply(MirrorAttributes attributes, PosixInode inode) throws IOException {
    apply(attributes, inode, inode.stat(), true);
  }

  /**
   * To a file that was made for this.
   *
   * @param now its stat
   * @param mayHaveXattrs whether it may have attributes already
   */
  static void applyToNew(
      MirrorAttributes attributes, PosixInode file, FileStat now, boolean mayHaveXattrs)
      throws IOException {
    apply(attributes, file, now, mayHaveXattrs);
  }

  private static void apply(
      MirrorAttributes attributes, PosixInode inode, FileStat now, boolean mayHaveXattrs)
      throws IOException {
    long uid = attributes.number(MirrorAttributes.UID, 0xffffffffL).orElse(now.uid());
    long gid = attributes.number(MirrorAttributes.GID, 0xffffffffL).orElse(now.gid());
    boolean isOwned = uid == now.uid() && gid == now.gid();
    if (!isOwned) {
      isOwned = unlessDenied(() -> inode.setOwner(uid, gid));
    }
    Map<PathBytes, byte[]> xattrs = attributes.xattrs();
    for (Map.Entry<PathBytes, byte[]> xattr : xattrs.entrySet()) {
      if (XattrFilter.isContent(xattr.getKey())) {
        unlessDenied(() -> inode.setXattr(xattr.getKey(), xattr.getValue(), XattrMode.SET));
      }
    }
    for (PathBytes name : mayHaveXattrs ? inode.xattrNames() : List.<PathBytes>of()) {
      // Such as an access control list that was inherited from the directory.
      if (XattrFilter.isContent(name) && !xattrs.containsKey(name)) {
        unlessDenied(() -> inode.removeXattr(name));
      }
    }
    Optional<Integer> mode = attributes.mode();
    if (mode.isPresent()) {
      boolean isSafe = isOwned || now.isDirectory();
      inode.setMode(isSafe ? mode.get() : mode.get() & ~SET_ID);
    }
    if (saysTimes(attributes)) {
      inode.setTimes(
          time(attributes, MirrorAttributes.ATIME, now.atime()),
          time(attributes, MirrorAttributes.MTIME, now.mtime()));
    }
  }

  /** Whether an open file or directory has these extended attributes and no others. */
  static boolean hasXattrs(MirrorAttributes attributes, PosixInode inode) throws IOException {
    Map<PathBytes, byte[]> rest = new HashMap<>(attributes.xattrs());
    rest.keySet().removeIf(name -> !XattrFilter.isContent(name));
    for (PathBytes name : inode.xattrNames()) {
      if (XattrFilter.isContent(name)) {
        byte[] wanted = rest.remove(name);
        if (wanted == null || !Arrays.equals(wanted, inode.xattr(name).orElse(null))) {
          return false;
        }
      }
    }
    return rest.isEmpty();
  }

  /** To an entry that can't be opened: a link or a special file. */
  static void apply(MirrorAttributes attributes, PosixDirectory parent, PathBytes name)
      throws IOException {
    FileStat now = parent.stat(name);
    long uid = attributes.number(MirrorAttributes.UID, 0xffffffffL).orElse(now.uid());
    long gid = attributes.number(MirrorAttributes.GID, 0xffffffffL).orElse(now.gid());
    boolean isOwned = uid == now.uid() && gid == now.gid();
    if (!isOwned) {
      isOwned = unlessDenied(() -> parent.setOwner(name, uid, gid));
    }
    for (Map.Entry<PathBytes, byte[]> xattr : attributes.xattrs().entrySet()) {
      if (XattrFilter.isContent(xattr.getKey())) {
        unlessDenied(() -> parent.setXattr(name, xattr.getKey(), xattr.getValue(), XattrMode.SET));
      }
    }
    Optional<Integer> mode = attributes.mode();
    if (mode.isPresent() && now.type() != FileType.SYMLINK) {
      parent.setMode(name, isOwned ? mode.get() : mode.get() & ~SET_ID);
    }
    if (saysTimes(attributes)) {
      parent.setTimes(
          name,
          time(attributes, MirrorAttributes.ATIME, now.atime()),
          time(attributes, MirrorAttributes.MTIME, now.mtime()));
    }
  }

  private static boolean saysTimes(MirrorAttributes attributes) {
    return attributes.text(MirrorAttributes.ATIME).isPresent()
        || attributes.text(MirrorAttributes.MTIME).isPresent();
  }

  private static FileTime time(MirrorAttributes attributes, String name, FileTime otherwise)
      throws ProviderException {
    return attributes.time(name).orElse(otherwise);
  }

  private interface Call {
    void run() throws IOException;
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
