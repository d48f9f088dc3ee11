// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.key;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Reads and replaces a key file, whole and durably; only its owner may read it. Thread-safe. */
final class KeyFileIo {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

  /** A larger file is no key file: 16 MiB. */
  private static final long LARGEST = 16 << 20;

  /** Within one process the lock file's lock does not exclude. */
  private static final Object CHANGES = new Object();

  private final Path file;

  KeyFileIo(Path file) {
    this.file = file;
  }

  Path path() {
    return file;
  }

  /** What changes the keys. */
  interface Change {
    /** The keys that are to be there after it. */
    List<FileKey> of(List<FileKey> keys) throws IOException;
  }

  /**
   * Makes a file without keys.
   *
   * @throws ProviderException EXISTS when one is there
   */
  void create() throws IOException {
    Path parent = file.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    synchronized (CHANGES) {
      if (Files.exists(file)) {
        throw new ProviderException(
            ErrorKind.EXISTS,
            "Cannot create the key file " + file + ": it exists. Open it with KeyFile.at.");
      }
      replace(List.of());
    }
  }

  /**
   * Reads the keys.
   *
   * @throws ProviderException NOT_FOUND, DENIED when others may read it, CORRUPT, UNSUPPORTED
   */
  List<FileKey> read() throws IOException {
    requireOwnerOnly();
    if (Files.size(file) > LARGEST) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot read the key file "
              + file
              + ": it has "
              + Files.size(file)
              + " bytes, which no key file has. Name the right file.");
    }
    byte[] text = Files.readAllBytes(file);
    try {
      return KeyFileCodec.decode(file.toString(), text);
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }

  /** Changes the keys; no other process changes them meanwhile. */
  List<FileKey> change(Change change) throws IOException {
    Path lockFile = file.resolveSibling(file.getFileName() + ".lock");
    synchronized (CHANGES) {
      try (FileChannel channel =
              FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        if (!lock.isValid()) {
          throw new IOException("Cannot lock " + lockFile + ". Look at its file system.");
        }
        List<FileKey> keys = change.of(read());
        replace(keys);
        return keys;
      }
    }
  }

  private void requireOwnerOnly() throws IOException {
    Set<PosixFilePermission> permissions;
    try {
      permissions = Files.getPosixFilePermissions(file);
    } catch (NoSuchFileException e) {
      throw new ProviderException(
          ErrorKind.NOT_FOUND,
          "Cannot read the key file "
              + file
              + ": it does not exist. Name the right one, or create one with KeyFile.create.",
          e);
    } catch (UnsupportedOperationException e) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot read the key file "
              + file
              + ": its file system has no modes, so others could read it. Move it to one that has.",
          e);
    }
    if (!OWNER_ONLY.containsAll(permissions)) {
      throw new ProviderException(
          ErrorKind.DENIED,
          "Cannot read the key file "
              + file
              + ": its mode is "
              + PosixFilePermissions.toString(permissions)
              + ", so others than its owner can use it. Run chmod 600 on it, and rotate the keys if"
              + " somebody may have read them.");
    }
  }

  private void replace(List<FileKey> keys) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    FileAttribute<?> mode = PosixFilePermissions.asFileAttribute(OWNER_ONLY);
    Path temporary = Files.createTempFile(directory, ".kmesh-keys-", "", mode);
    byte[] text = KeyFileCodec.encode(keys);
    try {
      try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        ByteBuffer buffer = ByteBuffer.wrap(text);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
        channel.force(true);
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      try (FileChannel parent = FileChannel.open(directory, StandardOpenOption.READ)) {
        parent.force(true);
      }
    } finally {
      Arrays.fill(text, (byte) 0);
      Files.deleteIfExists(temporary);
    }
  }
}
