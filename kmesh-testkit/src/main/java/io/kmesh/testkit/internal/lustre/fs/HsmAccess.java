// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.ChangelogRecord.HsmEvent;
import io.kmesh.lustre.ChangelogType;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.lustre.ImportAttributes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixInode;
import io.kmesh.testkit.internal.lustre.HsmAttributes;
import io.kmesh.testkit.internal.lustre.HsmInodes;
import io.kmesh.testkit.internal.lustre.HsmRecord;
import io.kmesh.testkit.internal.lustre.fs.FileData.OnStub;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the coordinator may do with the file system. Thread-safe. */
final class HsmAccess implements HsmInodes {
  /** What follows the CREAT of an import, as a running Lustre wrote it. */
  private static final List<ChangelogType> PLAIN_IMPORT =
      List.of(
          ChangelogType.OPEN,
          ChangelogType.LYOUT,
          ChangelogType.HSM,
          ChangelogType.TRUNC,
          ChangelogType.CLOSE);

  /**
   * liblustreapi imports plain stubs only. A composite one is made in steps: an empty file with the
   * layout, its HSM state set, released, and then the import on the open file.
   */
  private static final List<ChangelogType> COMPOSITE_IMPORT =
      List.of(
          ChangelogType.OPEN,
          ChangelogType.LYOUT,
          ChangelogType.CLOSE,
          ChangelogType.HSM,
          ChangelogType.OPEN,
          ChangelogType.TRUNC,
          ChangelogType.LYOUT,
          ChangelogType.CLOSE,
          ChangelogType.OPEN,
          ChangelogType.HSM,
          ChangelogType.TRUNC,
          ChangelogType.CLOSE);

  private final Core core;
  private final Names names;
  private final Opener opener;
  private final Reaper reaper;
  private final Identity identity;
  private final Walk walk;
  private final Path directory;

  HsmAccess(
      Core core,
      Names names,
      Opener opener,
      Reaper reaper,
      Identity identity,
      Walk walk,
      Path directory) {
    this.core = core;
    this.names = names;
    this.opener = opener;
    this.reaper = reaper;
    this.identity = identity;
    this.walk = walk;
    this.directory = directory;
  }

  @Override
  public boolean exists(Fid fid) throws IOException {
    return core.inodes.find(fid) != null;
  }

  @Override
  public FileStat stat(Fid fid) throws IOException {
    return core.stat(fid);
  }

  @Override
  public boolean isRegular(Fid fid) throws IOException {
    return core.inodes.read(fid).isRegular();
  }

  @Override
  public int mdt(Fid fid) throws IOException {
    return core.mdt(fid);
  }

  @Override
  public List<Integer> mdts() {
    return identity.mdts();
  }

  @Override
  public Fid fid(PosixInode open) throws IOException {
    return identity.fid(open);
  }

  @Override
  public List<PathBytes> paths(Fid fid) throws IOException {
    return names.paths(fid);
  }

  @Override
  public HsmAttributes attributes(Fid fid) throws IOException {
    return core.inodes.read(fid).hsm;
  }

  @Override
  public HsmAttributes update(Fid fid, Change change, @Nullable HsmRecord record)
      throws IOException {
    PendingRecords records = core.logs.pending();
    try {
      return core.inodes.update(
              fid,
              inode -> {
                HsmAttributes before = inode.hsm;
                inode.hsm = change.apply(before);
                if (record != null) {
                  records.add(core.mdt(fid), draft(fid, record, inode.hsm)).store();
                }
                return !inode.hsm.equals(before);
              })
          .hsm;
    } finally {
      records.publish();
    }
  }

  private static RecordDraft draft(Fid fid, HsmRecord record, HsmAttributes after) {
    int flags = HsmFlags.of(record.event(), record.error(), after.has(HsmFlag.DIRTY));
    return RecordDraft.of(ChangelogType.HSM, flags, fid);
  }

  @Override
  public long dataVersion(Fid fid) throws IOException {
    Inode inode = core.inodes.read(fid);
    return inode.isStub() ? 0 : inode.dataVersion;
  }

  @Override
  public Fid createVolatile(Fid of) throws IOException {
    Inode owner = core.inodes.read(of);
    int mdt = core.mdt(of);
    core.space.checkInode(mdt);
    Placement start = Placement.unplaced(names.defaultBeside(of));
    Fid fid = core.inodes.allocate(mdt);
    Inode made = new Inode(fid, FileType.REGULAR);
    made.set(Inode.VOLATILE);
    made.mode = 0600;
    made.uid = owner.uid;
    made.gid = owner.gid;
    made.atime = core.now();
    made.mtime = made.atime;
    made.ctime = made.atime;
    made.dataVersion = (fid.oid() & 0xffffL) << 32 | 1;
    InodeVars vars = new InodeVars();
    vars.placement = core.space.place(start, fid, 0);
    Inodes.Stripes held = core.inodes.lock(fid);
    try {
      core.inodes.replaceVars(made, vars);
      core.inodes.write(made);
    } finally {
      held.close();
    }
    core.space.addInode(mdt);
    core.space.change(fid, null, core.use(made), false);
    return fid;
  }

  @Override
  public PosixFile openInternal(Fid fid, Set<OpenFlag> flags) throws IOException {
    return opener.openFile(fid, fid, flags, OnStub.SEE_EMPTY, 0);
  }

  @Override
  public void swapRestored(Fid file, Fid volatileFid, @Nullable HsmRecord record)
      throws IOException {
    LiveInode target = core.live.acquire(file);
    LiveInode source = core.live.acquire(volatileFid);
    try {
      target.data.writeLock().lock();
      source.data.writeLock().lock();
      try {
        swap(target, source, record);
      } finally {
        source.data.writeLock().unlock();
        target.data.writeLock().unlock();
      }
    } finally {
      core.live.release(source);
      core.live.release(target);
    }
    dropVolatile(volatileFid);
  }

  private void swap(LiveInode target, LiveInode source, @Nullable HsmRecord record)
      throws IOException {
    Fid file = target.fid;
    Fid from = source.fid;
    int mdt = core.mdt(file);
    PendingRecords records = core.logs.pending();
    long replaced;
    Inodes.Stripes held = core.inodes.lock(file, from);
    try {
      Inode inode = core.inodes.read(file);
      Inode content = core.inodes.read(from);
      if (!inode.isStub() || !inode.hsm.has(HsmFlag.RELEASED) || inode.links == 0) {
        throw Failures.of(
            Errno.EINVAL,
            "end the restore of",
            file,
            "it is not released any more: " + inode.hsm.state(),
            "End the action with an error.");
      }
      if (!content.has(Inode.VOLATILE)) {
        throw Failures.of(
            Errno.EINVAL, "end the restore of", file, from + " is no volatile file", "Begin anew.");
      }
      Space.Use stub = core.use(inode);
      Space.Use moved = core.use(content);
      long allocated =
          content.generation == 0 ? 0 : source.object(core.backing, content).stat().blocks() * 512;
      source.closeObject();
      if (content.generation != 0) {
        long generation = inode.nextGeneration();
        core.backing.moveObject(from, content.generation, file, generation);
        inode.generation = generation;
      }
      inode.size = content.size;
      inode.allocated = allocated;
      inode.dataVersion = Math.max(inode.dataVersion, content.dataVersion) + 1;
      inode.clear(Inode.STUB | Inode.WRITTEN);
      inode.hsm = inode.hsm.without(HsmFlag.RELEASED, HsmFlag.DIRTY).atVersion(inode.dataVersion);
      InodeVars vars = core.inodes.vars(inode);
      vars.placement = core.placement(content);
      replaced = core.inodes.replaceVars(inode, vars);
      records.add(mdt, draft(file, HsmRecord.of(HsmEvent.ARCHIVE), inode.hsm));
      records.add(mdt, draft(file, HsmRecord.of(HsmEvent.RELEASE), inode.hsm));
      if (record != null) {
        records.add(mdt, draft(file, record, inode.hsm));
      }
      records.store();
      core.inodes.write(inode);
      content.generation = 0;
      content.size = 0;
      content.allocated = 0;
      InodeVars none = new InodeVars();
      none.placement = Placement.unplaced(core.shape.defaultLayout());
      long dropped = core.inodes.replaceVars(content, none);
      core.inodes.write(content);
      core.inodes.dropReplacedOverflow(from, dropped);
      core.space.change(file, stub, core.use(inode), false);
      core.space.change(from, moved, core.use(content), false);
    } finally {
      held.close();
      records.publish();
    }
    core.inodes.dropReplacedOverflow(file, replaced);
  }

  @Override
  public void dropVolatile(Fid volatileFid) throws IOException {
    Inodes.Stripes held = core.inodes.lock(volatileFid);
    try {
      Inode inode = core.inodes.find(volatileFid);
      if (inode == null || !inode.has(Inode.VOLATILE)) {
        return;
      }
      inode.clear(Inode.VOLATILE);
      core.inodes.write(inode);
    } finally {
      held.close();
    }
    reaper.unlinked(volatileFid);
  }

  @Override
  public void release(Fid fid) throws IOException {
    LiveInode live = core.live.acquire(fid);
    try {
      live.data.writeLock().lock();
      try {
        release(live);
      } finally {
        live.data.writeLock().unlock();
      }
    } finally {
      core.live.release(live);
    }
  }

  private void release(LiveInode live) throws IOException {
    Fid fid = live.fid;
    Inode seen = core.inodes.read(fid);
    if (!seen.isRegular()) {
      throw refused(seen, "it is a " + seen.type);
    }
    if (seen.hsm.has(HsmFlag.RELEASED)) {
      return;
    }
    core.caller.checkOwner(seen, "release", fid);
    synchronized (live) {
      if (live.writers > 0) {
        throw Failures.of(
            Errno.EBUSY, "release", fid, "it is open for writing", "Try again when it is closed.");
      }
    }
    int mdt = core.mdt(fid);
    PendingRecords records =
        core.logs
            .pending()
            .add(mdt, RecordDraft.of(ChangelogType.OPEN, Opener.MODE_WRITE, fid))
            .add(mdt, RecordDraft.of(ChangelogType.TRUNC, 0xf, fid))
            .add(mdt, RecordDraft.of(ChangelogType.LYOUT, 0, fid))
            .add(mdt, RecordDraft.of(ChangelogType.CLOSE, Opener.MODE_WRITE, fid));
    Space.Use use = core.use(seen);
    long[] replaced = new long[1];
    Inode after;
    try {
      after =
          core.inodes.update(
              fid,
              inode -> {
                checkReleasable(inode);
                inode.hsm = inode.hsm.with(HsmFlag.RELEASED);
                inode.set(Inode.STUB);
                inode.generation = 0;
                inode.allocated = 0;
                InodeVars vars = core.inodes.vars(inode);
                vars.placement = Placement.unplaced(core.placement(inode).layout());
                replaced[0] = core.inodes.replaceVars(inode, vars);
                records.store();
                return true;
              });
    } finally {
      records.publish();
    }
    live.closeObject();
    if (seen.generation != 0) {
      core.backing.removeObject(fid, seen.generation);
    }
    core.inodes.dropReplacedOverflow(fid, replaced[0]);
    core.space.change(fid, use, core.use(after), false);
  }

  private static void checkReleasable(Inode inode) throws IOException {
    HsmAttributes hsm = inode.hsm;
    if (!hsm.has(HsmFlag.ARCHIVED)
        || hsm.has(HsmFlag.DIRTY)
        || hsm.has(HsmFlag.NORELEASE)
        || hsm.has(HsmFlag.LOST)) {
      throw refused(inode, "its state is " + hsm.state());
    }
    if (inode.dataVersion != hsm.archivedVersion()) {
      throw refused(
          inode,
          "its data version is "
              + inode.dataVersion
              + " and the archive holds "
              + hsm.archivedVersion());
    }
  }

  private static IOException refused(Inode inode, String reason) {
    return Failures.of(Errno.EPERM, "release", inode.fid, reason, "Archive it as it is now first.");
  }

  @Override
  public Fid importStub(
      PathBytes path, ArchiveId archiveId, ImportAttributes attributes, Layout layout)
      throws IOException {
    checkImport(path, attributes, layout);
    List<PathBytes> parts = Walk.names(path);
    try (SimDirectory parent = walk.parent(path)) {
      return create(parent, parts.get(parts.size() - 1), archiveId, attributes, layout);
    }
  }

  @Override
  public Fid importStub(
      PosixDirectory directory,
      PathBytes name,
      ArchiveId archiveId,
      ImportAttributes attributes,
      Layout layout)
      throws IOException {
    checkImport(name, attributes, layout);
    return create(SimDirectory.of(directory, core), name, archiveId, attributes, layout);
  }

  private void checkImport(PathBytes path, ImportAttributes attributes, Layout layout)
      throws IOException {
    if (!core.caller.isPrivileged()) {
      throw Failures.of(
          Errno.EPERM,
          "import",
          path,
          "user " + core.caller.uid() + " may not do it",
          "Run as user 0.");
    }
    core.space.check(layout, "import", path);
    if (attributes.size() < 0) {
      throw Failures.of(
          Errno.EINVAL, "import", path, "the size is negative", "Use a size of 0 or more.");
    }
  }

  private Fid create(
      SimDirectory parent,
      PathBytes name,
      ArchiveId archiveId,
      ImportAttributes attributes,
      Layout layout)
      throws IOException {
    Birth birth =
        new Birth(
            FileType.REGULAR,
            attributes.mode() & 0777,
            0,
            null,
            layout,
            inode -> {
              inode.set(Inode.STUB);
              inode.uid = attributes.uid();
              inode.gid = attributes.gid();
              inode.size = attributes.size();
              inode.mtime = attributes.mtime();
              inode.atime = attributes.atime();
              inode.hsm =
                  new HsmAttributes(0, archiveId.value(), 0)
                      .with(HsmFlag.EXISTS, HsmFlag.ARCHIVED, HsmFlag.RELEASED);
            },
            layout.isComposite() ? COMPOSITE_IMPORT : PLAIN_IMPORT);
    return names.create(parent.ref(), name, birth).fid;
  }

  @Override
  public long callerUid() {
    return core.caller.uid();
  }

  @Override
  public Path coordinatorDirectory() {
    return directory;
  }
}
