// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.ChangelogType;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.testkit.internal.lustre.fs.FileData.OnStub;
import java.io.IOException;
import java.util.Set;

/** Opens files and directories. Thread-safe. */
final class Opener {
  /** Bits of the flags of OPEN and CLOSE records, as a Linux client sends them. */
  static final int MODE_READ = 1;

  static final int MODE_WRITE = 2;
  static final int MODE_CREATED = 8;
  static final int MODE_CREATE = 0x40;
  static final int MODE_EXCLUSIVE = 0x80;
  static final int MODE_TRUNCATE = 0x200;

  private final Core core;
  private final Reaper reaper;
  private final FileData data;
  private final Attributes attributes;

  Opener(Core core, Reaper reaper, FileData data, Attributes attributes) {
    this.core = core;
    this.reaper = reaper;
    this.data = data;
    this.attributes = attributes;
  }

  /** The open mode of a set of flags. */
  static int mode(Set<OpenFlag> flags, int created) {
    boolean writes = flags.contains(OpenFlag.WRITE);
    return (flags.contains(OpenFlag.READ) || !writes ? MODE_READ : 0)
        | (writes ? MODE_WRITE : 0)
        | (flags.contains(OpenFlag.CREATE) ? MODE_CREATE : 0)
        | (flags.contains(OpenFlag.EXCLUSIVE) ? MODE_EXCLUSIVE : 0)
        | (flags.contains(OpenFlag.TRUNCATE) ? MODE_TRUNCATE : 0)
        | created;
  }

  /**
   * Opens a regular file.
   *
   * @param what what a message calls it
   * @param created {@link #MODE_CREATED} when this call made it, else 0
   */
  SimFile openFile(Fid fid, Object what, Set<OpenFlag> flags, OnStub onStub, int created)
      throws IOException {
    boolean writes = flags.contains(OpenFlag.WRITE);
    checkFlags(what, flags);
    LiveInode live = hold(fid, writes);
    boolean opened = false;
    try {
      Inode inode = core.inodes.read(fid);
      if (!inode.isRegular()) {
        throw notRegular(inode.type, what);
      }
      int mode = mode(flags, created);
      if (created == 0 && onStub == OnStub.RESTORE) {
        int wanted = ((mode & MODE_READ) != 0 ? Caller.READ : 0) | (writes ? Caller.WRITE : 0);
        checkAllowed(inode, wanted, mode, what);
      }
      SimFile file = new SimFile(core, data, attributes, reaper, live, mode, onStub, flags);
      if (onStub == OnStub.RESTORE) {
        record(RecordDraft.ofOpen(ChangelogType.OPEN, fid, mode));
      }
      if (flags.contains(OpenFlag.TRUNCATE) && created == 0) {
        file.truncate(0);
      }
      opened = true;
      return file;
    } finally {
      if (!opened) {
        reaper.closed(live, writes);
      }
    }
  }

  /** Refuses flags that contradict each other. */
  static void checkFlags(Object what, Set<OpenFlag> flags) throws IOException {
    if (flags.contains(OpenFlag.TRUNCATE) && !flags.contains(OpenFlag.WRITE)) {
      throw Failures.of(
          Errno.EINVAL, "open", what, "TRUNCATE was asked without WRITE", "Ask both.");
    }
    if (flags.contains(OpenFlag.EXCLUSIVE) && !flags.contains(OpenFlag.CREATE)) {
      throw Failures.of(
          Errno.EINVAL, "open", what, "EXCLUSIVE was asked without CREATE", "Ask both.");
    }
  }

  private void checkAllowed(Inode inode, int wanted, int mode, Object what) throws IOException {
    try {
      core.caller.check(inode, wanted, "open", what);
    } catch (ProviderException e) {
      record(RecordDraft.ofOpen(ChangelogType.NOPEN, inode.fid, mode));
      throw e;
    }
  }

  private void record(RecordDraft draft) throws IOException {
    core.logs.pending().add(core.mdt(draft.fid()), draft).store().publish();
  }

  /** Opens a directory. */
  DirectoryRef openDirectory(Fid fid, PathBytes shownPath) throws IOException {
    PosixDirectory host = core.backing.openDirectory(fid);
    return new DirectoryRef(fid, host, shownPath);
  }

  /** Holds an inode by a handle; {@link Reaper#closed} gives it back. */
  LiveInode hold(Fid fid, boolean writes) throws IOException {
    LiveInode live = core.live.acquire(fid);
    boolean held = false;
    try {
      synchronized (live) {
        Inode inode = live.freeing ? null : core.inodes.find(fid);
        if (inode == null) {
          throw Failures.gone(fid);
        }
        live.handles++;
        if (writes) {
          live.writers++;
        }
        held = true;
      }
      return live;
    } finally {
      if (!held) {
        core.live.release(live);
      }
    }
  }

  /** Refuses to open what is no regular file. */
  static IOException notRegular(FileType type, Object what) {
    return switch (type) {
      case SYMLINK ->
          Failures.of(Errno.ELOOP, "open", what, "it is a symbolic link", "Read the link instead.");
      default ->
          Failures.of(Errno.EINVAL, "open", what, "it is a " + type, "Open regular files only.");
    };
  }
}
