// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Gathers small frames into large writes, and passes large arrays on without copying most of them.
 * For one thread at a time, but for {@link #written}.
 */
final class FrameOutput {
  private final OutputStream out;
  private final byte[] buffer = new byte[64 << 10];
  private int fill;
  private boolean isDirty;
  private volatile long written;

  FrameOutput(OutputStream out) {
    this.out = out;
  }

  /** The bytes that were handed to the stream below. Any thread may ask. */
  long written() {
    return written;
  }

  void head(int type, int flags, int length) throws IOException {
    u8(type);
    u8(flags);
    u16(0);
    i32(length);
  }

  void u8(int value) throws IOException {
    if (fill == buffer.length) {
      drain();
    }
    buffer[fill++] = (byte) value;
  }

  void u16(int value) throws IOException {
    u8(value >>> 8);
    u8(value);
  }

  void i32(int value) throws IOException {
    u16(value >>> 16);
    u16(value);
  }

  void i64(long value) throws IOException {
    i32((int) (value >>> 32));
    i32((int) value);
  }

  void set(IdSet set) throws IOException {
    i64(set.floor());
    u16(set.bits().length);
    bytes(set.bits(), set.bits().length);
  }

  void bytes(byte[] bytes, int length) throws IOException {
    int done = 0;
    while (done < length) {
      if (fill == 0 && length - done >= buffer.length) {
        write(bytes, done, length - done);
        return;
      }
      int some = Math.min(length - done, buffer.length - fill);
      System.arraycopy(bytes, done, buffer, fill, some);
      fill += some;
      done += some;
      if (fill == buffer.length) {
        drain();
      }
    }
  }

  /** Sends all that was gathered. */
  void flush() throws IOException {
    drain();
    if (isDirty) {
      out.flush();
      isDirty = false;
    }
  }

  private void drain() throws IOException {
    if (fill > 0) {
      write(buffer, 0, fill);
      fill = 0;
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  private void write(byte[] bytes, int offset, int length) throws IOException {
    out.write(bytes, offset, length);
    isDirty = true;
    written += length;
  }
}
