// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * An exclusive lock on byte 0 of a file between processes, and between the threads of this one. All
 * users of one file in this process share one channel: a POSIX record lock is lost when any
 * descriptor of the file is closed. Behind that byte the file has a count of changes. Thread-safe.
 */
final class ProcessLock implements StoreFiles.Exclusive {
  private static final int COUNT_OFFSET = 8;
  private static final Duration PAUSE = Duration.ofMillis(1);
  private static final Map<Path, Shared> SHARED = new HashMap<>(); // guarded by itself

  private final Shared shared;
  private final KmeshTime time;
  private boolean isClosed; // guarded by SHARED

  private ProcessLock(Shared shared, KmeshTime time) {
    this.shared = shared;
    this.time = time;
  }

  /** Opens the lock of a file, which is created where it is missing. */
  static ProcessLock open(Path file, KmeshTime time) throws IOException {
    synchronized (SHARED) {
      Path real =
          Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file has a folder")
              .toRealPath()
              .resolve(file.getFileName());
      Shared shared = SHARED.get(real);
      if (shared == null) {
        FileChannel channel =
            FileChannel.open(
                real,
                Set.of(
                    StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        shared = new Shared(real, channel);
        SHARED.put(real, shared);
      }
      shared.users++;
      return new ProcessLock(shared, time);
    }
  }

  @Override
  public void acquire() throws IOException {
    shared.threads.lock();
    try {
      shared.held = lockFile();
    } catch (IOException | RuntimeException e) {
      shared.threads.unlock();
      throw e;
    }
  }

  private FileLock lockFile() throws IOException {
    while (true) {
      try {
        return shared.channel.lock(0, 1, false);
      } catch (OverlappingFileLockException e) {
        // Another copy of this class in this process (another class loader) holds it.
        try {
          time.sleep(PAUSE);
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("interrupted while waiting for " + shared.file);
        }
      }
    }
  }

  @Override
  public void release() throws IOException {
    try {
      FileLock held = shared.held;
      shared.held = null;
      if (held != null) {
        held.release();
      }
    } finally {
      shared.threads.unlock();
    }
  }

  @Override
  public long changes() throws IOException {
    ByteBuffer count = ByteBuffer.allocate(Long.BYTES);
    while (count.hasRemaining()) {
      if (shared.channel.read(count, COUNT_OFFSET + count.position()) < 0) {
        return 0; // nobody counted yet
      }
    }
    return count.getLong(0);
  }

  @Override
  public long countChange() throws IOException {
    long next = changes() + 1;
    ByteBuffer count = ByteBuffer.allocate(Long.BYTES).putLong(0, next);
    while (count.hasRemaining()) {
      shared.channel.write(count, COUNT_OFFSET + count.position());
    }
    return next;
  }

  @Override
  public void close() throws IOException {
    synchronized (SHARED) {
      if (!isClosed) {
        isClosed = true;
        if (--shared.users == 0) {
          SHARED.remove(shared.file);
          shared.channel.close();
        }
      }
    }
  }

  private static final class Shared {
    private final Path file;
    private final FileChannel channel;
    private final ReentrantLock threads = new ReentrantLock(true);
    private int users; // guarded by SHARED
    private @Nullable FileLock held; // guarded by threads

    Shared(Path file, FileChannel channel) {
      this.file = file;
      this.channel = channel;
    }
  }
}
