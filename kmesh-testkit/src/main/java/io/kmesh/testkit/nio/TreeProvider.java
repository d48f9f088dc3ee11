// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.nio;

import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileOwnerAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.nio.file.spi.FileSystemProvider;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The calls of java.nio on paths of tree views. A view is handed over, never found by a URI. */
final class TreeProvider extends FileSystemProvider {
  /** The scheme of the views' URIs. */
  static final String SCHEME = "kmesh-tree";

  static final TreeProvider INSTANCE = new TreeProvider();

  private static final int NEW_FILE = 0644;
  private static final int NEW_DIRECTORY = 0755;

  private TreeProvider() {}

  @Override
  public String getScheme() {
    return SCHEME;
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> env) {
    throw new UnsupportedOperationException(
        "Cannot open " + uri + ". Make a view by PosixTreeFileSystem.over(tree).");
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    throw new FileSystemNotFoundException(
        "Cannot find " + uri + ". Keep the view that PosixTreeFileSystem.over(tree) made.");
  }

  @Override
  public Path getPath(URI uri) {
    throw new FileSystemNotFoundException(
        "Cannot find " + uri + ". Keep the view that PosixTreeFileSystem.over(tree) made.");
  }

  private static boolean follows(LinkOption... options) {
    return !Arrays.asList(options).contains(LinkOption.NOFOLLOW_LINKS);
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    return newFileChannel(path, options, attributes);
  }

  @Override
  public FileChannel newFileChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    TreePath tree = TreePath.of(path);
    ChannelMode mode = ChannelMode.of(options);
    int permissions = permissionsOf(NEW_FILE, attributes);
    try (Located at = tree.getFileSystem().locate(tree, mode.follows())) {
      PosixFile file = open(at, mode, permissions);
      Runnable atClose = mode.deletes() ? () -> deleteQuietly(tree) : null;
      return new TreeChannel(tree, file, mode, atClose);
    } catch (IOException e) {
      throw TreeErrors.of(tree, e);
    }
  }

  private static PosixFile open(Located at, ChannelMode mode, int permissions) throws IOException {
    if (at.isDirectoryItself()) {
      throw new ProviderException(
          Errno.EISDIR, "Cannot open a directory as a file. List it instead.");
    }
    if (mode.creates() && (mode.isNew() || at.findStat().isEmpty())) {
      try {
        PosixFile file = at.directory().openFile(at.name(), mode.making());
        file.setMode(permissions);
        return file;
      } catch (ProviderException e) {
        if (mode.isNew() || e.errno().filter(Errno.EEXIST::equals).isEmpty()) {
          throw e;
        }
      }
    }
    return at.directory().openFile(at.name(), mode.existing());
  }

  private static void deleteQuietly(TreePath path) {
    try {
      INSTANCE.delete(path);
    } catch (IOException e) {
      // Asked for by DELETE_ON_CLOSE, which promises an attempt only.
    }
  }

  private static int permissionsOf(int otherwise, FileAttribute<?>... attributes) {
    int mode = otherwise;
    for (FileAttribute<?> attribute : attributes) {
      switch (attribute.name()) {
        case "posix:permissions" ->
            mode = TreeAttributes.bitsOf(TreeViews.permissions(attribute.value()));
        case "unix:mode" -> mode = ((Integer) attribute.value()) & 07777;
        default ->
            throw new UnsupportedOperationException(
                "Cannot make a file with the attribute " + attribute.name() + ".");
      }
    }
    return mode;
  }

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path directory, DirectoryStream.Filter<? super Path> filter) throws IOException {
    TreePath path = TreePath.of(directory);
    try (Located at = path.getFileSystem().locate(path, true)) {
      if (!at.requireStat().isDirectory()) {
        throw TreeErrors.notDirectory(path);
      }
      return new TreeDirectoryStream(path, at.entries(), filter);
    } catch (IOException e) {
      throw TreeErrors.of(path, e);
    }
  }

  @Override
  public void createDirectory(Path directory, FileAttribute<?>... attributes) throws IOException {
    TreePath path = TreePath.of(directory);
    int permissions = permissionsOf(NEW_DIRECTORY, attributes);
    try (Located at = path.getFileSystem().locate(path, false)) {
      if (at.isDirectoryItself()) {
        throw new ProviderException(Errno.EEXIST, "Cannot make the root: it exists.");
      }
      at.directory().makeDirectory(at.name(), permissions);
    } catch (IOException e) {
      throw TreeErrors.of(path, e);
    }
  }

  @Override
  public void createSymbolicLink(Path link, Path target, FileAttribute<?>... attributes)
      throws IOException {
    TreePath path = TreePath.of(link);
    try (Located at = path.getFileSystem().locate(path, false)) {
      at.directory().makeSymlink(at.name(), TreePath.of(target).bytes());
    } catch (IOException e) {
      throw TreeErrors.of(path, e);
    }
  }

  @Override
  public void createLink(Path link, Path existing) throws IOException {
    TreePath path = TreePath.of(link);
    TreePath source = TreePath.of(existing);
    try (Located from = source.getFileSystem().locate(source, false);
        Located to = path.getFileSystem().locate(path, false)) {
      from.directory().link(from.name(), to.directory(), to.name());
    } catch (IOException e) {
      throw TreeErrors.of(source, path, e);
    }
  }

  @Override
  public Path readSymbolicLink(Path link) throws IOException {
    TreePath path = TreePath.of(link);
    try (Located at = path.getFileSystem().locate(path, false)) {
      return TreePath.of(path.getFileSystem(), at.directory().readSymlink(at.name()));
    } catch (ProviderException e) {
      if (e.errno().filter(Errno.EINVAL::equals).isPresent()) {
        throw TreeErrors.notLink(path);
      }
      throw TreeErrors.of(path, e);
    }
  }

  @Override
  public void delete(Path file) throws IOException {
    TreePath path = TreePath.of(file);
    try (Located at = path.getFileSystem().locate(path, false)) {
      if (at.requireStat().isDirectory()) {
        at.directory().removeDirectory(at.name());
      } else {
        at.directory().unlink(at.name());
      }
    } catch (IOException e) {
      throw TreeErrors.of(path, e);
    }
  }

  @Override
  public void copy(Path source, Path target, CopyOption... options) throws IOException {
    new TreeCopy(TreePath.of(source), TreePath.of(target), options).copy();
  }

  @Override
  public void move(Path source, Path target, CopyOption... options) throws IOException {
    new TreeCopy(TreePath.of(source), TreePath.of(target), options).move();
  }

  @Override
  public boolean isSameFile(Path one, Path two) throws IOException {
    if (one.equals(two)) {
      return true;
    }
    if (!(two instanceof TreePath other)
        || TreePath.of(one).getFileSystem() != other.getFileSystem()) {
      return false;
    }
    return stat(TreePath.of(one), true).fileKey().equals(stat(other, true).fileKey());
  }

  @Override
  public boolean isHidden(Path path) {
    TreePath name = TreePath.of(path).getFileName();
    return name != null && name.bytes().length() > 0 && name.bytes().at(0) == '.';
  }

  @Override
  public FileStore getFileStore(Path path) throws IOException {
    stat(TreePath.of(path), true);
    return new TreeStore(TreePath.of(path).getFileSystem());
  }

  /**
   * Whether it exists and may be used so: a regular file is opened to see; of a directory or
   * another type any bit of the mode is enough.
   */
  @Override
  public void checkAccess(Path file, AccessMode... modes) throws IOException {
    TreePath path = TreePath.of(file);
    try (Located at = path.getFileSystem().locate(path, true)) {
      FileStat stat = at.requireStat();
      for (AccessMode mode : modes) {
        checkAccess(path, at, stat, mode);
      }
    } catch (IOException e) {
      throw TreeErrors.of(path, e);
    }
  }

  private static void checkAccess(TreePath path, Located at, FileStat stat, AccessMode mode)
      throws IOException {
    if (stat.isRegular() && mode != AccessMode.EXECUTE) {
      io.kmesh.spi.posix.OpenFlag flag =
          mode == AccessMode.READ
              ? io.kmesh.spi.posix.OpenFlag.READ
              : io.kmesh.spi.posix.OpenFlag.WRITE;
      at.directory().openFile(at.name(), Set.of(flag)).close();
      return;
    }
    int bits =
        switch (mode) {
          case READ -> 0444;
          case WRITE -> 0222;
          case EXECUTE -> 0111;
        };
    if ((stat.mode() & bits) == 0) {
      throw new java.nio.file.AccessDeniedException(
          path.toString(), null, "its mode is 0" + Integer.toOctalString(stat.mode()));
    }
  }

  private static TreeAttributes stat(TreePath path, boolean follow) throws IOException {
    return new TreeViews(path, follow, "posix").readAttributes();
  }

  @Override
  public <V extends FileAttributeView> @Nullable V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    TreePath tree = TreePath.of(path);
    boolean follow = follows(options);
    if (type == BasicFileAttributeView.class) {
      return type.cast(new TreeViews(tree, follow, "basic"));
    } else if (type == PosixFileAttributeView.class) {
      return type.cast(new TreeViews(tree, follow, "posix"));
    } else if (type == FileOwnerAttributeView.class) {
      return type.cast(new TreeViews(tree, follow, "owner"));
    } else if (type == UserDefinedFileAttributeView.class
        && tree.getFileSystem().supportedFileAttributeViews().contains("user")) {
      return type.cast(new TreeUserAttributes(tree, follow));
    }
    return null;
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    if (type != BasicFileAttributes.class && type != PosixFileAttributes.class) {
      throw new UnsupportedOperationException("Cannot read attributes as " + type + ".");
    }
    return type.cast(stat(TreePath.of(path), follows(options)));
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
      throws IOException {
    return new AttributeNames(attributes).read(TreePath.of(path), follows(options));
  }

  @Override
  public void setAttribute(
      Path path, String attribute, @Nullable Object value, LinkOption... options)
      throws IOException {
    new AttributeNames(attribute).set(TreePath.of(path), follows(options), value);
  }

  /** The stat of a path whose end need not exist. */
  static Optional<FileStat> find(TreePath path, boolean follow) throws IOException {
    try (Located at = path.getFileSystem().locate(path, follow)) {
      return at.findStat();
    } catch (IOException e) {
      throw TreeErrors.of(path, e);
    }
  }
}
