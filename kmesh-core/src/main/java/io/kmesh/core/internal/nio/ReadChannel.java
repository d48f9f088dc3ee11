// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.nio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.ClosedFileSystemException;

/** Reads a file that does not change. Reads ahead when it is read from one end on. Thread-safe. */
final class ReadChannel implements SeekableByteChannel {
  private final KmeshFileSystem system;
  private final Volume.Bytes content;
  private final ReadRun run = new ReadRun();
  private long position;
  private volatile boolean isClosed;

  ReadChannel(KmeshFileSystem system, Volume.Bytes content) {
    this.system = system;
    this.content = content;
  }

  private void check() throws ClosedChannelException {
    if (!isOpen()) {
      throw new ClosedChannelException();
    }
  }

  @Override
  public synchronized int read(ByteBuffer target) throws IOException {
    check();
    if (position >= content.size()) {
      return -1;
    }
    try {
      int count = content.read(position, target, run.isSequential(position));
      position += count;
      run.read(position, count);
      return count;
    } catch (ClosedFileSystemException e) {
      ClosedChannelException closed = new ClosedChannelException();
      closed.initCause(e);
      throw closed;
    }
  }

  /** Reads at a place; the position stays. */
  int readAt(ByteBuffer target, long offset) throws IOException {
    check();
    if (offset >= content.size()) {
      return -1;
    }
    return content.read(offset, target, false);
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    check();
    throw new NonWritableChannelException();
  }

  @Override
  public synchronized long position() throws IOException {
    check();
    return position;
  }

  @Override
  public synchronized SeekableByteChannel position(long newPosition) throws IOException {
    check();
    if (newPosition < 0) {
      throw new IllegalArgumentException("Cannot go to " + newPosition + ": it is negative.");
    }
    position = newPosition;
    return this;
  }

  @Override
  public long size() throws IOException {
    check();
    return content.size();
  }

  @Override
  public SeekableByteChannel truncate(long newSize) throws IOException {
    check();
    throw new NonWritableChannelException();
  }

  @Override
  public boolean isOpen() {
    return !isClosed && system.isOpen();
  }

  @Override
  public void close() throws IOException {
    isClosed = true;
    content.close();
  }
}
