// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes values to be stored, growing as needed. Little-endian. */
final class ByteWriter {
  private ByteBuffer out;

  ByteWriter(int expected) {
    out = ByteBuffer.allocate(expected).order(ByteOrder.LITTLE_ENDIAN);
  }

  ByteWriter u8(int value) {
    need(1).put((byte) value);
    return this;
  }

  ByteWriter u16(int value) {
    need(2).putShort((short) value);
    return this;
  }

  ByteWriter i32(int value) {
    need(4).putInt(value);
    return this;
  }

  ByteWriter i64(long value) {
    need(8).putLong(value);
    return this;
  }

  ByteWriter bytes(byte[] value) {
    need(value.length).put(value);
    return this;
  }

  ByteWriter fid(Fid fid) {
    return i64(fid.sequence()).i32(fid.oid()).i32(fid.version());
  }

  ByteWriter time(FileTime time) {
    return i64(time.seconds()).i32(time.nanos());
  }

  /** A name or path of at most 65,535 bytes, with its length before it. */
  ByteWriter path(PathBytes path) {
    return u16(path.length()).bytes(path.toBytes());
  }

  /** A text of at most 65,535 UTF-8 bytes, with its length before it. */
  ByteWriter text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return u16(bytes.length).bytes(bytes);
  }

  int length() {
    return out.position();
  }

  byte[] toBytes() {
    return Arrays.copyOf(out.array(), out.position());
  }

  private ByteBuffer need(int length) {
    if (out.remaining() < length) {
      int grown = Math.max(out.capacity() * 2, out.position() + length);
      ByteBuffer larger = ByteBuffer.allocate(grown).order(ByteOrder.LITTLE_ENDIAN);
      larger.put(out.flip());
      out = larger;
    }
    return out;
  }
}
