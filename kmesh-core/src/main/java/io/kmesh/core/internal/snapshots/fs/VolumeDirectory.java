// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Facts;
import io.kmesh.core.internal.nio.Volume;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.XattrMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An open directory of a {@link VolumeTree}. Thread-safe. */
final class VolumeDirectory extends VolumeInode implements PosixDirectory {
  private static final Set<OpenFlag> READING = Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME);
  private static final int BATCH = 1000;

  /** What was found last where nothing changes: who looks at an entry asks several things. */
  private volatile @Nullable Found last;

  private record Found(PathBytes name, Volume.Node node) {}

  VolumeDirectory(VolumeTree tree, Volume.Node node, PathBytes path) {
    super(tree, node, path);
  }

  private PathBytes at(PathBytes name) {
    return path().resolve(name);
  }

  private Volume.@Nullable Node lookUp(PathBytes name) throws IOException {
    if (!name.isName()) {
      throw error(Errno.EINVAL, "Cannot look up " + name + ": it is no name of one entry.");
    }
    Found found = last;
    if (found != null && found.name().equals(name)) {
      return found.node();
    }
    Volume.Node here = node();
    try {
      Volume.Node node = tree().volume().find(here, name);
      if (node != null && tree().volume().isReadOnly()) {
        last = new Found(name, node);
      }
      return node;
    } catch (IOException e) {
      throw VolumeTree.failed("look up", at(name), e);
    }
  }

  private Volume.Node require(PathBytes name) throws IOException {
    Volume.Node node = lookUp(name);
    if (node == null) {
      throw error(
          Errno.ENOENT,
          "Cannot find " + at(name) + " in " + tree().description() + ": there is no such entry.");
    }
    return node;
  }

  @Override
  public FileStat stat(PathBytes name) throws IOException {
    return tree().stat(require(name));
  }

  @Override
  public Optional<FileStat> find(PathBytes name) throws IOException {
    Volume.Node node = lookUp(name);
    return node == null ? Optional.empty() : Optional.of(tree().stat(node));
  }

  @Override
  public PosixDirectory openDirectory(PathBytes name) throws IOException {
    Volume.Node node = require(name);
    if (!tree().volume().facts(node).isDirectory()) {
      throw error(Errno.ENOTDIR, "Cannot open " + at(name) + ": it is no directory.");
    }
    return new VolumeDirectory(tree(), node, at(name));
  }

  @Override
  public PosixFile openFile(PathBytes name, Set<OpenFlag> flags) throws IOException {
    if (!READING.containsAll(flags)) {
      throw tree().refused("write " + at(name));
    }
    Volume.Node node = require(name);
    Facts facts = tree().volume().facts(node);
    if (facts.type() == FileType.SYMLINK) {
      throw error(Errno.ELOOP, "Cannot open " + at(name) + ": it is a symbolic link.");
    } else if (facts.type() != FileType.REGULAR) {
      throw error(Errno.EINVAL, "Cannot open " + at(name) + ": it is no regular file.");
    }
    try {
      return new VolumeFile(tree(), node, at(name), tree().volume().content(node));
    } catch (IOException e) {
      throw VolumeTree.failed("open", at(name), e);
    }
  }

  @Override
  public DirectoryCursor entries() throws IOException {
    Volume.Names names = names();
    return new DirectoryCursor() {
      @Override
      public List<DirectoryEntry> next() throws IOException {
        List<DirectoryEntry> some = new ArrayList<>();
        try {
          while (some.size() < BATCH) {
            PathBytes name = names.next();
            if (name == null) {
              break;
            }
            some.add(new DirectoryEntry(name, 0, null));
          }
        } catch (IOException e) {
          throw VolumeTree.failed("list", path(), e);
        }
        return some;
      }

      @Override
      public void close() {
        // It holds nothing.
      }
    };
  }

  private Volume.Names names() throws IOException {
    try {
      return tree().volume().names(node());
    } catch (IOException e) {
      throw VolumeTree.failed("list", path(), e);
    }
  }

  @Override
  public PathBytes readSymlink(PathBytes name) throws IOException {
    Volume.Node node = require(name);
    if (tree().volume().facts(node).type() != FileType.SYMLINK) {
      throw error(Errno.EINVAL, "Cannot read " + at(name) + " as a link: it is none.");
    }
    return tree().volume().target(node);
  }

  @Override
  public List<PathBytes> xattrNames(PathBytes name) throws IOException {
    return xattrNames(require(name), at(name));
  }

  @Override
  public Optional<byte[]> xattr(PathBytes name, PathBytes xattr) throws IOException {
    return xattr(require(name), at(name), xattr);
  }

  @Override
  public void makeDirectory(PathBytes name, int mode) throws IOException {
    throw tree().refused("make " + at(name));
  }

  @Override
  public void makeSymlink(PathBytes name, PathBytes target) throws IOException {
    throw tree().refused("make " + at(name));
  }

  @Override
  public void makeNode(PathBytes name, FileType type, int mode, long rdev) throws IOException {
    throw tree().refused("make " + at(name));
  }

  @Override
  public void link(PathBytes name, PosixDirectory to, PathBytes toName) throws IOException {
    throw tree().refused("link " + at(name));
  }

  @Override
  public void rename(PathBytes name, PosixDirectory to, PathBytes toName, RenameMode mode)
      throws IOException {
    throw tree().refused("rename " + at(name));
  }

  @Override
  public void unlink(PathBytes name) throws IOException {
    throw tree().refused("remove " + at(name));
  }

  @Override
  public void removeDirectory(PathBytes name) throws IOException {
    throw tree().refused("remove " + at(name));
  }

  @Override
  public void setMode(PathBytes name, int mode) throws IOException {
    throw tree().refused("set the mode of " + at(name));
  }

  @Override
  public void setOwner(PathBytes name, long uid, long gid) throws IOException {
    throw tree().refused("set the owner of " + at(name));
  }

  @Override
  public void setTimes(PathBytes name, FileTime atime, FileTime mtime) throws IOException {
    throw tree().refused("set the times of " + at(name));
  }

  @Override
  public void setXattr(PathBytes name, PathBytes xattr, byte[] value, XattrMode mode)
      throws IOException {
    throw tree().refused("set " + xattr + " of " + at(name));
  }

  @Override
  public void removeXattr(PathBytes name, PathBytes xattr) throws IOException {
    throw tree().refused("remove " + xattr + " of " + at(name));
  }
}
