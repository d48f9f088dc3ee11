// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.OpenMode;
import io.kmesh.core.internal.nio.ReadRun;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;

/** Reads and writes a file of a copy. Thread-safe. */
final class CopyChannel implements SeekableByteChannel {
  private final CopyVolume volume;
  private final CopyContent content;
  private final OpenMode mode;
  private final AtClose atClose;
  private final ReadRun run = new ReadRun();
  private long position;
  private volatile boolean isClosed;

  /** What is done when it is closed. */
  @FunctionalInterface
  interface AtClose {
    void run() throws IOException;
  }

  /** A channel of a content that was acquired for it. */
  CopyChannel(CopyVolume volume, CopyContent content, OpenMode mode, AtClose atClose) {
    this.volume = volume;
    this.content = content;
    this.mode = mode;
    this.atClose = atClose;
  }

  private void check() throws ClosedChannelException {
    if (!isOpen()) {
      throw new ClosedChannelException();
    }
  }

  @Override
  public synchronized int read(ByteBuffer target) throws IOException {
    check();
    if (!mode.reads()) {
      throw new NonReadableChannelException();
    }
    if (position >= content.size()) {
      return -1;
    }
    int count = content.read(position, target, run.isSequential(position));
    position += count;
    run.read(position, count);
    return count;
  }

  @Override
  public synchronized int write(ByteBuffer source) throws IOException {
    check();
    if (!mode.writes()) {
      throw new NonWritableChannelException();
    }
    int count = source.remaining();
    position = content.write(mode.appends() ? -1 : position, source);
    if (mode.syncs()) {
      content.commit();
      volume.sync();
    }
    return count;
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
  public synchronized SeekableByteChannel truncate(long newSize) throws IOException {
    check();
    if (!mode.writes()) {
      throw new NonWritableChannelException();
    }
    if (newSize < 0) {
      throw new IllegalArgumentException("Cannot cut to " + newSize + ": it is negative.");
    }
    content.truncate(newSize);
    position = Math.min(position, newSize);
    return this;
  }

  @Override
  public boolean isOpen() {
    return !isClosed && volume.isOpen();
  }

  @Override
  public synchronized void close() throws IOException {
    if (isClosed) {
      return;
    }
    isClosed = true;
    if (volume.isOpen()) {
      volume.release(content);
      atClose.run();
    }
  }
}
