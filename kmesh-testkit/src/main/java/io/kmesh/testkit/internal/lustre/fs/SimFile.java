// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.ChangelogRecord.HsmEvent;
import io.kmesh.lustre.ChangelogType;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.AllocateMode;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.SyncMode;
import io.kmesh.spi.posix.XattrMode;
import io.kmesh.testkit.internal.lustre.fs.FileData.OnStub;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/** An open regular file of the simulated file system. Thread-safe. */
final class SimFile implements PosixFile, SimHandle {
  private static final int CLOSE_MODE =
      Opener.MODE_READ | Opener.MODE_WRITE | Opener.MODE_CREATE | Opener.MODE_TRUNCATE;

  private final Core core;
  private final FileData data;
  private final Attributes attributes;
  private final Reaper reaper;
  private final LiveInode live;
  private final int mode;
  private final OnStub onStub;
  private final boolean notesAccess;
  private final AtomicBoolean wasRead = new AtomicBoolean();
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile boolean wasWritten;

  SimFile(
      Core core,
      FileData data,
      Attributes attributes,
      Reaper reaper,
      LiveInode live,
      int mode,
      OnStub onStub,
      Set<OpenFlag> flags) {
    this.core = core;
    this.data = data;
    this.attributes = attributes;
    this.reaper = reaper;
    this.live = live;
    this.mode = mode;
    this.onStub = onStub;
    this.notesAccess = !flags.contains(OpenFlag.NO_ACCESS_TIME) && onStub == OnStub.RESTORE;
  }

  @Override
  public Core core() {
    return core;
  }

  @Override
  public Fid fid() {
    return live.fid;
  }

  private void checkOpen(int wanted, String verb) throws ProviderException {
    if (closed.get()) {
      throw Failures.of(Errno.EBADF, verb, live.fid, "the handle is closed", "Open it again.");
    }
    if ((mode & wanted) != wanted) {
      throw Failures.of(
          Errno.EBADF, verb, live.fid, "the file was not opened for that", "Open it so.");
    }
  }

  @Override
  public int read(ByteBuffer target, long offset) throws IOException {
    checkOpen(Opener.MODE_READ, "read");
    int read = data.read(live, onStub, target, offset);
    if (notesAccess && wasRead.compareAndSet(false, true)) {
      data.noteRead(live);
    }
    return read;
  }

  @Override
  public void write(ByteBuffer source, long offset) throws IOException {
    checkOpen(Opener.MODE_WRITE, "write");
    wasWritten = true;
    data.write(live, onStub, source, offset);
  }

  @Override
  public void truncate(long size) throws IOException {
    checkOpen(0, "truncate");
    if ((mode & Opener.MODE_WRITE) == 0) {
      throw Failures.of(
          Errno.EINVAL, "truncate", live.fid, "it was opened for reading", "Open it for writing.");
    }
    wasWritten = true;
    data.truncate(live, onStub, size);
  }

  @Override
  public OptionalLong nextData(long offset) throws IOException {
    checkOpen(0, "find data in");
    return data.nextData(live, onStub, offset);
  }

  @Override
  public long nextHole(long offset) throws IOException {
    checkOpen(0, "find a hole in");
    return data.nextHole(live, onStub, offset);
  }

  @Override
  public void allocate(AllocateMode how, long offset, long length) throws IOException {
    checkOpen(Opener.MODE_WRITE, "allocate");
    wasWritten = true;
    data.allocate(live, onStub, how, offset, length);
  }

  @Override
  public FileStat stat() throws IOException {
    checkOpen(0, "stat");
    return core.stat(live.fid);
  }

  @Override
  public void setMode(int permissions) throws IOException {
    checkOpen(0, "set the mode of");
    attributes.changeMode(live.fid, permissions);
  }

  @Override
  public void setOwner(long uid, long gid) throws IOException {
    checkOpen(0, "set the owner of");
    attributes.changeOwner(live.fid, uid, gid);
  }

  @Override
  public void setTimes(FileTime atime, FileTime mtime) throws IOException {
    checkOpen(0, "set the times of");
    attributes.changeTimes(live.fid, atime, mtime);
  }

  @Override
  public List<PathBytes> xattrNames() throws IOException {
    checkOpen(0, "list the attributes of");
    return attributes.xattrNames(live.fid);
  }

  @Override
  public Optional<byte[]> xattr(PathBytes name) throws IOException {
    checkOpen(0, "read an attribute of");
    return attributes.xattr(live.fid, name);
  }

  @Override
  public void setXattr(PathBytes name, byte[] value, XattrMode how) throws IOException {
    checkOpen(0, "set an attribute of");
    attributes.changeXattr(live.fid, name, value, how);
  }

  @Override
  public void removeXattr(PathBytes name) throws IOException {
    checkOpen(0, "remove an attribute of");
    attributes.removeXattr(live.fid, name);
  }

  @Override
  public void sync(SyncMode how) throws IOException {
    checkOpen(0, "sync");
    data.sync(live);
  }

  @Override
  public void close() throws IOException {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    boolean writes = (mode & Opener.MODE_WRITE) != 0;
    try {
      if (onStub == OnStub.RESTORE) {
        recordClose(wasWritten && data.settle(live));
      }
    } finally {
      reaper.closed(live, writes);
    }
  }

  private void recordClose(boolean becameDirty) throws IOException {
    int mdt = core.mdt(live.fid);
    ChangelogLog log = core.logs.log(mdt);
    boolean writes = (mode & (Opener.MODE_WRITE | Opener.MODE_TRUNCATE)) != 0;
    PendingRecords records = core.logs.pending();
    if (becameDirty) {
      records.add(
          mdt, RecordDraft.of(ChangelogType.HSM, HsmFlags.of(HsmEvent.STATE, 0, true), live.fid));
    }
    if (wasWritten) {
      int times = Attributes.LA_ATIME | Attributes.LA_MTIME | Attributes.LA_CTIME;
      records.add(mdt, RecordDraft.of(ChangelogType.MTIME, times, live.fid));
    }
    // Lustre tells of a close after reading only where it also tells of opens.
    if (writes || log.wants(ChangelogType.OPEN)) {
      records.add(mdt, RecordDraft.of(ChangelogType.CLOSE, mode & CLOSE_MODE, live.fid));
    }
    records.store().publish();
  }
}
