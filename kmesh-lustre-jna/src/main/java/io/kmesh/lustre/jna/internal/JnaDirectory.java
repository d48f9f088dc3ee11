// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal;

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
import io.kmesh.spi.posix.XattrMode;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** An open directory. Thread-safe. */
final class JnaDirectory extends JnaInode implements PosixDirectory {
  private static final PathBytes SELF = PathBytes.of(".");
  private static final int S_IFDIR = 0040000;

  JnaDirectory(Fd fd, Place place) {
    super(fd, place);
  }

  /**
   * Opens a directory.
   *
   * @param parent the descriptor that {@code path} is relative to
   * @param path the address of a C string
   * @param flags O_NOFOLLOW, or 0 to follow a link
   */
  static JnaDirectory open(int parent, long path, int flags, Place place) throws IOException {
    boolean pathOnly = false;
    int fd = Calls.openat(parent, path, flags | Calls.DIRECTORY, 0);
    if (fd == -Linux.EACCES) {
      // A directory that may be searched and not listed: its entries can be reached by name.
      fd = Calls.openat(parent, path, flags | Calls.DIRECTORY | Linux.O_PATH, 0);
      pathOnly = true;
    }
    if (fd < 0) {
      throw Failures.of("open the directory", place, fd);
    }
    return new JnaDirectory(new Fd(fd, pathOnly), place);
  }

  /** A new handle of the same directory. */
  JnaDirectory reopen() throws IOException {
    Scratch scratch = Scratch.ofThread();
    int number = acquire("open the directory");
    boolean pathOnly = false;
    int r;
    try {
      r = openItself(number, scratch);
      if (r == -Linux.EACCES) {
        r = Calls.openat(number, scratch.first(SELF), Calls.DIRECTORY | Linux.O_PATH, 0);
        pathOnly = true;
      }
    } finally {
      fd.release();
    }
    if (r < 0) {
      throw Failures.of("open the directory", place, r);
    }
    return new JnaDirectory(new Fd(r, pathOnly), place);
  }

  private int begin(String action, PathBytes name) throws IOException {
    Failures.requireName(action, place, name);
    int number = fd.acquire();
    if (number < 0) {
      throw Failures.of(action, place.of(name), Linux.EBADF);
    }
    return number;
  }

  /** Begins with the directory to which a name is to be brought; the text is made when it fails. */
  private int beginTo(String action, PathBytes name, String how, PathBytes toName)
      throws IOException {
    int number = toName.isName() ? fd.acquire() : -1;
    return number >= 0 ? number : begin(action + " " + name + " " + how, toName);
  }

  private void end(int result, String action, PathBytes name) throws IOException {
    if (result < 0) {
      throw Failures.of(action, place.of(name), result);
    }
  }

  @Override
  public OptionalLong fileSystemType() throws IOException {
    Scratch scratch = Scratch.ofThread();
    int number = acquire("ask the file system of");
    int r;
    try {
      r = Calls.fstatfs(number, scratch.out());
    } finally {
      fd.release();
    }
    if (r < 0) {
      throw Failures.of("ask the file system of", place, r);
    }
    return OptionalLong.of(scratch.outLong(0) & 0xffff_ffffL);
  }

  /** Makes durable all that was written to its file system. */
  void syncFileSystem() throws IOException {
    int number = acquire("sync the file system of");
    int r;
    try {
      r = Calls.syncfs(number);
    } finally {
      fd.release();
    }
    if (r < 0) {
      throw Failures.of("sync the file system of", place, r);
    }
  }

  @Override
  public FileStat stat(PathBytes name) throws IOException {
    Scratch scratch = Scratch.ofThread();
    end(askStat(name, scratch), "stat", name);
    return Stats.decode(scratch, place);
  }

  @Override
  public Optional<FileStat> find(PathBytes name) throws IOException {
    Scratch scratch = Scratch.ofThread();
    int r = askStat(name, scratch);
    if (r == -Linux.ENOENT) {
      return Optional.empty();
    }
    end(r, "stat", name);
    return Optional.of(Stats.decode(scratch, place));
  }

  private int askStat(PathBytes name, Scratch scratch) throws IOException {
    int number = begin("stat", name);
    try {
      return Stats.ask(number, scratch.first(name), scratch);
    } finally {
      fd.release();
    }
  }

  @Override
  public PosixDirectory openDirectory(PathBytes name) throws IOException {
    int number = begin("open the directory", name);
    try {
      return open(number, Scratch.ofThread().first(name), Calls.NOFOLLOW, place.of(name));
    } finally {
      fd.release();
    }
  }

  @Override
  public PosixFile openFile(PathBytes name, Set<OpenFlag> flags) throws IOException {
    int number = begin("open", name);
    try {
      return new FileOpener(number, name, place.of(name), flags).open();
    } finally {
      fd.release();
    }
  }

  private static int openItself(int number, Scratch scratch) {
    int r = Calls.openat(number, scratch.first(SELF), Calls.DIRECTORY, 0);
    if (r == -Linux.EACCES) {
      // A directory that may be listed and not searched: "." is searched, the magic link is not.
      r = Calls.openat(Linux.AT_FDCWD, scratch.throughProc(number), Calls.DIRECTORY, 0);
    }
    return r;
  }

  @Override
  public DirectoryCursor entries() throws IOException {
    int number = acquire("list");
    int r;
    try {
      r = openItself(number, Scratch.ofThread());
    } finally {
      fd.release();
    }
    if (r < 0) {
      throw Failures.of("list", place, r);
    }
    return new JnaCursor(new Fd(r, false), place);
  }

  @Override
  public void makeDirectory(PathBytes name, int mode) throws IOException {
    String action = "make the directory";
    Failures.requireMode(action, place.of(name), mode);
    Scratch scratch = Scratch.ofThread();
    int number = begin(action, name);
    try {
      // Ours alone until it has its mode; opened, so that no other directory gets that mode.
      end(Calls.mkdirat(number, scratch.first(name), 0700), action, name);
      try {
        int made = Calls.openat(number, scratch.first(name), Calls.DIRECTORY | Calls.NOFOLLOW, 0);
        end(made, action, name);
        try {
          int r = Calls.fchmod(made, mode);
          Modes.check(r, mode, made, scratch.empty(), scratch, place.of(name));
        } finally {
          Calls.close(made);
        }
      } catch (IOException e) {
        Calls.unlinkat(number, scratch.first(name), Linux.AT_REMOVEDIR);
        throw e;
      }
    } finally {
      fd.release();
    }
  }

  @Override
  public void makeSymlink(PathBytes name, PathBytes target) throws IOException {
    String action = "make the symbolic link";
    int number = begin(action, name);
    try (NativeBuffer text = NativeBuffer.take(target.length() + 1)) {
      text.bytes().position(0);
      target.copyTo(text.bytes());
      text.bytes().put((byte) 0);
      int r = Calls.symlinkat(text.address(), number, Scratch.ofThread().first(name));
      end(r, action, name);
    } finally {
      fd.release();
    }
  }

  @Override
  public PathBytes readSymlink(PathBytes name) throws IOException {
    String action = "read the symbolic link";
    int number = begin(action, name);
    try (NativeBuffer text = NativeBuffer.take()) {
      long path = Scratch.ofThread().first(name);
      long r = Calls.readlinkat(number, path, text.address(), text.size());
      end((int) r, action, name);
      return PathBytes.of(text.copy((int) r));
    } finally {
      fd.release();
    }
  }

  @Override
  public void makeNode(PathBytes name, FileType type, int mode, long rdev) throws IOException {
    String action = "make the special file";
    Failures.requireMode(action, place.of(name), mode);
    int device = deviceOf(name, type, rdev);
    Scratch scratch = Scratch.ofThread();
    int number = begin(action, name);
    try {
      end(
          Calls.mknodat(number, scratch.first(name), type.bits() | 0600, device),
          action + " (" + type + ")",
          name);
      try {
        setModeOfNew(number, name, type, mode, scratch);
      } catch (IOException e) {
        Calls.unlinkat(number, scratch.first(name), 0);
        throw e;
      }
    } finally {
      fd.release();
    }
  }

  private int deviceOf(PathBytes name, FileType type, long rdev) throws IOException {
    String action = "make the special file";
    switch (type) {
      case FIFO, SOCKET -> {
        return 0;
      }
      case CHARACTER_DEVICE, BLOCK_DEVICE -> {
        long device = Stats.packDevice(rdev);
        if (device == -1) {
          throw Failures.refused(
              action,
              place.of(name),
              Errno.EINVAL,
              "the device number " + (rdev >>> 32) + ":" + (rdev & 0xffffffffL) + " is too large",
              "Pass a major number below 4096 and a minor number below 1048576.");
        }
        return (int) device;
      }
      default ->
          throw Failures.refused(
              action,
              place.of(name),
              Errno.EINVAL,
              type + " is not made by this call",
              "Use openFile, makeDirectory or makeSymlink.");
    }
  }

  private void setModeOfNew(int directory, PathBytes name, FileType type, int mode, Scratch scratch)
      throws IOException {
    int inode = Calls.openat(directory, scratch.first(name), Linux.O_PATH | Calls.NOFOLLOW, 0);
    end(inode, "set the mode of", name);
    try {
      end(Stats.askType(inode, scratch.empty(), scratch), "set the mode of", name);
      if (Stats.typeOrNull(Stats.mode(scratch)) != type) {
        throw Failures.refused(
            "set the mode of",
            place.of(name),
            Errno.ESTALE,
            "another file took its place meanwhile",
            "Keep others from writing to this directory.");
      }
      Modes.setByPathDescriptor(inode, mode, scratch, place.of(name));
    } finally {
      Calls.close(inode);
    }
  }

  @Override
  public void link(PathBytes name, PosixDirectory to, PathBytes toName) throws IOException {
    String action = "link";
    JnaDirectory target = own(action, name, to);
    Scratch scratch = Scratch.ofThread();
    int number = begin(action, name);
    try {
      int targetNumber = target.beginTo(action, name, "as", toName);
      try {
        int r = Calls.linkat(number, scratch.first(name), targetNumber, scratch.second(toName));
        if (r < 0) {
          throw twoNames(action, name, target, toName, r);
        }
      } finally {
        target.fd.release();
      }
    } finally {
      fd.release();
    }
  }

  @Override
  public void rename(PathBytes name, PosixDirectory to, PathBytes toName, RenameMode mode)
      throws IOException {
    String action = "rename";
    JnaDirectory target = own(action, name, to);
    Scratch scratch = Scratch.ofThread();
    int number = begin(action, name);
    try {
      int targetNumber = target.beginTo(action, name, "to", toName);
      try {
        long from = scratch.first(name);
        long into = scratch.second(toName);
        int r =
            switch (mode) {
              case REPLACE -> Calls.renameat(number, from, targetNumber, into);
              case NO_REPLACE -> renameToFree(number, from, targetNumber, into, scratch);
              case EXCHANGE ->
                  Calls.renameat2(number, from, targetNumber, into, Linux.RENAME_EXCHANGE);
            };
        if (r < 0) {
          throw renameFailure(number, name, target, toName, mode, r);
        }
      } finally {
        target.fd.release();
      }
    } finally {
      fd.release();
    }
  }

  /**
   * Renames to a name that nothing has. Some file systems refuse the kernel's flag for that
   * (EINVAL; Lustre's client is one): then a file gets the name as a second one, which takes no
   * name that is taken, and loses the first; a directory is renamed after a look, and what a plain
   * rename can replace behind that look is an empty directory only.
   */
  private static int renameToFree(int from, long name, int to, long toName, Scratch scratch) {
    int r = Calls.renameat2(from, name, to, toName, Linux.RENAME_NOREPLACE);
    if (r != -Linux.EINVAL && r != -Linux.ENOSYS) {
      return r;
    }
    int known = Stats.askType(from, name, scratch);
    if (known < 0) {
      return known;
    }
    if ((Stats.mode(scratch) & Linux.S_IFMT) == S_IFDIR) {
      int there = Stats.askType(to, toName, scratch);
      return there == -Linux.ENOENT
          ? Calls.renameat(from, name, to, toName)
          : there < 0 ? there : -Linux.EEXIST;
    }
    int linked = Calls.linkat(from, name, to, toName);
    if (linked < 0) {
      return linked == -Linux.EEXIST || linked == -Linux.ENOENT ? linked : r;
    }
    int removed = Calls.unlinkat(from, name, 0);
    if (removed < 0) {
      Calls.unlinkat(to, toName, 0);
    }
    return removed;
  }

  private IOException renameFailure(
      int number, PathBytes name, JnaDirectory target, PathBytes toName, RenameMode mode, int r) {
    Scratch scratch = Scratch.ofThread();
    // EINVAL also says "into itself", but only of directories.
    boolean modeIsUnknown =
        mode != RenameMode.REPLACE
            && (r == -Linux.ENOSYS
                || (r == -Linux.EINVAL
                    && Stats.askType(number, scratch.first(name), scratch) == 0
                    && (Stats.mode(scratch) & Linux.S_IFMT) != S_IFDIR));
    if (modeIsUnknown) {
      return Failures.unsupported(
          "rename (" + mode + ")",
          place.of(name) + " to " + target.place.of(toName),
          r,
          "this file system has no rename of that mode",
          "Use REPLACE, or another file system.");
    }
    return twoNames("rename (" + mode + ")", name, target, toName, r);
  }

  private IOException twoNames(
      String action, PathBytes name, JnaDirectory target, PathBytes toName, int errno) {
    return Failures.of(action, place.of(name) + " to " + target.place.of(toName), errno);
  }

  private JnaDirectory own(String action, PathBytes name, PosixDirectory other) throws IOException {
    if (other instanceof JnaDirectory directory) {
      return directory;
    }
    throw Failures.refused(
        action,
        place.of(name),
        Errno.EXDEV,
        "the other directory (" + other + ") is of another tree",
        "Open both directories from one tree.");
  }

  @Override
  public void unlink(PathBytes name) throws IOException {
    int number = begin("remove", name);
    int r;
    try {
      r = Calls.unlinkat(number, Scratch.ofThread().first(name), 0);
    } finally {
      fd.release();
    }
    end(r, "remove", name);
  }

  @Override
  public void removeDirectory(PathBytes name) throws IOException {
    String action = "remove the directory";
    int number = begin(action, name);
    int r;
    try {
      r = Calls.unlinkat(number, Scratch.ofThread().first(name), Linux.AT_REMOVEDIR);
    } finally {
      fd.release();
    }
    end(r, action, name);
  }

  @Override
  public void setMode(PathBytes name, int mode) throws IOException {
    Failures.requireMode("set the mode of", place.of(name), mode);
    int number = begin("set the mode of", name);
    try {
      Modes.setEntry(number, name, mode, Scratch.ofThread(), place.of(name));
    } finally {
      fd.release();
    }
  }

  @Override
  public void setOwner(PathBytes name, long uid, long gid) throws IOException {
    Failures.requireOwner("set the owner of", place.of(name), uid, gid);
    int number = begin("set the owner of", name);
    int r;
    try {
      long path = Scratch.ofThread().first(name);
      r = Calls.fchownat(number, path, (int) uid, (int) gid, Linux.AT_SYMLINK_NOFOLLOW);
    } finally {
      fd.release();
    }
    if (r < 0) {
      throw Failures.of("set the owner " + uid + ":" + gid + " of", place.of(name), r);
    }
  }

  @Override
  public void setTimes(PathBytes name, FileTime atime, FileTime mtime) throws IOException {
    Scratch scratch = Scratch.ofThread();
    int number = begin("set the times of", name);
    int r;
    try {
      long times = scratch.times(atime, mtime);
      r = Calls.utimensat(number, scratch.first(name), times, Linux.AT_SYMLINK_NOFOLLOW);
    } finally {
      fd.release();
    }
    if (r < 0) {
      throw Failures.of("set the times " + atime + ", " + mtime + " of", place.of(name), r);
    }
  }

  @Override
  public List<PathBytes> xattrNames(PathBytes name) throws IOException {
    int number = begin("list the extended attributes of", name);
    Scratch scratch = Scratch.ofThread();
    try {
      return Xattrs.names(-1, scratch.throughProc(number, name), place.of(name));
    } catch (IOException e) {
      throw withoutProc(e, number, name);
    } finally {
      fd.release();
    }
  }

  @Override
  public Optional<byte[]> xattr(PathBytes name, PathBytes xattr) throws IOException {
    int number = begin("read an extended attribute of", name);
    Scratch scratch = Scratch.ofThread();
    try {
      long path = scratch.throughProc(number, name);
      return Xattrs.value(-1, path, xattr, scratch, place.of(name));
    } catch (IOException e) {
      throw withoutProc(e, number, name);
    } finally {
      fd.release();
    }
  }

  @Override
  public void setXattr(PathBytes name, PathBytes xattr, byte[] value, XattrMode mode)
      throws IOException {
    int number = begin("set an extended attribute of", name);
    Scratch scratch = Scratch.ofThread();
    try {
      long path = scratch.throughProc(number, name);
      Xattrs.set(-1, path, xattr, value, mode, scratch, place.of(name));
    } catch (IOException e) {
      throw withoutProc(e, number, name);
    } finally {
      fd.release();
    }
  }

  @Override
  public void removeXattr(PathBytes name, PathBytes xattr) throws IOException {
    int number = begin("remove an extended attribute of", name);
    Scratch scratch = Scratch.ofThread();
    try {
      Xattrs.remove(-1, scratch.throughProc(number, name), xattr, scratch, place.of(name));
    } catch (IOException e) {
      throw withoutProc(e, number, name);
    } finally {
      fd.release();
    }
  }

  /** Tells a missing entry from a missing /proc, through which entries' attributes are reached. */
  private IOException withoutProc(IOException e, int number, PathBytes name) {
    Scratch scratch = Scratch.ofThread();
    boolean missing =
        e instanceof ProviderException p && p.errno().filter(Errno.ENOENT::equals).isPresent();
    if (missing && Stats.askType(number, scratch.first(name), scratch) == 0) {
      return Failures.unsupported(
          "reach the extended attributes of",
          place.of(name),
          Linux.ENOENT,
          "/proc is not mounted here",
          "Mount /proc, or use the handle of the open file or directory.");
    }
    return e;
  }
}
