// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;

/**
 * Who uses the file system. Number 0 may do all.
 *
 * @param uid the user's number
 * @param gid the group's number
 */
record Caller(long uid, long gid) {
  static final int READ = 4;
  static final int WRITE = 2;
  static final int EXECUTE = 1;

  boolean isPrivileged() {
    return uid == 0;
  }

  boolean owns(Inode inode) {
    return isPrivileged() || inode.uid == uid;
  }

  /** Refuses with EACCES what the permission bits do not allow. */
  void check(Inode inode, int wanted, String verb, Object object) throws ProviderException {
    if (isPrivileged()) {
      return;
    }
    int shift = inode.uid == uid ? 6 : inode.gid == gid ? 3 : 0;
    if ((inode.mode >> shift & wanted) != wanted) {
      throw Failures.of(
          Errno.EACCES,
          verb,
          object,
          String.format("mode %04o of user %d does not allow user %d", inode.mode, inode.uid, uid),
          "Ask its owner.");
    }
  }

  /** Refuses with EPERM what is for the owner only. */
  void checkOwner(Inode inode, String verb, Object object) throws ProviderException {
    if (!owns(inode)) {
      throw Failures.of(
          Errno.EPERM, verb, object, "it belongs to user " + inode.uid, "Ask its owner.");
    }
  }

  /** Refuses the removal of another user's entry from a sticky directory. */
  void checkSticky(Inode directory, Inode entry, Object object) throws ProviderException {
    if ((directory.mode & 01000) != 0 && !owns(directory) && !owns(entry)) {
      throw Failures.of(
          Errno.EPERM,
          "remove",
          object,
          "its directory is sticky and it belongs to user " + entry.uid,
          "Ask its owner.");
    }
  }
}
