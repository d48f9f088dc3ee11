// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Files of one folder, which is held by a lock that ends with the process. */
final class NioRecordFiles implements RecordFiles {
  private static final String LOCK = "lock";
  private static final String NEW = ".new";
  private static final long MOST_BYTES = 64 << 20;
  private static final FileAttribute<Set<PosixFilePermission>> OWN_FOLDER =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final FileAttribute<Set<PosixFilePermission>> OWN_FILE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  /**
   * The folders that this process holds: a second opener must not open the lock file, since closing
   * any descriptor of it would end the lock.
   */
  private static final Set<Path> HELD = new HashSet<>();

  private final Path folder;
  private final FileChannel lockChannel;
  private boolean isClosed; // guarded by this

  private NioRecordFiles(Path folder, FileChannel lockChannel) {
    this.folder = folder;
    this.lockChannel = lockChannel;
  }

  /** Opens a folder, which is made where it is missing; empty when somebody else holds it. */
  static Optional<RecordFiles> open(Path wanted) throws IOException {
    Files.createDirectories(wanted, OWN_FOLDER);
    Path folder = wanted.toRealPath();
    synchronized (HELD) {
      if (HELD.contains(folder)) {
        return Optional.empty();
      }
      FileChannel channel =
          FileChannel.open(
              folder.resolve(LOCK),
              Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
              OWN_FILE);
      try {
        if (lock(channel) == null) {
          channel.close();
          return Optional.empty();
        }
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
      HELD.add(folder);
      return Optional.of(new NioRecordFiles(folder, channel));
    }
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // held by another copy of this class in this process
    }
  }

  @Override
  public List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        if (!name.equals(LOCK) && !name.endsWith(NEW)) {
          names.add(name);
        }
      }
    }
    names.sort(null);
    return names;
  }

  @Override
  public byte @Nullable [] read(String name) throws IOException {
    Path file = folder.resolve(name);
    try {
      return Files.size(file) > MOST_BYTES ? null : Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  @Override
  public void create(String name, ByteBuffer content) throws IOException {
    try (FileChannel channel = aside(name)) {
      write(channel, content);
      channel.force(true);
    }
    rename(name);
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public void write(String name, ByteBuffer content) throws IOException {
    try (FileChannel channel = aside(name)) {
      write(channel, content);
    }
    rename(name);
  }

  private FileChannel aside(String name) throws IOException {
    Path made = folder.resolve(name + NEW);
    Files.deleteIfExists(made);
    return FileChannel.open(
        made, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), OWN_FILE);
  }

  private void rename(String name) throws IOException {
    Files.move(
        folder.resolve(name + NEW),
        folder.resolve(name),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void append(String name, ByteBuffer record) throws IOException {
    try (FileChannel channel = FileChannel.open(folder.resolve(name), StandardOpenOption.APPEND)) {
      write(channel, record);
    }
  }

  private static void write(FileChannel channel, ByteBuffer bytes) throws IOException {
    ByteBuffer rest = bytes.duplicate();
    while (rest.hasRemaining()) {
      channel.write(rest);
    }
  }

  @Override
  public void delete(String name) throws IOException {
    Files.deleteIfExists(folder.resolve(name));
  }

  @Override
  public synchronized void close() throws IOException {
    if (isClosed) {
      return;
    }
    isClosed = true;
    synchronized (HELD) {
      HELD.remove(folder);
      lockChannel.close();
    }
  }
}
