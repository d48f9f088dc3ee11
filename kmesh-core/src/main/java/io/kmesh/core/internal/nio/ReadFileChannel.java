// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.nio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import org.jspecify.annotations.Nullable;

/** A file that is open for reading, with what a file channel can do besides. Thread-safe. */
final class ReadFileChannel extends FileChannel {
  private static final int PIECE = 1 << 20;

  private final ReadChannel channel;

  ReadFileChannel(ReadChannel channel) {
    this.channel = channel;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    return channel.read(target);
  }

  @Override
  public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
    long count = 0;
    for (int i = offset; i < offset + length; i++) {
      if (targets[i].hasRemaining()) {
        int read = channel.read(targets[i]);
        if (read < 0) {
          return count == 0 ? -1 : count;
        }
        count += read;
        if (targets[i].hasRemaining()) {
          return count;
        }
      }
    }
    return count;
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    if (position < 0) {
      throw new IllegalArgumentException("Cannot read at " + position + ": it is negative.");
    }
    return channel.readAt(target, position);
  }

  @Override
  public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
    ByteBuffer piece = ByteBuffer.allocate((int) Math.max(1, Math.min(PIECE, count)));
    long done = 0;
    while (done < count) {
      piece.clear().limit((int) Math.min(piece.capacity(), count - done));
      if (channel.readAt(piece, position + done) <= 0) {
        break;
      }
      piece.flip();
      int length = piece.remaining();
      int written = target.write(piece);
      done += written;
      if (written < length) {
        break;
      }
    }
    return done;
  }

  @Override
  public long position() throws IOException {
    return channel.position();
  }

  @Override
  public FileChannel position(long newPosition) throws IOException {
    channel.position(newPosition);
    return this;
  }

  @Override
  public long size() throws IOException {
    return channel.size();
  }

  @Override
  public void force(boolean metaData) {
    // Nothing is written.
  }

  @Override
  public int write(ByteBuffer source) {
    throw new NonWritableChannelException();
  }

  @Override
  public long write(ByteBuffer[] sources, int offset, int length) {
    throw new NonWritableChannelException();
  }

  @Override
  public int write(ByteBuffer source, long position) {
    throw new NonWritableChannelException();
  }

  @Override
  public FileChannel truncate(long size) {
    throw new NonWritableChannelException();
  }

  @Override
  public long transferFrom(ReadableByteChannel source, long position, long count) {
    throw new NonWritableChannelException();
  }

  @Override
  public MappedByteBuffer map(MapMode mode, long position, long size) {
    throw new UnsupportedOperationException(
        "Cannot map a file of this file system: its bytes are in no file here. Read it.");
  }

  @Override
  public FileLock lock(long position, long size, boolean shared) {
    throw new UnsupportedOperationException("Cannot lock a file of this file system.");
  }

  @Override
  public @Nullable FileLock tryLock(long position, long size, boolean shared) {
    throw new UnsupportedOperationException("Cannot lock a file of this file system.");
  }

  @Override
  protected void implCloseChannel() throws IOException {
    channel.close();
  }
}
