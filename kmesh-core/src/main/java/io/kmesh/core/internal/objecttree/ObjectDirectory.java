// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

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
    if (!name.isName()) {
      throw ObjectTree.error(
          Errno.EINVAL, "look up " + name + " in " + shown(), "it is no name of one entry");
    }
    return index().entry(number(), name);
  }

  /** The entry of a name that has one; to be called with the index's monitor. */
  private Entry require(PathBytes name) throws IOException {
    Entry entry = lookUp(name);
    if (entry == null) {
      throw ObjectTree.error(Errno.ENOENT, "find " + at(name), "there is no such entry");
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
        throw ObjectTree.error(Errno.ENOTDIR, "open " + at(name), "it is no directory");
      }
      return new ObjectDirectory(tree(), entry.inode(), at(name));
    }
  }

  @Override
  public PosixFile openFile(PathBytes name, Set<OpenFlag> flags) throws IOException {
    synchronized (index()) {
      if (!READING.containsAll(flags)) {
        lookUp(name);
        throw tree().refused("write " + at(name));
      }
      Entry entry = require(name);
      if (entry.type() == FileType.SYMLINK) {
        throw ObjectTree.error(Errno.ELOOP, "open " + at(name), "it is a symbolic link");
      }
      if (entry.type() != FileType.REGULAR) {
        throw ObjectTree.error(Errno.EINVAL, "open " + at(name), "it is no regular file");
      }
      return new ObjectFile(tree(), entry.inode(), at(name));
    }
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
        throw ObjectTree.error(Errno.EINVAL, "read " + at(name) + " as a link", "it is none");
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

  private ProviderException refused(String what, PathBytes name) throws IOException {
    synchronized (index()) {
      lookUp(name);
    }
    return tree().refused(what + " " + at(name));
  }

  @Override
  public void makeDirectory(PathBytes name, int mode) throws IOException {
    throw refused("make", name);
  }

  @Override
  public void makeSymlink(PathBytes name, PathBytes target) throws IOException {
    throw refused("make", name);
  }

  @Override
  public void makeNode(PathBytes name, FileType type, int mode, long rdev) throws IOException {
    throw refused("make", name);
  }

  @Override
  public void link(PathBytes name, PosixDirectory to, PathBytes toName) throws IOException {
    throw refused("link", name);
  }

  @Override
  public void rename(PathBytes name, PosixDirectory to, PathBytes toName, RenameMode mode)
      throws IOException {
    throw refused("rename", name);
  }

  @Override
  public void unlink(PathBytes name) throws IOException {
    throw refused("remove", name);
  }

  @Override
  public void removeDirectory(PathBytes name) throws IOException {
    throw refused("remove", name);
  }

  @Override
  public void setMode(PathBytes name, int mode) throws IOException {
    throw refused("set the mode of", name);
  }

  @Override
  public void setOwner(PathBytes name, long uid, long gid) throws IOException {
    throw refused("set the owner of", name);
  }

  @Override
  public void setTimes(PathBytes name, FileTime atime, FileTime mtime) throws IOException {
    throw refused("set the times of", name);
  }

  @Override
  public void setXattr(PathBytes name, PathBytes xattr, byte[] value, XattrMode mode)
      throws IOException {
    throw refused("set " + xattr + " of", name);
  }

  @Override
  public void removeXattr(PathBytes name, PathBytes xattr) throws IOException {
    throw refused("remove " + xattr + " of", name);
  }
}
