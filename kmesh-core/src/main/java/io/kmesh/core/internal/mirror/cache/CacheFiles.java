// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.cache;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a cache does to its files, so that tests stop it at each step. Only the owner may read what
 * it makes. Thread-safe.
 */
class CacheFiles {
  /** The running system's. */
  static final CacheFiles SYSTEM = new CacheFiles();

  /** Makes a folder, and those above it. */
  void makeFolder(Path folder) throws IOException {
    Files.createDirectories(folder, attributes(folder, "rwx------"));
  }

  private static FileAttribute<?>[] attributes(Path path, String permissions) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }

  /** Makes a folder of its own below that for temporary files, which has no name yet. */
  Path temporaryFolder() throws IOException {
    return Files.createTempDirectory("kmesh-mirror.new-");
  }

  /** Folders beside one of this user's whose names begin so, of the same user, and no links. */
  List<Path> foldersBeside(Path own, String prefix) throws IOException {
    List<Path> found = new ArrayList<>();
    UserPrincipal user = Files.getOwner(own, LinkOption.NOFOLLOW_LINKS);
    Path parent = own.toAbsolutePath().getParent();
    if (parent == null) {
      return found;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(parent, prefix + "*")) {
      for (Path entry : entries) {
        boolean isOther = !entry.getFileName().equals(own.getFileName());
        if (isOther
            && Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)
            && Files.getOwner(entry, LinkOption.NOFOLLOW_LINKS).equals(user)) {
          found.add(entry);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return found;
  }

  /** Opens a new file, over one that is there, to write and to read. */
  FileChannel create(Path file) throws IOException {
    Files.deleteIfExists(file);
    return FileChannel.open(
        file,
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE),
        attributes(file, "rw-------"));
  }

  FileChannel open(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.READ);
  }

  void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  void delete(Path file) throws IOException {
    Files.deleteIfExists(file);
  }

  /** The names in a folder, in their order. */
  List<String> names(Path folder) throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        names.add(String.valueOf(entry.getFileName()));
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    Collections.sort(names);
    return names;
  }

  /**
   * Locks a file until that is closed; null when somebody has it. Within a process nobody may ask
   * for a file twice: to open and close it again would drop the lock.
   */
  @Nullable FileChannel lock(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
            attributes(file, "rw-------"));
    boolean isHeld = false;
    try {
      FileLock held = channel.tryLock();
      isHeld = held != null;
    } catch (OverlappingFileLockException e) {
      isHeld = false;
    } finally {
      if (!isHeld) {
        channel.close();
      }
    }
    return isHeld ? channel : null;
  }
}
