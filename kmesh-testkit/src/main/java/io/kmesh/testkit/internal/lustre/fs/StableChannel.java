// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file read and written at positions, which an interrupted thread does not close for all others
 * as it would a plain {@link FileChannel}. Thread-safe.
 */
final class StableChannel implements Closeable {
  @FunctionalInterface
  private interface Io<T> {
    T run(FileChannel channel) throws IOException;
  }

  private final Path path;
  private final Object syncing = new Object();
  private final boolean readOnly;
  private final StorageSteps steps;
  private volatile FileChannel channel;
  private volatile boolean closed;
  private volatile boolean unsynced;

  private StableChannel(Path path, boolean readOnly, StorageSteps steps) throws IOException {
    this.path = path;
    this.readOnly = readOnly;
    this.steps = steps;
    this.channel = openChannel();
  }

  /** Opens a file for reading and writing, and creates it when it is not there. */
  static StableChannel open(Path path, StorageSteps steps) throws IOException {
    return new StableChannel(path, false, steps);
  }

  /** Opens an existing file for reading. */
  static StableChannel openForReading(Path path) throws IOException {
    return new StableChannel(path, true, StorageSteps.UNSEEN);
  }

  private FileChannel openChannel() throws IOException {
    return readOnly
        ? FileChannel.open(path, StandardOpenOption.READ)
        : FileChannel.open(
            path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
  }

  /** Fills the buffer from a position; false when the file ends before its last byte. */
  boolean readFully(ByteBuffer target, long position) throws IOException {
    int start = target.position();
    return run(
        c -> {
          target.position(start);
          while (target.hasRemaining()) {
            if (c.read(target, position + target.position() - start) < 0) {
              return false;
            }
          }
          return true;
        });
  }

  /** Reads what is there, at most the buffer's rest; the number of bytes. */
  int readSome(ByteBuffer target, long position) throws IOException {
    int start = target.position();
    return run(
        c -> {
          target.position(start);
          while (target.hasRemaining()) {
            if (c.read(target, position + target.position() - start) < 0) {
              break;
            }
          }
          return target.position() - start;
        });
  }

  /** Writes the whole buffer at a position. */
  void write(ByteBuffer source, long position) throws IOException {
    int start = source.position();
    steps.before("write " + path.getFileName());
    unsynced = true;
    run(
        c -> {
          source.position(start);
          while (source.hasRemaining()) {
            c.write(source, position + source.position() - start);
          }
          return true;
        });
  }

  /** The file's size. */
  long size() throws IOException {
    return run(FileChannel::size);
  }

  /** Cuts the file. */
  void truncate(long size) throws IOException {
    steps.before("truncate " + path.getFileName());
    unsynced = true;
    run(c -> c.truncate(size));
  }

  /** Makes durable what was written before the call. Who waits for another's call shares it. */
  void sync() throws IOException {
    synchronized (syncing) {
      if (unsynced) {
        unsynced = false;
        try {
          run(
              c -> {
                c.force(false);
                return true;
              });
        } catch (IOException e) {
          unsynced = true;
          throw e;
        }
      }
    }
  }

  private <T> T run(Io<T> io) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        interrupted |= Thread.interrupted();
        FileChannel current = channel;
        try {
          return io.run(current);
        } catch (ClosedByInterruptException e) {
          reopen(current);
        } catch (ClosedChannelException e) {
          if (closed) {
            throw new EOFException("Cannot use " + path + ": the file system was closed.");
          }
          reopen(current);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private synchronized void reopen(FileChannel broken) throws IOException {
    if (channel == broken && !closed) {
      channel = openChannel();
    }
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    channel.close();
  }
}
