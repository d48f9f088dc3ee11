// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
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
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An open directory of an {@link ObjectTree}. Thread-safe. */
final class ObjectDirectory extends ObjectInode implements PosixDirectory {
  private static final Set<OpenFlag> READING = Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME);

  ObjectDirectory(ObjectTree tree, long number, PathBytes path) throws IOException {
    super(tree, number, path);
  }

  private PathBytes at(PathBytes name) {
    return path().resolve(name);
  }

  /** The entry of a name; to be called with the index's monitor. */
  private @Nullable Entry lookUp(PathBytes name) throws IOException {
    requireOpen();
    Posix.checkName("look up", name);
    return index().entry(number(), name);
  }

  /** The entry of a name that has one; to be called with the index's monitor. */
  private Entry require(PathBytes name) throws IOException {
    Entry entry = lookUp(name);
    if (entry == null) {
      throw Posix.refusal(Errno.ENOENT, "find " + at(name), "there is no such entry");
    }
    return entry;
  }

  private Inode inodeOf(PathBytes name) throws IOException {
    return index().existing(require(name).inode());
  }

  @Override
  public FileStat stat(PathBytes name) throws IOException {
    synchronized (index()) {
      return tree().stat(inodeOf(name));
    }
  }

  @Override
  public Optional<FileStat> find(PathBytes name) throws IOException {
    synchronized (index()) {
      Entry entry = lookUp(name);
      return entry == null
          ? Optional.empty()
          : Optional.of(tree().stat(index().existing(entry.inode())));
    }
  }

  @Override
  public PosixDirectory openDirectory(PathBytes name) throws IOException {
    synchronized (index()) {
      Entry entry = require(name);
      if (!entry.isDirectory()) {
        throw Posix.refusal(Errno.ENOTDIR, "open " + at(name), "it is no directory");
      }
      return new ObjectDirectory(tree(), entry.inode(), at(name));
    }
  }

  @Override
  public PosixFile openFile(PathBytes name, Set<OpenFlag> flags) throws IOException {
    synchronized (index()) {
      Entry entry = lookUp(name);
      boolean isNonsense =
          (flags.contains(OpenFlag.TRUNCATE) && !flags.contains(OpenFlag.WRITE))
              || (flags.contains(OpenFlag.EXCLUSIVE) && !flags.contains(OpenFlag.CREATE));
      if (isNonsense) {
        throw Posix.refusal(Errno.EINVAL, "open " + at(name), "its flags contradict");
      }
      if (!READING.containsAll(flags)) {
        TreeWriter unused = writer("write " + at(name) + " in");
      }
      if (entry == null && flags.contains(OpenFlag.CREATE)) {
        TreeEdits edits = writer("create").edits();
        Inode made = edits.create("create", number(), name, FileType.REGULAR, 0600);
        return new ObjectFile(tree(), made.number(), at(name), flags);
      }
      return open(entry == null ? require(name) : entry, flags);
    }
  }

  private PosixFile open(Entry entry, Set<OpenFlag> flags) throws IOException {
    PathBytes path = at(entry.name());
    if (flags.contains(OpenFlag.EXCLUSIVE)) {
      throw Posix.refusal(Errno.EEXIST, "create " + path, "something has that name");
    }
    if (entry.type() == FileType.SYMLINK) {
      throw Posix.refusal(Errno.ELOOP, "open " + path, "it is a symbolic link");
    }
    if (entry.type() != FileType.REGULAR) {
      throw Posix.refusal(Errno.EINVAL, "open " + path, "it is no regular file");
    }
    if (flags.contains(OpenFlag.TRUNCATE)) {
      writer("cut").bytes().truncate(index().existing(entry.inode()), 0);
    }
    return new ObjectFile(tree(), entry.inode(), path, flags);
  }

  @Override
  public DirectoryCursor entries() throws IOException {
    synchronized (index()) {
      requireOpen();
      return new ObjectCursor(tree(), number(), shown());
    }
  }

  @Override
  public PathBytes readSymlink(PathBytes name) throws IOException {
    synchronized (index()) {
      Inode inode = inodeOf(name);
      if (inode.type() != FileType.SYMLINK) {
        throw Posix.refusal(Errno.EINVAL, "read " + at(name) + " as a link", "it is none");
      }
      return inode.target();
    }
  }

  @Override
  public List<PathBytes> xattrNames(PathBytes name) throws IOException {
    synchronized (index()) {
      return List.copyOf(inodeOf(name).xattrs().keySet());
    }
  }

  @Override
  public Optional<byte[]> xattr(PathBytes name, PathBytes xattr) throws IOException {
    synchronized (index()) {
      return xattr(inodeOf(name), xattr);
    }
  }

  /** What changes the tree, once a name was looked up; to be called with the index's monitor. */
  private TreeEdits edits(String what, PathBytes name) throws IOException {
    Entry unused = lookUp(name);
    return writer(what + " " + at(name) + " in").edits();
  }

  private ObjectDirectory other(String what, PosixDirectory to) throws IOException {
    if (!(to instanceof ObjectDirectory other) || other.tree() != tree()) {
      throw Posix.refusal(Errno.EXDEV, what + " from " + shown(), "it is another tree");
    }
    other.requireOpen();
    return other;
  }

  @Override
  public void makeDirectory(PathBytes name, int mode) throws IOException {
    synchronized (index()) {
      Inode unused = edits("make", name).create("make", number(), name, FileType.DIRECTORY, mode);
    }
  }

  @Override
  public void makeSymlink(PathBytes name, PathBytes target) throws IOException {
    synchronized (index()) {
      edits("make", name).makeSymlink(number(), name, target);
    }
  }

  @Override
  public void makeNode(PathBytes name, FileType type, int mode, long rdev) throws IOException {
    synchronized (index()) {
      edits("make", name).makeNode(number(), name, type, mode, rdev);
    }
  }

  @Override
  public void link(PathBytes name, PosixDirectory to, PathBytes toName) throws IOException {
    synchronized (index()) {
      edits("link", name).link(number(), name, other("link", to).number(), toName);
    }
  }

  @Override
  public void rename(PathBytes name, PosixDirectory to, PathBytes toName, RenameMode mode)
      throws IOException {
    synchronized (index()) {
      edits("rename", name).rename(number(), name, other("rename", to).number(), toName, mode);
    }
  }

  @Override
  public void unlink(PathBytes name) throws IOException {
    synchronized (index()) {
      edits("remove", name).unlink(number(), name);
    }
  }

  @Override
  public void removeDirectory(PathBytes name) throws IOException {
    synchronized (index()) {
      edits("remove", name).removeDirectory(number(), name);
    }
  }

  @Override
  public void setMode(PathBytes name, int mode) throws IOException {
    synchronized (index()) {
      edits("set the mode of", name).setMode(inodeOf(name), mode);
    }
  }

  @Override
  public void setOwner(PathBytes name, long uid, long gid) throws IOException {
    synchronized (index()) {
      edits("set the owner of", name).setOwner(inodeOf(name), uid, gid);
    }
  }

  @Override
  public void setTimes(PathBytes name, FileTime atime, FileTime mtime) throws IOException {
    synchronized (index()) {
      edits("set the times of", name).setTimes(inodeOf(name), atime, mtime);
    }
  }

  @Override
  public void setXattr(PathBytes name, PathBytes xattr, byte[] value, XattrMode mode)
      throws IOException {
    synchronized (index()) {
      edits("set " + xattr + " of", name).setXattr(inodeOf(name), xattr, value, mode);
    }
  }

  @Override
  public void removeXattr(PathBytes name, PathBytes xattr) throws IOException {
    synchronized (index()) {
      edits("remove " + xattr + " of", name).removeXattr(inodeOf(name), xattr);
    }
  }
}
