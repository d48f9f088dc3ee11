// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.SyncMode;
import io.kmesh.spi.posix.XattrMode;
import io.kmesh.testkit.internal.lustre.fs.FileData.OnStub;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/** An open directory of the simulated file system. Thread-safe. */
final class SimDirectory implements PosixDirectory, SimHandle {
  private static final int MAX_SYMLINK = 4095;

  private final SimTree tree;
  private final Core core;
  private final LiveInode live;
  private final DirectoryRef ref;
  private final AtomicBoolean closed = new AtomicBoolean();

  SimDirectory(SimTree tree, LiveInode live, DirectoryRef ref) {
    this.tree = tree;
    this.core = tree.core;
    this.live = live;
    this.ref = ref;
  }

  @Override
  public Core core() {
    return core;
  }

  @Override
  public Fid fid() {
    return ref.fid();
  }

  /** An open directory of a file system as what it is; EINVAL for another's. */
  static SimDirectory of(PosixDirectory directory, Core core) throws ProviderException {
    if (directory instanceof SimDirectory own && own.core == core) {
      return own;
    }
    throw Failures.of(
        Errno.EINVAL,
        "create in",
        directory,
        "it is not open in this file system",
        "Open it through this binding's tree.");
  }

  /** The open directory, for changes of its names. */
  DirectoryRef ref() throws ProviderException {
    checkOpen();
    return ref;
  }

  private void checkOpen() throws ProviderException {
    if (closed.get()) {
      throw Failures.of(
          Errno.EBADF, "use", ref.fid(), "the handle is closed", "Open the directory again.");
    }
  }

  /** What a name holds, when the caller may search the directory. */
  private EntryText lookup(PathBytes name) throws IOException {
    checkSearch(name);
    return tree.names.lookup(ref, name);
  }

  private void checkSearch(PathBytes name) throws IOException {
    checkOpen();
    if (!core.caller.isPrivileged()) {
      core.caller.check(core.inodes.read(ref.fid()), Caller.EXECUTE, "find", ref.at(name));
    }
  }

  /** The FID of an entry. */
  Fid fidOf(PathBytes name) throws IOException {
    return lookup(name).fid();
  }

  @Override
  public FileStat stat(PathBytes name) throws IOException {
    return core.stat(fidOf(name));
  }

  @Override
  public Optional<FileStat> find(PathBytes name) throws IOException {
    checkSearch(name);
    EntryText text = tree.names.find(ref, name);
    Inode inode = text == null ? null : core.inodes.find(text.fid());
    return Optional.ofNullable(inode).map(i -> i.stat(Core.DEVICE));
  }

  @Override
  public PosixDirectory openDirectory(PathBytes name) throws IOException {
    EntryText text = lookup(name);
    if (text.type() == FileType.SYMLINK) {
      throw Failures.of(
          Errno.ELOOP, "open", ref.at(name), "it is a symbolic link", "Read the link instead.");
    }
    if (text.type() != FileType.DIRECTORY) {
      throw Failures.of(
          Errno.ENOTDIR, "open", ref.at(name), "it is not a directory", "Open it as a file.");
    }
    return tree.openDirectory(text.fid(), ref.at(name));
  }

  @Override
  public PosixFile openFile(PathBytes name, Set<OpenFlag> flags) throws IOException {
    Opener.checkFlags(ref.at(name), flags);
    while (true) {
      checkSearch(name);
      boolean creates = flags.contains(OpenFlag.CREATE);
      if (creates && flags.contains(OpenFlag.EXCLUSIVE)) {
        return create(name, flags);
      }
      EntryText text = creates ? tree.names.find(ref, name) : tree.names.lookup(ref, name);
      if (text == null) {
        try {
          return create(name, flags);
        } catch (ProviderException e) {
          // Another made the name first.
          Backing.ignore(e, Errno.EEXIST);
          continue;
        }
      }
      if (text.type() != FileType.REGULAR) {
        throw Opener.notRegular(text.type(), ref.at(name));
      }
      return tree.opener.openFile(text.fid(), ref.at(name), flags, OnStub.RESTORE, 0);
    }
  }

  private PosixFile create(PathBytes name, Set<OpenFlag> flags) throws IOException {
    Inode made = tree.names.create(ref, name, Birth.of(FileType.REGULAR, 0600));
    return tree.opener.openFile(made.fid, ref.at(name), flags, OnStub.RESTORE, Opener.MODE_CREATED);
  }

  @Override
  public DirectoryCursor entries() throws IOException {
    checkOpen();
    if (!core.caller.isPrivileged()) {
      core.caller.check(core.inodes.read(ref.fid()), Caller.READ, "list", ref.fid());
    }
    return new SimCursor(core.backing.openDirectory(ref.fid()));
  }

  @Override
  public void makeDirectory(PathBytes name, int mode) throws IOException {
    Attributes.checkMode(ref.at(name), mode);
    checkSearch(name);
    tree.names.create(ref, name, Birth.of(FileType.DIRECTORY, mode));
  }

  @Override
  public void makeSymlink(PathBytes name, PathBytes target) throws IOException {
    checkSearch(name);
    if (target.isEmpty() || target.length() > MAX_SYMLINK) {
      throw Failures.of(
          target.isEmpty() ? Errno.ENOENT : Errno.ENAMETOOLONG,
          "make the link",
          ref.at(name),
          "its text has " + target.length() + " bytes",
          "Use 1 to " + MAX_SYMLINK + ".");
    }
    tree.names.create(
        ref, name, new Birth(FileType.SYMLINK, 0777, 0, target, null, i -> {}, List.of()));
  }

  @Override
  public PathBytes readSymlink(PathBytes name) throws IOException {
    EntryText text = lookup(name);
    PathBytes target =
        text.type() == FileType.SYMLINK ? core.inodes.readVars(text.fid()).symlinkTarget : null;
    if (target == null) {
      throw Failures.of(
          Errno.EINVAL,
          "read the link",
          ref.at(name),
          "it is not a symbolic link",
          "Open it instead.");
    }
    return target;
  }

  @Override
  public void makeNode(PathBytes name, FileType type, int mode, long rdev) throws IOException {
    Attributes.checkMode(ref.at(name), mode);
    checkSearch(name);
    boolean device = type == FileType.CHARACTER_DEVICE || type == FileType.BLOCK_DEVICE;
    if (!device && type != FileType.FIFO && type != FileType.SOCKET) {
      throw Failures.of(
          Errno.EINVAL,
          "make the node",
          ref.at(name),
          "a " + type + " is none",
          "Use the call for it.");
    }
    if (device && !core.caller.isPrivileged()) {
      throw Failures.of(
          Errno.EPERM,
          "make the device",
          ref.at(name),
          "user " + core.caller.uid() + " may not do it",
          "Run as user 0.");
    }
    tree.names.create(
        ref, name, new Birth(type, mode, device ? rdev : 0, null, null, inode -> {}, List.of()));
  }

  @Override
  public void link(PathBytes name, PosixDirectory to, PathBytes toName) throws IOException {
    checkSearch(name);
    tree.names.link(ref, name, other(to), toName);
  }

  @Override
  public void rename(PathBytes name, PosixDirectory to, PathBytes toName, RenameMode mode)
      throws IOException {
    checkSearch(name);
    tree.names.rename(ref, name, other(to), toName, mode);
  }

  private DirectoryRef other(PosixDirectory to) throws ProviderException {
    if (to instanceof SimDirectory directory && directory.core == core) {
      return directory.ref();
    }
    throw Failures.of(Errno.EXDEV, "use", to, "it belongs to another file system", "Copy instead.");
  }

  @Override
  public void unlink(PathBytes name) throws IOException {
    checkSearch(name);
    tree.names.unlink(ref, name);
  }

  @Override
  public void removeDirectory(PathBytes name) throws IOException {
    checkSearch(name);
    tree.names.removeDirectory(ref, name);
  }

  @Override
  public void setMode(PathBytes name, int mode) throws IOException {
    EntryText text = lookup(name);
    if (text.type() == FileType.SYMLINK) {
      throw Failures.of(
          Errno.EOPNOTSUPP, "set the mode of", ref.at(name), "it is a symbolic link", "Leave it.");
    }
    tree.attributes.changeMode(text.fid(), mode);
  }

  @Override
  public void setOwner(PathBytes name, long uid, long gid) throws IOException {
    tree.attributes.changeOwner(fidOf(name), uid, gid);
  }

  @Override
  public void setTimes(PathBytes name, FileTime atime, FileTime mtime) throws IOException {
    tree.attributes.changeTimes(fidOf(name), atime, mtime);
  }

  @Override
  public List<PathBytes> xattrNames(PathBytes name) throws IOException {
    return tree.attributes.xattrNames(fidOf(name));
  }

  @Override
  public Optional<byte[]> xattr(PathBytes name, PathBytes xattr) throws IOException {
    return tree.attributes.xattr(fidOf(name), xattr);
  }

  @Override
  public void setXattr(PathBytes name, PathBytes xattr, byte[] value, XattrMode mode)
      throws IOException {
    tree.attributes.changeXattr(fidOf(name), xattr, value, mode);
  }

  @Override
  public void removeXattr(PathBytes name, PathBytes xattr) throws IOException {
    tree.attributes.removeXattr(fidOf(name), xattr);
  }

  @Override
  public FileStat stat() throws IOException {
    checkOpen();
    return core.stat(ref.fid());
  }

  @Override
  public void setMode(int mode) throws IOException {
    checkOpen();
    tree.attributes.changeMode(ref.fid(), mode);
  }

  @Override
  public void setOwner(long uid, long gid) throws IOException {
    checkOpen();
    tree.attributes.changeOwner(ref.fid(), uid, gid);
  }

  @Override
  public void setTimes(FileTime atime, FileTime mtime) throws IOException {
    checkOpen();
    tree.attributes.changeTimes(ref.fid(), atime, mtime);
  }

  @Override
  public List<PathBytes> xattrNames() throws IOException {
    checkOpen();
    return tree.attributes.xattrNames(ref.fid());
  }

  @Override
  public Optional<byte[]> xattr(PathBytes name) throws IOException {
    checkOpen();
    return tree.attributes.xattr(ref.fid(), name);
  }

  @Override
  public void setXattr(PathBytes name, byte[] value, XattrMode mode) throws IOException {
    checkOpen();
    tree.attributes.changeXattr(ref.fid(), name, value, mode);
  }

  @Override
  public void removeXattr(PathBytes name) throws IOException {
    checkOpen();
    tree.attributes.removeXattr(ref.fid(), name);
  }

  @Override
  public void sync(SyncMode mode) throws IOException {
    checkOpen();
    ref.host().sync(SyncMode.ALL);
    core.backing.syncEntry(Backing.Area.DIRECTORIES, ref.fid());
    core.logs.sync();
    core.inodes.sync();
  }

  @Override
  public void close() throws IOException {
    if (closed.compareAndSet(false, true)) {
      try {
        ref.host().close();
      } finally {
        tree.reaper.closed(live, false);
      }
    }
  }
}
