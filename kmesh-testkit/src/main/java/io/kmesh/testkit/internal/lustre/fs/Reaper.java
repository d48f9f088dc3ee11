// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmFlag;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Frees inodes without a name when nobody has them open. The slot goes last, so that a killed
 * process leaves an inode without names that the next opening frees. Thread-safe.
 */
final class Reaper {
  private final Core core;

  Reaper(Core core) {
    this.core = core;
  }

  /** Frees an inode that has no name and is no volatile file, now or at its last close. */
  void unlinked(Fid fid) throws IOException {
    LiveInode one = core.live.acquire(fid);
    try {
      synchronized (one) {
        one.unlinked = true;
        if (one.handles > 0 || one.freeing) {
          return;
        }
        one.freeing = true;
      }
      free(one);
    } finally {
      core.live.release(one);
    }
  }

  /** Gives back a handle, which holds a use of the live inode; the last one frees the unlinked. */
  void closed(LiveInode one, boolean wasWriter) throws IOException {
    try {
      synchronized (one) {
        one.handles--;
        if (wasWriter) {
          one.writers--;
        }
        if (one.handles > 0 || !one.unlinked || one.freeing) {
          return;
        }
        one.freeing = true;
      }
      free(one);
    } finally {
      core.live.release(one);
    }
  }

  private void free(LiveInode one) throws IOException {
    Inode inode = core.inodes.find(one.fid);
    if (inode == null) {
      return;
    }
    if (inode.isRegular() && inode.hsm.has(HsmFlag.EXISTS)) {
      core.restore().onLastUnlink(one.fid, inode.hsm);
    }
    one.data.writeLock().lock();
    try {
      one.closeObject();
    } finally {
      one.data.writeLock().unlock();
    }
    Space.@Nullable Use use;
    Inodes.Stripes held = core.inodes.lock(one.fid);
    try {
      inode = core.inodes.find(one.fid);
      if (inode == null) {
        return;
      }
      use = inode.isRegular() ? core.use(inode) : null;
      if (inode.generation != 0) {
        core.backing.removeObject(one.fid, inode.generation);
      }
      core.inodes.dropReplacedOverflow(one.fid, inode.overflow);
      core.inodes.free(one.fid);
    } finally {
      held.close();
    }
    if (use != null) {
      core.space.change(one.fid, use, null, false);
    }
    core.space.removeInode(core.mdt(one.fid));
  }
}
