// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The lock file of a state: held as long as this object is open, dropped by the kernel when the
 * process dies. Thread-safe.
 */
final class StateLock implements Closeable {
  /**
   * The files that this process holds. Needed because closing any descriptor of a file drops all
   * POSIX locks that the process has on it: a second opener in this process must not even open it.
   */
  private static final Set<Path> HELD = new HashSet<>();

  /** Descriptors that must stay open because a copy of this class holds the lock, see there. */
  private static final List<FileChannel> KEPT = new ArrayList<>();

  private final Path lockFile;
  private final FileChannel channel;
  private final FileLock lock;
  private boolean isClosed;

  private StateLock(Path lockFile, FileChannel channel, FileLock lock) {
    this.lockFile = lockFile;
    this.channel = channel;
    this.lock = lock;
  }

  /**
   * Takes the lock of a state file.
   *
   * @param file the state file, with a real directory
   * @throws ProviderException DENIED when someone holds it, with the holder's host and pid
   */
  static StateLock take(Path file, Instant now) throws IOException {
    Path lockFile = file.resolveSibling(file.getFileName() + ".lock");
    synchronized (HELD) {
      if (HELD.contains(lockFile)) {
        throw held(file, "this process (pid " + ProcessHandle.current().pid() + ") has it open");
      }
      FileChannel channel =
          FileChannel.open(
              lockFile,
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      FileLock lock = tryLock(file, channel);
      if (lock == null) {
        String holder = read(channel);
        channel.close();
        throw held(
            file, holder.isEmpty() ? "another process has it open" : holder + " has it open");
      }
      writeHolder(channel, now);
      HELD.add(lockFile);
      return new StateLock(lockFile, channel, lock);
    }
  }

  private static @Nullable FileLock tryLock(Path file, FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // Another class loader's copy of this class holds it. To close our descriptor would drop its
      // lock, so this one stays open until the process ends.
      KEPT.add(channel);
      throw held(file, "this process (pid " + ProcessHandle.current().pid() + ") has it open");
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private static ProviderException held(Path file, String holder) {
    return SqliteErrors.error(
        ErrorKind.DENIED,
        "open",
        file,
        holder,
        "Close it there, or choose another file: one process at a time may open a state.",
        null);
  }

  private static void writeHolder(FileChannel channel, Instant now) throws IOException {
    String text =
        "pid " + ProcessHandle.current().pid() + " on host " + hostName() + " since " + now + "\n";
    channel.truncate(0);
    channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
  }

  private static String read(FileChannel channel) throws IOException {
    ByteBuffer text = ByteBuffer.allocate(512);
    channel.read(text, 0);
    return new String(text.array(), 0, text.position(), StandardCharsets.UTF_8).strip();
  }

  private static String hostName() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      String name = System.getenv("HOSTNAME");
      return name == null ? "(unknown)" : name;
    }
  }

  /** Gives the lock back; the file stays, since removing it would race with the next opener. */
  @Override
  public void close() throws IOException {
    synchronized (HELD) {
      if (isClosed) {
        return;
      }
      isClosed = true;
      HELD.remove(lockFile);
      try (channel) {
        channel.truncate(0);
        lock.release();
      }
    }
  }
}
