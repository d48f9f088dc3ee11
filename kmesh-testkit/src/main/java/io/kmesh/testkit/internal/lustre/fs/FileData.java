// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.ChangelogType;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.spi.Errno;
import io.kmesh.spi.posix.AllocateMode;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.SyncMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * The data of regular files: reading, writing, cutting, with restore on access. Thread-safe.
 *
 * <p>What a killed process may leave is an object with more bytes than the inode's size says: they
 * are cut at the next opening. A change within the size first gets its new data version, so that no
 * byte of an archived file differs under the version that was archived.
 */
final class FileData {
  /** How an access meets a released file. */
  enum OnStub {
    /** Restores it and waits. */
    RESTORE,
    /** Sees an empty file: for the coordinator. */
    SEE_EMPTY
  }

  /** Most hosts give space to a file in such blocks; where one does not, the close corrects it. */
  private static final long HOST_BLOCK = 4096;

  private static final long RELATIME_SECONDS = Duration.ofDays(1).toSeconds();

  private final Core core;

  FileData(Core core) {
    this.core = core;
  }

  /** Runs under a lock of the live inode with its inode, which has content. */
  @FunctionalInterface
  private interface Access<T> {
    T run(Inode inode) throws IOException;
  }

  private <T> T reading(LiveInode live, OnStub onStub, Access<T> access) throws IOException {
    while (true) {
      live.data.readLock().lock();
      try {
        Inode inode = core.inodes.read(live.fid);
        if (!inode.isStub() || onStub == OnStub.SEE_EMPTY) {
          return access.run(inode);
        }
        checkRestorable(inode);
      } finally {
        live.data.readLock().unlock();
      }
      core.restore().restoreAndWait(live.fid);
    }
  }

  private <T> T writing(LiveInode live, OnStub onStub, Access<T> access) throws IOException {
    while (true) {
      live.data.writeLock().lock();
      try {
        Inode inode = core.inodes.read(live.fid);
        if (!inode.isStub()) {
          return access.run(inode);
        }
        if (onStub == OnStub.SEE_EMPTY) {
          throw Failures.of(
              Errno.EINVAL, "write", live.fid, "the file is released", "Write its volatile file.");
        }
        checkRestorable(inode);
      } finally {
        live.data.writeLock().unlock();
      }
      core.restore().restoreAndWait(live.fid);
    }
  }

  private static void checkRestorable(Inode inode) throws IOException {
    if (!inode.hsm.has(HsmFlag.RELEASED)) {
      throw Failures.of(
          Errno.ENODATA,
          "read",
          inode.fid,
          "its data are gone and its HSM state does not say released: " + inode.hsm.state(),
          "Set the released flag again, or write the file anew.");
    }
  }

  int read(LiveInode live, OnStub onStub, ByteBuffer target, long offset) throws IOException {
    checkRange(live, offset, target.remaining());
    return reading(
        live,
        onStub,
        inode -> {
          long size = inode.isStub() ? 0 : inode.size;
          if (offset >= size) {
            return -1;
          }
          int wanted = (int) Math.min(target.remaining(), size - offset);
          if (wanted == 0) {
            return 0;
          }
          ByteBuffer part = target.slice(target.position(), wanted);
          int read = live.object(core.backing, inode).read(part, offset);
          if (read <= 0) {
            throw Failures.corrupt(
                "the data of " + live.fid, "its object ends before byte " + offset);
          }
          target.position(target.position() + read);
          return read;
        });
  }

  /** Sets the access time as relatime does: when it is not newer than the others, or a day old. */
  void noteRead(LiveInode live) throws IOException {
    Inode seen = core.inodes.find(live.fid);
    if (seen == null || !isAccessTimeDue(seen)) {
      return;
    }
    PendingRecords records =
        core.logs
            .pending()
            .add(
                core.mdt(live.fid),
                RecordDraft.of(ChangelogType.ATIME, Attributes.LA_ATIME, live.fid));
    try {
      core.inodes.update(
          live.fid,
          inode -> {
            if (!isAccessTimeDue(inode)) {
              return false;
            }
            inode.atime = core.now();
            records.store();
            return true;
          });
    } finally {
      records.publish();
    }
  }

  private boolean isAccessTimeDue(Inode inode) {
    FileTime now = core.now();
    return inode.atime.compareTo(inode.mtime) <= 0
        || inode.atime.compareTo(inode.ctime) <= 0
        || now.seconds() - inode.atime.seconds() >= RELATIME_SECONDS;
  }

  void write(LiveInode live, OnStub onStub, ByteBuffer source, long offset) throws IOException {
    checkRange(live, offset, source.remaining());
    if (!source.hasRemaining()) {
      return;
    }
    writing(
        live,
        onStub,
        inode -> {
          long end = offset + source.remaining();
          long size = Math.max(inode.size, end);
          long allocated = inode.allocated + newlyAllocated(inode, offset, end, size);
          take(live, inode, size, allocated);
          if (offset < inode.size) {
            stepVersion(live);
          }
          change(
              live,
              inode,
              object -> {
                core.steps.before("write data");
                object.write(source, offset);
              });
          live.modified = true;
          core.inodes.update(
              live.fid,
              stored -> {
                stored.noteDataChange(core.now());
                if (!core.caller.isPrivileged()) {
                  Attributes.dropSpecialBits(stored);
                }
                stored.nameObject(inode.generation);
                stored.size = size;
                stored.allocated = allocated;
                return true;
              });
          return true;
        });
  }

  /**
   * What a write takes in a file without holes, in whole blocks of the host; exact at the close.
   */
  private static long newlyAllocated(Inode inode, long offset, long end, long size) {
    long span = wholeBlocks(end) - offset / HOST_BLOCK * HOST_BLOCK;
    return Math.min(span, Math.max(0, wholeBlocks(size) - inode.allocated));
  }

  private static long wholeBlocks(long bytes) {
    long whole = bytes / HOST_BLOCK * HOST_BLOCK;
    return whole == bytes || whole > Long.MAX_VALUE - HOST_BLOCK ? bytes : whole + HOST_BLOCK;
  }

  /** Says before data are changed in place that they are not the archived ones any more. */
  private void stepVersion(LiveInode live) throws IOException {
    core.inodes.update(
        live.fid,
        stored -> {
          stored.stepVersion();
          return true;
        });
  }

  /** Counts the space of a larger file, and places components that it reaches now. */
  private void take(LiveInode live, Inode inode, long size, long allocated) throws IOException {
    Placement before = core.placement(inode);
    Placement after = core.space.place(before, live.fid, size);
    int mdt = core.mdt(live.fid);
    core.space.change(
        live.fid,
        new Space.Use(mdt, before, inode.size, inode.allocated),
        new Space.Use(mdt, after, size, allocated),
        allocated > inode.allocated);
    if (!after.equals(before)) {
      PendingRecords records =
          core.logs.pending().add(mdt, RecordDraft.of(ChangelogType.LYOUT, 0, live.fid));
      long[] replaced = new long[1];
      try {
        core.inodes.update(
            live.fid,
            stored -> {
              InodeVars storedVars = core.inodes.vars(stored);
              storedVars.placement = after;
              replaced[0] = core.inodes.replaceVars(stored, storedVars);
              records.store();
              return true;
            });
      } finally {
        records.publish();
      }
      core.inodes.dropReplacedOverflow(live.fid, replaced[0]);
    }
  }

  /** Changes an object. */
  @FunctionalInterface
  private interface ObjectChange {
    void apply(PosixFile object) throws IOException;
  }

  /**
   * Changes the object, which is made when there is none: {@code inode} has its number then, and
   * the caller stores it together with the size. An object that no slot names is removed when the
   * change fails, and at the next opening when the process dies. The caller holds the data
   * exclusively.
   */
  private void change(LiveInode live, Inode inode, ObjectChange change) throws IOException {
    if (inode.generation != 0) {
      change.apply(live.object(core.backing, inode));
      return;
    }
    long generation = inode.lastGeneration + 1;
    PosixFile made = core.backing.createObject(live.fid, generation);
    live.adopt(made, generation);
    try {
      change.apply(made);
    } catch (IOException e) {
      live.closeObject();
      core.backing.removeObject(live.fid, generation);
      throw e;
    }
    inode.generation = generation;
  }

  /** Sets the size. To 0 needs no restore. */
  void truncate(LiveInode live, OnStub onStub, long size) throws IOException {
    if (size < 0) {
      throw Failures.of(
          Errno.EINVAL,
          "truncate",
          live.fid,
          "the size " + size + " is negative",
          "Use 0 or more.");
    }
    PendingRecords records =
        core.logs
            .pending()
            .add(
                core.mdt(live.fid),
                RecordDraft.of(
                    ChangelogType.TRUNC,
                    Attributes.LA_MTIME | Attributes.LA_CTIME | Attributes.LA_SIZE,
                    live.fid));
    try {
      if (size == 0) {
        empty(live, records);
        return;
      }
      writing(
          live,
          onStub,
          inode -> {
            long allocated = Math.min(inode.allocated, size);
            take(live, inode, size, allocated);
            records.store();
            if (size < inode.size) {
              resize(live, inode, size, allocated);
              PosixFile object = live.object(core.backing, inode);
              core.steps.before("truncate data");
              object.truncate(size);
            } else {
              stepVersion(live);
              change(
                  live,
                  inode,
                  object -> {
                    core.steps.before("truncate data");
                    object.truncate(size);
                  });
              resize(live, inode, size, allocated);
            }
            return true;
          });
    } finally {
      records.publish();
    }
  }

  private void resize(LiveInode live, Inode inode, long size, long allocated) throws IOException {
    live.modified = true;
    core.inodes.update(
        live.fid,
        stored -> {
          stored.noteDataChange(core.now());
          stored.nameObject(inode.generation);
          stored.size = size;
          stored.allocated = allocated;
          return true;
        });
  }

  /** Cuts a file to nothing: a released one becomes an online, changed one. */
  private void empty(LiveInode live, PendingRecords records) throws IOException {
    live.data.writeLock().lock();
    try {
      records.store();
      Inode before = core.inodes.read(live.fid);
      Space.Use use = core.use(before);
      live.closeObject();
      live.modified = true;
      Inode after =
          core.inodes.update(
              live.fid,
              stored -> {
                stored.noteDataChange(core.now());
                stored.size = 0;
                stored.allocated = 0;
                stored.generation = 0;
                if (stored.isStub()) {
                  stored.clear(Inode.STUB);
                  stored.hsm = stored.hsm.without(HsmFlag.RELEASED);
                }
                return true;
              });
      core.space.change(live.fid, use, core.use(after), false);
      if (before.generation != 0) {
        core.backing.removeObject(live.fid, before.generation);
      }
    } finally {
      live.data.writeLock().unlock();
    }
  }

  OptionalLong nextData(LiveInode live, OnStub onStub, long offset) throws IOException {
    checkRange(live, offset, 0);
    return reading(
        live,
        onStub,
        inode -> {
          if (inode.isStub() || offset >= inode.size || inode.generation == 0) {
            return OptionalLong.empty();
          }
          OptionalLong found = live.object(core.backing, inode).nextData(offset);
          return found.isPresent() && found.getAsLong() < inode.size ? found : OptionalLong.empty();
        });
  }

  long nextHole(LiveInode live, OnStub onStub, long offset) throws IOException {
    checkRange(live, offset, 0);
    return reading(
        live,
        onStub,
        inode -> {
          if (offset >= inode.size || inode.isStub() || inode.generation == 0) {
            throw Failures.of(
                Errno.ENXIO,
                "find a hole in",
                live.fid,
                "byte " + offset + " is not before the end at " + inode.size,
                "Ask within the file.");
          }
          return Math.min(inode.size, live.object(core.backing, inode).nextHole(offset));
        });
  }

  void allocate(LiveInode live, OnStub onStub, AllocateMode mode, long offset, long length)
      throws IOException {
    checkRange(live, offset, length);
    if (length == 0) {
      throw Failures.of(
          Errno.EINVAL, "allocate", live.fid, "the range is empty", "Give a length above 0.");
    }
    writing(
        live,
        onStub,
        inode -> {
          if (mode == AllocateMode.RESERVE) {
            long size = Math.max(inode.size, offset + length);
            long allocated = Math.min(size, inode.allocated + length);
            take(live, inode, size, Math.max(allocated, inode.allocated));
            stepVersion(live);
            change(live, inode, object -> object.allocate(mode, offset, length));
            resize(live, inode, size, Math.max(allocated, inode.allocated));
            recount(live);
          } else if (offset < inode.size && inode.generation != 0) {
            stepVersion(live);
            live.object(core.backing, inode)
                .allocate(mode, offset, Math.min(length, inode.size - offset));
            resize(live, inode, inode.size, inode.allocated);
            recount(live);
          }
          return true;
        });
  }

  /**
   * Ends the writing of a handle that wrote: counts the bytes that the object really takes, and
   * sets DIRTY where it is due.
   *
   * @return whether DIRTY is new
   */
  boolean settle(LiveInode live) throws IOException {
    live.data.writeLock().lock();
    try {
      Inode inode = core.inodes.find(live.fid);
      if (inode == null || inode.isStub()) {
        return false;
      }
      long exact =
          inode.generation == 0 ? 0 : live.object(core.backing, inode).stat().blocks() * 512;
      boolean wasModified = live.modified || inode.has(Inode.WRITTEN);
      live.modified = false;
      boolean changes = inode.has(Inode.WRITTEN) || (wasModified && inode.becomesDirty());
      if (exact == inode.allocated && !changes) {
        return false;
      }
      boolean[] dirty = new boolean[1];
      Inode after =
          core.inodes.update(
              live.fid,
              stored -> {
                dirty[0] = wasModified && stored.settleWritten();
                stored.allocated = exact;
                return true;
              });
      if (exact != inode.allocated) {
        core.space.change(live.fid, core.use(inode), core.use(after), false);
      }
      return dirty[0];
    } finally {
      live.data.writeLock().unlock();
    }
  }

  /** Counts the bytes that the object really takes. The caller holds the data exclusively. */
  private void recount(LiveInode live) throws IOException {
    Inode before = core.inodes.read(live.fid);
    long exact = live.object(core.backing, before).stat().blocks() * 512;
    Inode after =
        core.inodes.update(
            live.fid,
            stored -> {
              stored.allocated = exact;
              return true;
            });
    core.space.change(live.fid, core.use(before), core.use(after), false);
  }

  /**
   * Makes data and inode durable. Nothing for a volatile file: it has no name that would bring it
   * back, and the swap that gives its data one is not synced.
   */
  void sync(LiveInode live) throws IOException {
    live.data.readLock().lock();
    try {
      Inode inode = core.inodes.read(live.fid);
      if (inode.has(Inode.VOLATILE)) {
        return;
      }
      if (inode.generation != 0) {
        live.object(core.backing, inode).sync(SyncMode.DATA);
        core.backing.syncEntry(Backing.Area.OBJECTS, live.fid);
      }
      if (inode.overflow != 0) {
        core.backing.syncOverflow(live.fid, inode.overflow);
      }
    } finally {
      live.data.readLock().unlock();
    }
    core.logs.sync();
    core.inodes.sync(core.mdt(live.fid));
  }

  private static void checkRange(LiveInode live, long offset, long length) throws IOException {
    if (offset < 0 || length < 0) {
      throw Failures.of(
          Errno.EINVAL, "use a range of", live.fid, "it begins at " + offset, "Use 0 or more.");
    }
    if (offset + length < 0) {
      throw Failures.of(
          Errno.EFBIG, "use a range of", live.fid, "it ends behind 2^63 - 1", "Use a smaller one.");
    }
  }
}
