// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.nio;

import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.SyncMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * A channel over a tree's file. A read waits as the file's own read does: an interrupt neither ends
 * it nor closes the channel, as on Lustre.
 */
final class TreeChannel extends FileChannel {
  private static final int PIECE = 64 << 10;

  private final TreePath path;
  private final PosixFile file;
  private final ChannelMode mode;
  private final @Nullable Runnable atClose;
  private final Object positionLock = new Object();
  private long position;

  /**
   * Takes over a file.
   *
   * @param atClose what is done behind the close, or null
   */
  TreeChannel(TreePath path, PosixFile file, ChannelMode mode, @Nullable Runnable atClose) {
    this.path = path;
    this.file = file;
    this.mode = mode;
    this.atClose = atClose;
  }

  private void requireReadable() throws IOException {
    requireOpen();
    if (!mode.reads()) {
      throw new NonReadableChannelException();
    }
  }

  private void requireWritable() throws IOException {
    requireOpen();
    if (!mode.writes()) {
      throw new NonWritableChannelException();
    }
  }

  private void requireOpen() throws IOException {
    if (!isOpen()) {
      throw new ClosedChannelException();
    }
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    synchronized (positionLock) {
      int n = read(target, position);
      position += Math.max(n, 0);
      return n;
    }
  }

  @Override
  public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
    java.util.Objects.checkFromIndexSize(offset, length, targets.length);
    synchronized (positionLock) {
      long total = 0;
      for (int i = offset; i < offset + length; i++) {
        while (targets[i].hasRemaining()) {
          int n = read(targets[i]);
          if (n < 0) {
            return total == 0 ? -1 : total;
          }
          total += n;
        }
      }
      return total;
    }
  }

  @Override
  public int read(ByteBuffer target, long at) throws IOException {
    requireReadable();
    requireNotNegative(at);
    try {
      return file.read(target, at);
    } catch (IOException e) {
      throw TreeErrors.of(path, e);
    }
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    synchronized (positionLock) {
      if (mode.appends()) {
        position = size();
      }
      int n = writeAt(source, position);
      position += n;
      return n;
    }
  }

  @Override
  public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
    java.util.Objects.checkFromIndexSize(offset, length, sources.length);
    synchronized (positionLock) {
      long total = 0;
      for (int i = offset; i < offset + length; i++) {
        total += write(sources[i]);
      }
      return total;
    }
  }

  @Override
  public int write(ByteBuffer source, long at) throws IOException {
    requireNotNegative(at);
    return mode.appends() ? write(source) : writeAt(source, at);
  }

  private int writeAt(ByteBuffer source, long at) throws IOException {
    requireWritable();
    int n = source.remaining();
    try {
      file.write(source, at);
      if (mode.syncs()) {
        file.sync(SyncMode.ALL);
      }
      return n;
    } catch (IOException e) {
      throw TreeErrors.of(path, e);
    }
  }

  private static void requireNotNegative(long at) {
    if (at < 0) {
      throw new IllegalArgumentException("A position cannot be negative: " + at + ".");
    }
  }

  @Override
  public long position() throws IOException {
    requireOpen();
    synchronized (positionLock) {
      return position;
    }
  }

  @Override
  public FileChannel position(long newPosition) throws IOException {
    requireOpen();
    requireNotNegative(newPosition);
    synchronized (positionLock) {
      position = newPosition;
    }
    return this;
  }

  @Override
  public long size() throws IOException {
    requireOpen();
    try {
      return file.stat().size();
    } catch (IOException e) {
      throw TreeErrors.of(path, e);
    }
  }

  @Override
  public FileChannel truncate(long size) throws IOException {
    requireWritable();
    requireNotNegative(size);
    synchronized (positionLock) {
      try {
        if (size < file.stat().size()) {
          file.truncate(size);
        }
      } catch (IOException e) {
        throw TreeErrors.of(path, e);
      }
      position = Math.min(position, size);
    }
    return this;
  }

  @Override
  public void force(boolean metaData) throws IOException {
    requireOpen();
    try {
      file.sync(metaData ? SyncMode.ALL : SyncMode.DATA);
    } catch (IOException e) {
      throw TreeErrors.of(path, e);
    }
  }

  @Override
  public long transferTo(long at, long count, WritableByteChannel target) throws IOException {
    requireReadable();
    requireNotNegative(at);
    requireNotNegative(count);
    ByteBuffer piece = ByteBuffer.allocateDirect((int) Math.min(PIECE, count));
    long done = 0;
    while (done < count) {
      piece.clear().limit((int) Math.min(piece.capacity(), count - done));
      if (read(piece, at + done) < 0) {
        break;
      }
      piece.flip();
      int wanted = piece.remaining();
      int written = target.write(piece);
      done += written;
      if (written < wanted) {
        break;
      }
    }
    return done;
  }

  @Override
  public long transferFrom(ReadableByteChannel source, long at, long count) throws IOException {
    requireWritable();
    requireNotNegative(at);
    requireNotNegative(count);
    if (at > size()) {
      return 0;
    }
    ByteBuffer piece = ByteBuffer.allocateDirect((int) Math.min(PIECE, count));
    long done = 0;
    while (done < count) {
      piece.clear().limit((int) Math.min(piece.capacity(), count - done));
      if (source.read(piece) <= 0) {
        break;
      }
      piece.flip();
      done += writeAt(piece, at + done);
    }
    return done;
  }

  @Override
  public MappedByteBuffer map(MapMode mapMode, long at, long size) {
    throw new UnsupportedOperationException(
        "Cannot map " + path + ": a tree's view has no memory of its own. Read it.");
  }

  @Override
  public FileLock lock(long at, long size, boolean shared) {
    throw new UnsupportedOperationException("Cannot lock " + path + ": a tree has no locks.");
  }

  @Override
  public FileLock tryLock(long at, long size, boolean shared) {
    throw new UnsupportedOperationException("Cannot lock " + path + ": a tree has no locks.");
  }

  @Override
  protected void implCloseChannel() throws IOException {
    try {
      file.close();
    } catch (IOException e) {
      throw TreeErrors.of(path, e);
    } finally {
      if (atClose != null) {
        atClose.run();
      }
    }
  }
}
