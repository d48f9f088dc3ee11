// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/**
 * Reads big-endian numbers and bytes. Allocates what it is asked for only: who asks checks first.
 * For one thread at a time, but for {@link #received}.
 */
final class FrameInput {
  private final InputStream in;
  private final byte[] buffer = new byte[64 << 10];
  private int at;
  private int end;
  private volatile long received;

  FrameInput(InputStream in) {
    this.in = in;
  }

  /** The bytes that came, whether they were taken or not. Any thread may ask. */
  long received() {
    return received;
  }

  /** The bytes that were taken. */
  long count() {
    return received - (end - at);
  }

  /** Whether the stream ended, cleanly, where a frame could begin. */
  boolean isAtEnd() throws IOException {
    return at == end && !fill();
  }

  int u8() throws IOException {
    if (at == end && !fill()) {
      throw new EOFException("the stream ended inside a frame");
    }
    return buffer[at++] & 0xff;
  }

  int u16() throws IOException {
    return u8() << 8 | u8();
  }

  int i32() throws IOException {
    return u16() << 16 | u16();
  }

  long i64() throws IOException {
    return ((long) i32() << 32) | (i32() & 0xffffffffL);
  }

  byte[] bytes(int length) throws IOException {
    byte[] bytes = new byte[length];
    read(bytes, length);
    return bytes;
  }

  /** Fills the beginning of an array. */
  void read(byte[] into, int length) throws IOException {
    int have = Math.min(length, end - at);
    System.arraycopy(buffer, at, into, 0, have);
    at += have;
    while (have < length) {
      int more;
      if (length - have >= buffer.length) {
        more = in.read(into, have, length - have);
        counted(more);
      } else {
        more = fill() ? Math.min(length - have, end) : -1;
        if (more > 0) {
          System.arraycopy(buffer, 0, into, have, more);
          at = more;
        }
      }
      if (more < 0) {
        throw new EOFException("the stream ended inside a frame");
      }
      have += more;
    }
  }

  /** Passes over bytes. */
  void skip(int length) throws IOException {
    int left = length;
    while (left > 0) {
      if (at == end && !fill()) {
        throw new EOFException("the stream ended inside a frame");
      }
      int some = Math.min(left, end - at);
      at += some;
      left -= some;
    }
  }

  private boolean fill() throws IOException {
    at = 0;
    end = 0;
    int more = in.read(buffer, 0, buffer.length);
    counted(more);
    end = Math.max(more, 0);
    return more > 0;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  private void counted(int more) {
    if (more > 0) {
      received += more;
    }
  }
}
