// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.posix;

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
import io.kmesh.spi.posix.SyncMode;
import io.kmesh.spi.posix.XattrMode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An open directory by its secure stream. */
final class NioDirectory extends NioInode implements PosixDirectory {
  private static final Path SELF = Path.of(".");
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
  private static final FileAttribute<?> OWNER_DIRECTORY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private final Path path;
  private final SecureDirectoryStream<Path> stream;

  private NioDirectory(NioEntry entry, @Nullable Object key, SecureDirectoryStream<Path> stream) {
    super(entry, key);
    this.path = entry.path();
    this.stream = stream;
  }

  /** Takes over a stream of the directory at a path. */
  static NioDirectory of(NioEntry entry, DirectoryStream<Path> stream) throws IOException {
    try {
      if (stream instanceof SecureDirectoryStream<Path> secure) {
        Object key =
            secure.getFileAttributeView(BasicFileAttributeView.class).readAttributes().fileKey();
        return new NioDirectory(entry, key, secure);
      }
      throw NioFailures.unsupported(
          "open the directory", entry.place(), "it has no directory handles here");
    } catch (IOException | RuntimeException e) {
      stream.close();
      throw NioFailures.of("open the directory", entry.place(), e);
    }
  }

  private Path relative(String action, PathBytes name) throws IOException {
    NioFailures.requireName(action, place(), name);
    PathBytes at = place().resolve(name);
    requireOpen(action, at);
    return RawPaths.ofName(name)
        .orElseThrow(
            () ->
                NioFailures.unsupported(
                    action,
                    at,
                    "the locale of this JVM has no text for the bytes of \"" + name + "\""));
  }

  /** The entry by the directory's path, which is checked first. */
  private NioEntry entryAt(String action, PathBytes name) throws IOException {
    Path relative = relative(action, name);
    PathBytes at = place().resolve(name);
    if (at.length() > NioPosixTree.LONGEST_PATH) {
      throw NioFailures.unsupported(action, at, "its path is too long to be used whole");
    }
    entry(action);
    return new NioEntry(path.resolve(relative), at);
  }

  /** A new handle of the same directory. */
  NioDirectory reopen() throws IOException {
    requireOpen("open the directory", place());
    try {
      return of(
          new NioEntry(path, place()), stream.newDirectoryStream(SELF, LinkOption.NOFOLLOW_LINKS));
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of("open the directory", place(), e);
    }
  }

  private @Nullable Object keyOf(Path relative) throws IOException {
    return attributesOf(relative).fileKey();
  }

  private BasicFileAttributes attributesOf(Path relative) throws IOException {
    return stream
        .getFileAttributeView(relative, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .readAttributes();
  }

  @Override
  public FileStat stat(PathBytes name) throws IOException {
    return entryAt("stat", name).stat();
  }

  @Override
  public PosixDirectory openDirectory(PathBytes name) throws IOException {
    String action = "open the directory";
    Path relative = relative(action, name);
    NioEntry entry = new NioEntry(path.resolve(relative), place().resolve(name));
    try {
      return of(entry, stream.newDirectoryStream(relative, LinkOption.NOFOLLOW_LINKS));
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of(action, entry.place(), e);
    }
  }

  @Override
  public PosixFile openFile(PathBytes name, Set<OpenFlag> flags) throws IOException {
    String action = "open";
    Path relative = relative(action, name);
    NioEntry entry = new NioEntry(path.resolve(relative), place().resolve(name));
    boolean exists = requireOpenable(action, relative, entry, flags);
    try {
      SeekableByteChannel channel =
          stream.newByteChannel(relative, options(flags, exists), OWNER_ONLY);
      try {
        NioFile file = new NioFile(entry, keyOf(relative), (FileChannel) channel);
        if (!exists) {
          requireOwnerOnly(relative);
        }
        return file;
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of(action, entry.place(), e);
    }
  }

  /** Gives a new file its mode where the umask took from it. */
  private void requireOwnerOnly(Path relative) throws IOException {
    PosixFileAttributeView view =
        stream.getFileAttributeView(
            relative, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    if (!view.readAttributes().permissions().equals(OWNER_ONLY.value())) {
      view.setPermissions(OWNER_ONLY.value());
    }
  }

  /** Refuses what is no regular file before it is opened; whether there is one. */
  private boolean requireOpenable(String action, Path relative, NioEntry entry, Set<OpenFlag> flags)
      throws IOException {
    requireSensible(action, entry, flags);
    BasicFileAttributes attributes;
    try {
      attributes = attributesOf(relative);
    } catch (java.nio.file.NoSuchFileException e) {
      return false;
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of(action, entry.place(), e);
    }
    if (flags.contains(OpenFlag.EXCLUSIVE)) {
      throw NioFailures.of(
          action, entry.place(), Errno.EEXIST, "it exists", "Choose another name.");
    }
    if (attributes.isSymbolicLink()) {
      throw NioFailures.of(
          action,
          entry.place(),
          Errno.ELOOP,
          "it is a symbolic link, and those are not followed",
          "Read the link, and open what it names.");
    }
    if (!attributes.isRegularFile()) {
      throw NioFailures.of(
          action, entry.place(), Errno.EINVAL, "it is no regular file", "Ask its stat first.");
    }
    return true;
  }

  private static void requireSensible(String action, NioEntry entry, Set<OpenFlag> flags)
      throws IOException {
    if (flags.contains(OpenFlag.EXCLUSIVE) && !flags.contains(OpenFlag.CREATE)) {
      throw NioFailures.of(
          action, entry.place(), Errno.EINVAL, "EXCLUSIVE is asked without CREATE", "Add CREATE.");
    }
    if (flags.contains(OpenFlag.TRUNCATE) && !flags.contains(OpenFlag.WRITE)) {
      throw NioFailures.of(
          action, entry.place(), Errno.EINVAL, "TRUNCATE is asked without WRITE", "Add WRITE.");
    }
  }

  private static Set<OpenOption> options(Set<OpenFlag> flags, boolean exists) {
    Set<OpenOption> options = new HashSet<>();
    options.add(LinkOption.NOFOLLOW_LINKS);
    boolean write = flags.contains(OpenFlag.WRITE);
    if (write) {
      options.add(StandardOpenOption.WRITE);
    }
    if (!write || flags.contains(OpenFlag.READ)) {
      options.add(StandardOpenOption.READ);
    }
    if (flags.contains(OpenFlag.TRUNCATE)) {
      options.add(StandardOpenOption.TRUNCATE_EXISTING);
    }
    if (flags.contains(OpenFlag.CREATE) && !exists) {
      // java.nio creates only what it also writes.
      options.add(StandardOpenOption.WRITE);
      options.add(
          flags.contains(OpenFlag.EXCLUSIVE)
              ? StandardOpenOption.CREATE_NEW
              : StandardOpenOption.CREATE);
    }
    return options;
  }

  @Override
  public DirectoryCursor entries() throws IOException {
    requireOpen("list", place());
    try {
      return new NioCursor(place(), stream.newDirectoryStream(SELF, LinkOption.NOFOLLOW_LINKS));
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of("list", place(), e);
    }
  }

  @Override
  public void makeDirectory(PathBytes name, int mode) throws IOException {
    String action = "make the directory";
    NioFailures.requireName(action, place(), name);
    NioFailures.requireMode(action, place().resolve(name), mode);
    NioEntry entry = entryAt(action, name);
    try {
      Files.createDirectory(entry.path(), OWNER_DIRECTORY);
      try {
        entry.setMode(mode);
      } catch (IOException e) {
        Files.deleteIfExists(entry.path());
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of(action, entry.place(), e);
    }
  }

  @Override
  public void makeSymlink(PathBytes name, PathBytes target) throws IOException {
    String action = "make the symbolic link";
    NioEntry entry = entryAt(action, name);
    if (target.isEmpty()) {
      throw NioFailures.of(
          action, entry.place(), Errno.ENOENT, "its target is empty", "Name a target.");
    }
    Path text =
        RawPaths.ofText(target)
            .orElseThrow(
                () ->
                    NioFailures.unsupported(
                        action, entry.place(), "it can't say the target \"" + target + "\""));
    try {
      Files.createSymbolicLink(entry.path(), text);
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of(action, entry.place(), e);
    }
  }

  @Override
  public PathBytes readSymlink(PathBytes name) throws IOException {
    NioEntry entry = entryAt("read the symbolic link", name);
    try {
      return RawPaths.bytesOf(Files.readSymbolicLink(entry.path()));
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of("read the symbolic link", entry.place(), e);
    }
  }

  @Override
  public void makeNode(PathBytes name, FileType type, int mode, long rdev) throws IOException {
    relative("make the special file", name);
    throw NioFailures.unsupported(
        "make the special file (" + type + ")", place().resolve(name), "it has no mknod");
  }

  @Override
  public void link(PathBytes name, PosixDirectory to, PathBytes toName) throws IOException {
    NioDirectory target = own("link", name, to);
    NioEntry from = entryAt("link", name);
    NioEntry into = target.entryAt("link " + name + " as", toName);
    try {
      Files.createLink(into.path(), from.path());
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of("link", from.place() + " to " + into.place(), e);
    }
  }

  @Override
  public void rename(PathBytes name, PosixDirectory to, PathBytes toName, RenameMode mode)
      throws IOException {
    String action = "rename";
    NioDirectory target = own(action, name, to);
    Path from = relative(action, name);
    Path into = target.relative("rename " + name + " to", toName);
    String places = place().resolve(name) + " to " + target.place().resolve(toName);
    if (mode != RenameMode.REPLACE) {
      throw NioFailures.unsupported(action + " (" + mode + ")", places, "it only replaces");
    }
    try {
      stream.move(from, target.stream, into);
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of(action, places, e);
    }
  }

  private NioDirectory own(String action, PathBytes name, PosixDirectory other) throws IOException {
    if (other instanceof NioDirectory directory) {
      return directory;
    }
    throw NioFailures.of(
        action,
        place().resolve(name),
        Errno.EXDEV,
        "the other directory (" + other + ") is of another tree",
        "Open both directories from one tree.");
  }

  @Override
  public void unlink(PathBytes name) throws IOException {
    Path relative = relative("remove", name);
    try {
      stream.deleteFile(relative);
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of("remove", place().resolve(name), e);
    }
  }

  @Override
  public void removeDirectory(PathBytes name) throws IOException {
    Path relative = relative("remove the directory", name);
    try {
      stream.deleteDirectory(relative);
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of("remove the directory", place().resolve(name), e);
    }
  }

  @Override
  public void setMode(PathBytes name, int mode) throws IOException {
    entryAt("set the mode of", name).setMode(mode);
  }

  @Override
  public void setOwner(PathBytes name, long uid, long gid) throws IOException {
    entryAt("set the owner of", name).setOwner(uid, gid);
  }

  @Override
  public void setTimes(PathBytes name, FileTime atime, FileTime mtime) throws IOException {
    entryAt("set the times of", name).setTimes(atime, mtime);
  }

  @Override
  public List<PathBytes> xattrNames(PathBytes name) throws IOException {
    return NioXattrs.of(entryAt("list the extended attributes of", name)).names();
  }

  @Override
  public Optional<byte[]> xattr(PathBytes name, PathBytes xattr) throws IOException {
    return NioXattrs.of(entryAt("read an extended attribute of", name)).value(xattr);
  }

  @Override
  public void setXattr(PathBytes name, PathBytes xattr, byte[] value, XattrMode mode)
      throws IOException {
    NioXattrs.of(entryAt("set an extended attribute of", name)).set(xattr, value, mode);
  }

  @Override
  public void removeXattr(PathBytes name, PathBytes xattr) throws IOException {
    NioXattrs.of(entryAt("remove an extended attribute of", name)).remove(xattr);
  }

  @Override
  public void sync(SyncMode mode) throws IOException {
    requireOpen("sync", place());
    Set<OpenOption> options = Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    try (SeekableByteChannel channel = stream.newByteChannel(SELF, options)) {
      ((FileChannel) channel).force(true);
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of("sync (" + mode + ")", place(), e);
    }
  }

  @Override
  public void close() throws IOException {
    if (markClosed()) {
      try {
        stream.close();
      } catch (IOException e) {
        throw NioFailures.of("close", place(), e);
      }
    }
  }
}
