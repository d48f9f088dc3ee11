// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.nio;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.RenameMode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Copies or moves one entry between paths of tree views, as {@link java.nio.file.Files} says. */
final class TreeCopy {
  private final TreePath source;
  private final TreePath target;
  private final List<CopyOption> options;

  TreeCopy(TreePath source, TreePath target, CopyOption... options) {
    this.source = source;
    this.target = target;
    this.options = Arrays.asList(options);
    for (CopyOption option : options) {
      if (!(option instanceof StandardCopyOption) && option != LinkOption.NOFOLLOW_LINKS) {
        throw new UnsupportedOperationException("Cannot copy with " + option + ".");
      }
    }
  }

  private boolean has(CopyOption option) {
    return options.contains(option);
  }

  void copy() throws IOException {
    if (has(StandardCopyOption.ATOMIC_MOVE)) {
      throw new UnsupportedOperationException("Cannot copy with ATOMIC_MOVE.");
    }
    boolean follow = !has(LinkOption.NOFOLLOW_LINKS);
    if (isSame(follow)) {
      return;
    }
    FileStat stat = stat(follow);
    clearTarget();
    copyEntry(stat, follow);
    if (has(StandardCopyOption.COPY_ATTRIBUTES)) {
      copyAttributes(stat, follow);
    }
  }

  void move() throws IOException {
    if (isSame(false)) {
      return;
    }
    FileStat stat = stat(false);
    if (source.getFileSystem() == target.getFileSystem()) {
      rename(stat);
      return;
    }
    if (has(StandardCopyOption.ATOMIC_MOVE)) {
      throw new AtomicMoveNotSupportedException(
          source.toString(), target.toString(), "the two are of different trees");
    }
    if (stat.isDirectory()) {
      requireEmpty();
    }
    clearTarget();
    copyEntry(stat, false);
    copyAttributes(stat, false);
    TreeProvider.INSTANCE.delete(source);
  }

  private void requireEmpty() throws IOException {
    try (var entries = TreeProvider.INSTANCE.newDirectoryStream(source, p -> true)) {
      if (entries.iterator().hasNext()) {
        throw new DirectoryNotEmptyException(source.toString());
      }
    }
  }

  private boolean isSame(boolean follow) throws IOException {
    Optional<FileStat> there = TreeProvider.find(target, false);
    if (there.isEmpty() || source.getFileSystem() != target.getFileSystem()) {
      return false;
    }
    return new TreeAttributes(there.get())
        .fileKey()
        .equals(new TreeAttributes(stat(follow)).fileKey());
  }

  private FileStat stat(boolean follow) throws IOException {
    return TreeProvider.find(source, follow)
        .orElseThrow(() -> new NoSuchFileException(source.toString()));
  }

  private void clearTarget() throws IOException {
    if (TreeProvider.find(target, false).isPresent()) {
      if (!has(StandardCopyOption.REPLACE_EXISTING)) {
        throw new FileAlreadyExistsException(target.toString());
      }
      TreeProvider.INSTANCE.delete(target);
    }
  }

  private void rename(FileStat stat) throws IOException {
    boolean replace =
        has(StandardCopyOption.REPLACE_EXISTING) || has(StandardCopyOption.ATOMIC_MOVE);
    Optional<FileStat> there = TreeProvider.find(target, false);
    boolean typesDiffer = there.filter(t -> t.isDirectory() != stat.isDirectory()).isPresent();
    if (there.isPresent() && !replace) {
      throw new FileAlreadyExistsException(target.toString());
    } else if (typesDiffer && !has(StandardCopyOption.ATOMIC_MOVE)) {
      TreeProvider.INSTANCE.delete(target);
    }
    boolean knowsModes =
        source.getFileSystem().tree().capabilities().contains(PosixCapability.RENAME_MODES);
    RenameMode mode = replace || !knowsModes ? RenameMode.REPLACE : RenameMode.NO_REPLACE;
    try (Located from = source.getFileSystem().locate(source, false);
        Located to = target.getFileSystem().locate(target, false)) {
      from.directory().rename(from.name(), to.directory(), to.name(), mode);
    } catch (IOException e) {
      throw TreeErrors.of(source, target, e);
    }
  }

  private void copyEntry(FileStat stat, boolean follow) throws IOException {
    try (Located from = source.getFileSystem().locate(source, follow);
        Located to = target.getFileSystem().locate(target, false)) {
      switch (stat.type()) {
        case DIRECTORY -> to.directory().makeDirectory(to.name(), stat.mode() & 0777);
        case SYMLINK ->
            to.directory().makeSymlink(to.name(), from.directory().readSymlink(from.name()));
        case REGULAR -> copyContent(to, stat);
        default -> to.directory().makeNode(to.name(), stat.type(), stat.mode() & 0777, stat.rdev());
      }
    } catch (IOException e) {
      throw TreeErrors.of(source, target, e);
    }
  }

  private void copyContent(Located to, FileStat stat) throws IOException {
    try (FileChannel in =
            TreeProvider.INSTANCE.newFileChannel(source, Set.of(StandardOpenOption.READ));
        FileChannel out =
            TreeProvider.INSTANCE.newFileChannel(
                target, Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW))) {
      long size = in.size();
      long done = 0;
      while (done < size) {
        long n = in.transferTo(done, size - done, out);
        if (n == 0) {
          break;
        }
        done += n;
      }
    }
    to.setMode(stat.mode() & 0777);
  }

  private void copyAttributes(FileStat stat, boolean follow) throws IOException {
    try (Located from = source.getFileSystem().locate(source, follow);
        Located to = target.getFileSystem().locate(target, false)) {
      FileStat made = to.requireStat();
      if (made.uid() != stat.uid() || made.gid() != stat.gid()) {
        copyOwner(to, stat);
      }
      if (stat.type() != FileType.SYMLINK) {
        for (PathBytes name : from.xattrNames()) {
          Optional<byte[]> value = from.xattr(name);
          if (name.toString().startsWith("user.") && value.isPresent()) {
            to.setXattr(name, value.get());
          }
        }
        to.setMode(stat.mode());
      }
      to.setTimes(stat.atime(), stat.mtime());
    } catch (IOException e) {
      throw TreeErrors.of(source, target, e);
    }
  }

  /** As the JDK does: an owner that may not be set is left. */
  private static void copyOwner(Located to, FileStat stat) throws IOException {
    try {
      to.setOwner(stat.uid(), stat.gid());
    } catch (io.kmesh.spi.ProviderException e) {
      if (e.errno().filter(Errno.EPERM::equals).isEmpty()) {
        throw e;
      }
    }
  }
}
