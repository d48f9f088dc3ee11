// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The folder of a site's keys and certificates, which only its owner may enter. Files are replaced
 * whole and durably. Thread-safe.
 */
final class TrustFolder {
  private static final Set<PosixFilePermission> FOLDER =
      Collections.unmodifiableSet(
          EnumSet.of(
              PosixFilePermission.OWNER_READ,
              PosixFilePermission.OWNER_WRITE,
              PosixFilePermission.OWNER_EXECUTE));
  private static final Set<PosixFilePermission> FILE =
      Collections.unmodifiableSet(
          EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));

  private static final String TEMPORARY = ".new-";

  /** Within one process the lock file's lock does not exclude. */
  private static final Map<Path, ReentrantLock> LOCKS = new ConcurrentHashMap<>();

  private final Path folder;
  private final Steps steps;

  /** Told before and after each durable step, so that a test can stop there. */
  interface Steps {
    Steps NONE = step -> {};

    void at(String step);
  }

  /** A file as it was when it was looked at; another one is another file. */
  record Stamp(Object key, long modified, long size) {}

  TrustFolder(Path folder, Steps steps) {
    this.folder = folder.toAbsolutePath().normalize();
    this.steps = steps;
  }

  Path path() {
    return folder;
  }

  /** What errors call a file of it. */
  String what(String name) {
    return folder.resolve(name).toString();
  }

  /** Makes the folder if it is missing. */
  void create() throws IOException {
    Path parent = folder.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    makeFolder(folder);
    requireOwnerOnly(folder, FOLDER, "700");
  }

  private static void makeFolder(Path path) throws IOException {
    if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      Files.createDirectory(path, PosixFilePermissions.asFileAttribute(FOLDER));
    }
  }

  boolean has(String name) {
    return Files.exists(folder.resolve(name), LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * Reads a file whole.
   *
   * @param most the most bytes that it may have
   * @throws ProviderException NOT_FOUND, DENIED when others may read it, CORRUPT when it is larger
   */
  byte[] read(String name, int most) throws IOException {
    Path file = folder.resolve(name);
    requireOwnerOnly(folder, FOLDER, "700");
    requireOwnerOnly(file, FILE, "600");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      long size = channel.size();
      if (size > most) {
        throw TrustText.damaged(file.toString(), "it has " + size + " bytes, more than " + most);
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) size);
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
        // A file is replaced and never written to: it has these bytes.
      }
      return bytes.array();
    }
  }

  /** What tells this file from the one that replaces it. */
  Stamp stamp(String name) throws IOException {
    Path file = folder.resolve(name);
    try {
      BasicFileAttributes is =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return new Stamp(
          String.valueOf(is.fileKey()),
          is.lastModifiedTime().to(java.util.concurrent.TimeUnit.NANOSECONDS),
          is.size());
    } catch (NoSuchFileException e) {
      throw missing(file, e);
    }
  }

  /** Replaces a file, or makes it; when this returns it is durable. */
  void write(String name, byte[] content) throws IOException {
    Path file = folder.resolve(name);
    Path directory = file.getParent();
    if (directory == null) {
      throw new IllegalArgumentException("A file of the folder is in a folder.");
    }
    if (!directory.equals(folder) && !Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      makeFolder(directory);
      sync(folder);
    }
    steps.at("begin " + name);
    Path temporary =
        Files.createTempFile(directory, TEMPORARY, "", PosixFilePermissions.asFileAttribute(FILE));
    try {
      try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        ByteBuffer buffer = ByteBuffer.wrap(content);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
        channel.force(true);
      }
      steps.at("written " + name);
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      steps.at("renamed " + name);
      sync(directory);
      steps.at("durable " + name);
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
  }

  /** As {@link #write}, and wipes the content. */
  void writeSecret(String name, byte[] content) throws IOException {
    try {
      write(name, content);
    } finally {
      Arrays.fill(content, (byte) 0);
    }
  }

  /** Removes a file if it is there; when this returns that is durable. */
  void remove(String name) throws IOException {
    Path file = folder.resolve(name);
    steps.at("remove " + name);
    if (Files.deleteIfExists(file)) {
      Path directory = file.getParent();
      if (directory != null) {
        sync(directory);
      }
      steps.at("removed " + name);
    }
  }

  /**
   * The names in a folder of it, in no order; what a killed process left half is not among them.
   */
  List<String> list(String subfolder) throws IOException {
    List<String> names = new ArrayList<>();
    Path directory = folder.resolve(subfolder);
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return names;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        String name = String.valueOf(entry.getFileName());
        if (!name.startsWith(TEMPORARY)) {
          names.add(name);
        }
      }
    }
    return names;
  }

  /** What is done while nobody else, of any process, changes the folder. */
  interface Change<T> {
    T run() throws IOException;
  }

  /** A {@link Change} without a result. */
  interface Action {
    void run() throws IOException;
  }

  /** As {@link #locked}. */
  void whileLocked(Action action) throws IOException {
    locked(
        () -> {
          action.run();
          return true;
        });
  }

  /** Excludes all others who change it. Not for waiting for anybody meanwhile. */
  <T> T locked(Change<T> change) throws IOException {
    requireOwnerOnly(folder, FOLDER, "700");
    ReentrantLock lock = LOCKS.computeIfAbsent(folder, f -> new ReentrantLock());
    lock.lock();
    try {
      if (lock.getHoldCount() > 1) {
        return change.run();
      }
      try (FileChannel channel =
              FileChannel.open(
                  folder.resolve("lock"),
                  Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                  PosixFilePermissions.asFileAttribute(FILE));
          FileLock held = channel.lock()) {
        if (!held.isValid()) {
          throw new IOException("Cannot lock " + folder + ". Look at its file system.");
        }
        sweep();
        return change.run();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Removes what killed processes left half written: it may hold keys. */
  private void sweep() throws IOException {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, TEMPORARY + "*")) {
      for (Path file : left) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static void requireOwnerOnly(Path path, Set<PosixFilePermission> allowed, String mode)
      throws IOException {
    Set<PosixFilePermission> permissions;
    try {
      permissions = Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      throw missing(path, e);
    } catch (UnsupportedOperationException e) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot use "
              + path
              + ": its file system has no modes, so others could read the keys. Move it to one that"
              + " has.",
          e);
    }
    if (!allowed.containsAll(permissions)) {
      throw new ProviderException(
          ErrorKind.DENIED,
          "Cannot use "
              + path
              + ": its mode is "
              + PosixFilePermissions.toString(permissions)
              + ", so others than its owner can use it. Run chmod "
              + mode
              + " on it, and enrol the site anew if somebody may have read its key.");
    }
  }

  private static ProviderException missing(Path path, IOException cause) {
    return new ProviderException(
        ErrorKind.NOT_FOUND,
        "Cannot use "
            + path
            + ": it does not exist. Name the right folder, or create an authority or enrol the site"
            + " first.",
        cause);
  }
}
