// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A file that is locked for as long as this process lives, which tells others that it does.
 * Thread-safe.
 */
final class HeldFile implements Closeable {
  // What this process holds: opening such a file and closing it again would drop the POSIX lock.
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final FileChannel channel;

  private HeldFile(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /** Creates a file that must not exist and locks it. */
  static HeldFile create(Path file, FileAttribute<?> attribute) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), attribute);
    try {
      FileLock lock = channel.lock();
      assert lock.isValid();
      Path real = file.toRealPath();
      HELD.add(real);
      return new HeldFile(real, channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Whether a living process holds a file. */
  static boolean isHeld(Path file) throws IOException {
    if (HELD.contains(file.toRealPath())) {
      return true;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      return lock == null;
    } catch (OverlappingFileLockException e) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    HELD.remove(file);
    channel.close();
  }
}
