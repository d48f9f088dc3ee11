// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;

/** Reads stored values, and refuses what does not fit as CORRUPT. Little-endian. */
final class ByteReader {
  private final ByteBuffer in;
  private final String what;

  ByteReader(byte[] bytes, String what) {
    this(ByteBuffer.wrap(bytes), what);
  }

  ByteReader(ByteBuffer in, String what) {
    this.in = in.order(ByteOrder.LITTLE_ENDIAN);
    this.what = what;
  }

  int u8() throws ProviderException {
    return need(1).get() & 0xff;
  }

  int u16() throws ProviderException {
    return need(2).getShort() & 0xffff;
  }

  int i32() throws ProviderException {
    return need(4).getInt();
  }

  long u32() throws ProviderException {
    return need(4).getInt() & 0xffffffffL;
  }

  long i64() throws ProviderException {
    return need(8).getLong();
  }

  /** A count or length that may not be larger than {@code max}. */
  int length(long max) throws ProviderException {
    long length = u32();
    if (length > max) {
      throw corrupt("a length of " + length + " is larger than " + max);
    }
    return (int) length;
  }

  byte[] bytes(int length) throws ProviderException {
    byte[] bytes = new byte[length];
    need(length).get(bytes);
    return bytes;
  }

  Fid fid() throws ProviderException {
    return new Fid(i64(), i32(), i32());
  }

  FileTime time() throws ProviderException {
    long seconds = i64();
    int nanos = i32();
    if (nanos < 0 || nanos > 999_999_999) {
      throw corrupt("a time has " + nanos + " nanoseconds");
    }
    return new FileTime(seconds, nanos);
  }

  Instant instant() throws ProviderException {
    try {
      return time().toInstant();
    } catch (DateTimeException e) {
      throw corrupt("a time is out of range");
    }
  }

  PathBytes path(int length) throws ProviderException {
    try {
      return PathBytes.of(bytes(length));
    } catch (IllegalArgumentException e) {
      throw corrupt("a name holds a NUL byte");
    }
  }

  String text() throws ProviderException {
    return new String(bytes(u16()), StandardCharsets.UTF_8);
  }

  boolean hasMore() {
    return in.hasRemaining();
  }

  int remaining() {
    return in.remaining();
  }

  ProviderException corrupt(String reason) {
    return Failures.corrupt(what, reason);
  }

  private ByteBuffer need(int length) throws ProviderException {
    if (in.remaining() < length) {
      throw corrupt("it ends " + (length - in.remaining()) + " bytes too early");
    }
    return in;
  }
}
