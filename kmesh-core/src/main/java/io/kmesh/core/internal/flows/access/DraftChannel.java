// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.nio.OpenMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.SeekableByteChannel;

/** Writes a file that is sent when this is closed. Thread-safe. */
final class DraftChannel implements SeekableByteChannel {
  private final Drafts.Draft draft;
  private final OpenMode mode;
  private final Sending sending;
  private final Runnable closed;
  private boolean isChanged;
  private boolean isClosed;
  private long position;

  /** Sends what was written. */
  interface Sending {
    /** Sends so many bytes. */
    void send(long size) throws IOException;
  }

  /**
   * A channel.
   *
   * @param isNew whether it is sent though nothing is written
   * @param closed called when it is, whatever came of it
   */
  DraftChannel(Drafts.Draft draft, OpenMode mode, boolean isNew, Sending sending, Runnable closed) {
    this.closed = closed;
    this.draft = draft;
    this.mode = mode;
    this.isChanged = isNew;
    this.sending = sending;
  }

  private void check() throws ClosedChannelException {
    if (isClosed) {
      throw new ClosedChannelException();
    }
  }

  @Override
  public synchronized int read(ByteBuffer target) throws IOException {
    check();
    if (!mode.reads()) {
      throw new NonReadableChannelException();
    }
    int count = draft.file().read(target, position);
    position += Math.max(0, count);
    return count;
  }

  @Override
  public synchronized int write(ByteBuffer source) throws IOException {
    check();
    int length = source.remaining();
    long at = mode.appends() ? draft.size() : position;
    draft.file().write(source, at);
    position = at + length;
    isChanged = true;
    return length;
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
  public synchronized long size() throws IOException {
    check();
    return draft.size();
  }

  @Override
  public synchronized SeekableByteChannel truncate(long newSize) throws IOException {
    check();
    if (newSize < draft.size()) {
      draft.file().truncate(newSize);
      isChanged = true;
    }
    position = Math.min(position, newSize);
    return this;
  }

  @Override
  public synchronized boolean isOpen() {
    return !isClosed;
  }

  /** Returns when what was written is durable where it is sent; a failure says that it is not. */
  @Override
  public synchronized void close() throws IOException {
    if (isClosed) {
      return;
    }
    isClosed = true;
    try (draft) {
      if (isChanged) {
        sending.send(draft.size());
      }
    } finally {
      closed.run();
    }
  }
}
