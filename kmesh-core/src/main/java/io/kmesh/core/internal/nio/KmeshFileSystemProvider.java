// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.nio;

import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.LinkOption;
import java.nio.file.NotLinkException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The provider of {@code kmesh:} URIs. It finds file systems that are open; it opens none, since a
 * URI has no keys. Stateless.
 */
public final class KmeshFileSystemProvider extends FileSystemProvider {
  /** The one that all file systems have. */
  static final KmeshFileSystemProvider INSTANCE = new KmeshFileSystemProvider();

  private static final int NEW_FILE = 0644;
  private static final int NEW_DIRECTORY = 0755;
  private static final int EXECUTE = 0111;

  /** For the service loader. */
  public KmeshFileSystemProvider() {}

  @Override
  public String getScheme() {
    return KmeshUri.SCHEME;
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> env) {
    throw new UnsupportedOperationException(
        "Cannot open " + uri + ": a URI has no keys. Open the snapshot by its repository.");
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    return KmeshUri.find(uri);
  }

  @Override
  public Path getPath(URI uri) {
    return KmeshUri.path(uri);
  }

  private static boolean follows(LinkOption... options) {
    return !Arrays.asList(options).contains(LinkOption.NOFOLLOW_LINKS);
  }

  private static Volume volume(KmeshPath path) {
    return path.getFileSystem().volume();
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    KmeshPath file = KmeshPath.of(path);
    OpenMode mode = OpenMode.of(options);
    Volume volume = volume(file);
    if (mode.writes() || mode.deletes()) {
      return volume.writer().open(file, mode, permissions(NEW_FILE, attributes));
    }
    Volume.Node node = Located.at(volume, file, mode.follows()).node();
    Facts facts = volume.facts(node);
    if (facts.type() != FileType.REGULAR) {
      throw new FileSystemException(
          file.toString(), null, facts.isDirectory() ? "is a directory" : "is no regular file");
    }
    return new ReadChannel(file.getFileSystem(), Failures.content(file, volume, node));
  }

  /** For reading; who writes does it by a byte channel. */
  @Override
  public FileChannel newFileChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    OpenMode mode = OpenMode.of(options);
    if (!mode.writes()
        && !mode.deletes()
        && newByteChannel(path, options, attributes) instanceof ReadChannel channel) {
      return new ReadFileChannel(channel);
    }
    throw new UnsupportedOperationException(
        "Cannot write " + path + " by a file channel. Use Files.newByteChannel.");
  }

  private static int permissions(int normal, FileAttribute<?>... attributes) {
    int mode = normal;
    for (FileAttribute<?> attribute : attributes) {
      switch (attribute.name()) {
        case "posix:permissions", "unix:permissions" ->
            mode = EntryAttributes.bits(EntryView.permissions(attribute.value()));
        case "unix:mode" -> mode = (Integer) attribute.value() & 07777;
        default ->
            throw new UnsupportedOperationException(
                "Cannot make a file with " + attribute.name() + ". Set it afterwards.");
      }
    }
    return mode;
  }

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path directory, DirectoryStream.Filter<? super Path> filter) throws IOException {
    KmeshPath path = KmeshPath.of(directory);
    Volume volume = volume(path);
    return new LazyDirectoryStream(
        path, volume.names(Located.at(volume, path, true).directory()), filter);
  }

  @Override
  public void createDirectory(Path directory, FileAttribute<?>... attributes) throws IOException {
    KmeshPath path = KmeshPath.of(directory);
    volume(path).writer().makeDirectory(path, permissions(NEW_DIRECTORY, attributes));
  }

  @Override
  public void createSymbolicLink(Path link, Path target, FileAttribute<?>... attributes)
      throws IOException {
    KmeshPath path = KmeshPath.of(link);
    volume(path).writer().makeSymlink(path, KmeshPath.of(target).bytes());
  }

  @Override
  public void createLink(Path link, Path existing) throws IOException {
    KmeshPath path = KmeshPath.of(link);
    volume(path).writer().link(KmeshPath.of(existing), path);
  }

  @Override
  public Path readSymbolicLink(Path link) throws IOException {
    KmeshPath path = KmeshPath.of(link);
    Volume volume = volume(path);
    Volume.Node node = Located.at(volume, path, false).node();
    if (volume.facts(node).type() != FileType.SYMLINK) {
      throw new NotLinkException(path.toString());
    }
    return KmeshPath.of(path.getFileSystem(), volume.target(node));
  }

  @Override
  public void delete(Path file) throws IOException {
    KmeshPath path = KmeshPath.of(file);
    volume(path).writer().delete(path);
  }

  @Override
  public void copy(Path source, Path target, CopyOption... options) throws IOException {
    KmeshPath to = KmeshPath.of(target);
    volume(to).writer();
    new FileCopy(KmeshPath.of(source), to, options).run();
  }

  @Override
  public void move(Path source, Path target, CopyOption... options) throws IOException {
    KmeshPath from = KmeshPath.of(source);
    KmeshPath to = KmeshPath.of(target);
    Writer writer = volume(from).writer();
    volume(to).writer();
    List<CopyOption> asked = Arrays.asList(options);
    if (asked.contains(StandardCopyOption.COPY_ATTRIBUTES)) {
      throw new UnsupportedOperationException("Cannot move with COPY_ATTRIBUTES.");
    }
    boolean isAtomic = asked.contains(StandardCopyOption.ATOMIC_MOVE);
    boolean replaces = isAtomic || asked.contains(StandardCopyOption.REPLACE_EXISTING);
    if (from.getFileSystem() == to.getFileSystem()) {
      writer.move(from, to, replaces);
    } else if (isAtomic) {
      throw new java.nio.file.AtomicMoveNotSupportedException(
          from.toString(), to.toString(), "they are in two copies");
    } else {
      new FileCopy(from, to, options).withAttributes().run();
      writer.delete(from);
    }
  }

  @Override
  public boolean isSameFile(Path one, Path two) throws IOException {
    if (one.equals(two)) {
      return true;
    }
    return two instanceof KmeshPath other
        && KmeshPath.of(one).getFileSystem() == other.getFileSystem()
        && facts(KmeshPath.of(one), true).key().equals(facts(other, true).key());
  }

  private static Facts facts(KmeshPath path, boolean follows) throws IOException {
    Volume volume = volume(path);
    return volume.facts(Located.at(volume, path, follows).node());
  }

  @Override
  public boolean isHidden(Path path) {
    KmeshPath name = KmeshPath.of(path).getFileName();
    return name != null && name.toString().startsWith(".");
  }

  @Override
  public FileStore getFileStore(Path path) throws IOException {
    facts(KmeshPath.of(path), true);
    return new KmeshFileStore(KmeshPath.of(path).getFileSystem());
  }

  /**
   * Whether it may be used so. Who has the repository's keys may read everything, so that a mode
   * keeps nobody out; nothing is executable without a bit for it.
   */
  @Override
  public void checkAccess(Path file, AccessMode... modes) throws IOException {
    KmeshPath path = KmeshPath.of(file);
    Facts facts = facts(path, true);
    for (AccessMode mode : modes) {
      if (mode == AccessMode.WRITE && path.getFileSystem().isReadOnly()) {
        throw new AccessDeniedException(path.toString(), null, "the file system is read-only");
      } else if (mode == AccessMode.EXECUTE
          && !facts.isDirectory()
          && (facts.mode() & EXECUTE) == 0) {
        throw new AccessDeniedException(path.toString(), null, "nobody may execute it");
      }
    }
  }

  @Override
  public <V extends FileAttributeView> @Nullable V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    KmeshPath file = KmeshPath.of(path);
    boolean follows = follows(options);
    if (type == BasicFileAttributeView.class) {
      return type.cast(new EntryView(file, follows, "basic"));
    } else if (type == PosixFileAttributeView.class) {
      return type.cast(new EntryView(file, follows, "posix"));
    } else if (type == FileOwnerAttributeView.class) {
      return type.cast(new EntryView(file, follows, "owner"));
    } else if (type == UserDefinedFileAttributeView.class) {
      return type.cast(new UserAttributes(file, follows));
    }
    return null;
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    if (type != BasicFileAttributes.class && type != PosixFileAttributes.class) {
      throw new UnsupportedOperationException("Cannot read attributes as " + type + ".");
    }
    return type.cast(new EntryAttributes(facts(KmeshPath.of(path), follows(options))));
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
      throws IOException {
    return new AttributeNames(attributes).read(KmeshPath.of(path), follows(options));
  }

  @Override
  public void setAttribute(
      Path path, String attribute, @Nullable Object value, LinkOption... options)
      throws IOException {
    KmeshPath file = KmeshPath.of(path);
    volume(file).writer();
    new AttributeNames(attribute).set(file, follows(options), value);
  }

  /** Fails when something is at a path. */
  static void requireAbsent(KmeshPath path) throws IOException {
    if (Located.at(volume(path), path, false).find() != null) {
      throw new FileAlreadyExistsException(path.toString());
    }
  }
}
