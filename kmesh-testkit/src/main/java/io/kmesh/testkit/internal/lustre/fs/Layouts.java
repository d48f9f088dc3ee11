// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.ChangelogType;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.lustre.LayoutSwap;
import io.kmesh.spi.lustre.LustreLayouts;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixInode;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Layouts of files and directories, and migration. Thread-safe. */
final class Layouts implements LustreLayouts {
  private final Core core;
  private final Names names;
  private final Attributes attributes;
  private final Identity identity;
  private final Walk walk;

  Layouts(Core core, Names names, Attributes attributes, Identity identity, Walk walk) {
    this.core = core;
    this.names = names;
    this.attributes = attributes;
    this.identity = identity;
    this.walk = walk;
  }

  @Override
  public Layout layout(Fid fid) throws IOException {
    Inode inode = regular(fid, "read the layout of");
    return Space.effective(core.placement(core.inodes.readVars(fid)), inode.isStub());
  }

  @Override
  public Layout layout(PosixInode open) throws IOException {
    return layout(identity.fid(open));
  }

  private Inode regular(Fid fid, String verb) throws IOException {
    Inode inode = core.inodes.read(fid);
    if (!inode.isRegular()) {
      throw Failures.of(
          Errno.ENODATA, verb, fid, "it is a " + inode.type, "Only files have a layout.");
    }
    return inode;
  }

  @Override
  public Fid createFile(PathBytes path, int mode, Layout layout) throws IOException {
    check(path, layout);
    List<PathBytes> parts = Walk.names(path);
    try (SimDirectory parent = walk.parent(path)) {
      return create(parent, parts.get(parts.size() - 1), mode, layout);
    }
  }

  @Override
  public Fid createFile(PosixDirectory directory, PathBytes name, int mode, Layout layout)
      throws IOException {
    check(name, layout);
    return create(SimDirectory.of(directory, core), name, mode, layout);
  }

  private void check(PathBytes path, Layout layout) throws IOException {
    core.space.check(layout, "create", path);
    if (layout.isReleased()) {
      throw Failures.of(
          Errno.EINVAL, "create", path, "the layout is a released one", "Import a stub instead.");
    }
  }

  private Fid create(SimDirectory parent, PathBytes name, int mode, Layout layout)
      throws IOException {
    Birth birth =
        new Birth(
            FileType.REGULAR,
            mode,
            0,
            null,
            layout,
            inode -> {},
            List.of(ChangelogType.OPEN, ChangelogType.LYOUT, ChangelogType.CLOSE));
    return names.create(parent.ref(), name, birth).fid;
  }

  @Override
  public Optional<Layout> directoryDefault(Fid directory) throws IOException {
    checkDirectory(directory);
    return Optional.ofNullable(core.inodes.readVars(directory).directoryDefault);
  }

  @Override
  public void changeDirectoryDefault(Fid directory, Layout layout) throws IOException {
    checkDirectory(directory);
    core.space.check(layout, "set the default layout of", directory);
    attributes.changeVars(
        directory,
        RecordDraft.ofXattr(ChangelogType.XATTR, directory, PathBytes.of("trusted.lov")),
        (inode, vars) -> {
          core.caller.checkOwner(inode, "set the default layout of", directory);
          vars.directoryDefault = new Layout(layout.components(), false);
        });
  }

  private void checkDirectory(Fid fid) throws IOException {
    if (!core.inodes.read(fid).isDirectory()) {
      throw Failures.of(
          Errno.ENOTDIR, "use the default layout of", fid, "it is not a directory", "Name one.");
    }
  }

  @Override
  public long migrate(Fid fid, Layout layout) throws IOException {
    core.space.check(layout, "migrate", fid);
    LiveInode live = core.live.acquire(fid);
    try {
      live.data.writeLock().lock();
      try {
        return migrate(live, layout);
      } finally {
        live.data.writeLock().unlock();
      }
    } finally {
      core.live.release(live);
    }
  }

  @Override
  public void swap(LayoutSwap swap) throws IOException {
    new SwapOfLayouts(core, names).run(swap);
  }

  private long migrate(LiveInode live, Layout layout) throws IOException {
    Fid fid = live.fid;
    Inode before = regular(fid, "migrate");
    core.caller.check(before, Caller.READ | Caller.WRITE, "migrate", fid);
    synchronized (live) {
      if (live.writers > 0) {
        throw Failures.of(
            Errno.EBUSY, "migrate", fid, "it is open for writing", "Try again when it is closed.");
      }
    }
    if (before.isStub()) {
      throw Failures.of(
          Errno.EOPNOTSUPP, "migrate", fid, "it is released", "Restore it with the layout wanted.");
    }
    Space.Use old = core.use(before);
    Placement target = core.space.place(Placement.unplaced(layout), fid, before.size);
    core.space.change(
        fid, old, new Space.Use(core.mdt(fid), target, before.size, before.allocated), true);
    int mdt = core.mdt(fid);
    int mode = Opener.MODE_READ | Opener.MODE_WRITE;
    PendingRecords records =
        core.logs
            .pending()
            .add(mdt, RecordDraft.of(ChangelogType.OPEN, mode, fid))
            .add(mdt, RecordDraft.of(ChangelogType.LYOUT, 0, fid))
            .add(mdt, RecordDraft.of(ChangelogType.CLOSE, mode, fid));
    long[] replaced = new long[1];
    try {
      Inode after =
          core.inodes.update(
              fid,
              inode -> {
                InodeVars vars = core.inodes.vars(inode);
                vars.placement = target;
                replaced[0] = core.inodes.replaceVars(inode, vars);
                boolean archivedAsIs = inode.hsm.archivedVersion() == inode.dataVersion;
                inode.dataVersion++;
                if (archivedAsIs && inode.hsm.has(HsmFlag.ARCHIVED)) {
                  inode.hsm = inode.hsm.atVersion(inode.dataVersion);
                }
                records.store();
                return true;
              });
      core.inodes.dropReplacedOverflow(fid, replaced[0]);
      return after.dataVersion;
    } finally {
      records.publish();
    }
  }
}
