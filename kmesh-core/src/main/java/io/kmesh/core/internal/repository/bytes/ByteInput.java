// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.bytes;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.util.Arrays;

/** Reads the forms of docs/format/repository.md within bounds. For one thread. */
public final class ByteInput {
  private final byte[] bytes;
  private final int end;
  private final Object what;
  private int position;

  /**
   * Reads a part of an array.
   *
   * @param what what is read, asked for its text when a message needs it
   */
  public ByteInput(byte[] bytes, int offset, int length, Object what) {
    this.bytes = bytes;
    this.position = offset;
    this.end = offset + length;
    this.what = what;
  }

  /** Reads an array. */
  public ByteInput(byte[] bytes, Object what) {
    this(bytes, 0, bytes.length, what);
  }

  /** The place of the next byte in the array. */
  public int position() {
    return position;
  }

  /** Whether bytes are left. */
  public boolean hasMore() {
    return position < end;
  }

  /** How many bytes are left. */
  public int remaining() {
    return end - position;
  }

  /** What says that this input is not in its form. */
  public ProviderException damaged(String reason) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot read " + what + ": " + reason + ". It is damaged; run a check, then a repair.");
  }

  private void need(int count) throws ProviderException {
    if (count < 0 || end - position < count) {
      throw damaged("it ends early, " + count + " bytes are missing at " + position);
    }
  }

  /** One byte, 0 to 255. */
  public int u8() throws ProviderException {
    need(1);
    return bytes[position++] & 0xff;
  }

  /** Four bytes, little-endian, as they are. */
  public int u32() throws ProviderException {
    need(4);
    int value = 0;
    for (int i = 0; i < 4; i++) {
      value |= (bytes[position++] & 0xff) << (8 * i);
    }
    return value;
  }

  /** Four bytes, little-endian, up to a bound. */
  public int u32(int most, String field) throws ProviderException {
    int value = u32();
    if (value < 0 || value > most) {
      throw damaged("its " + field + " is " + Integer.toUnsignedString(value));
    }
    return value;
  }

  /** Eight bytes, big-endian. */
  public long u64BigEndian() throws ProviderException {
    need(8);
    long value = 0;
    for (int i = 0; i < 8; i++) {
      value = value << 8 | (bytes[position++] & 0xff);
    }
    return value;
  }

  /** A number of 64 bits. */
  public long varint() throws ProviderException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int next = u8();
      if (shift == 63 && next > 1) {
        break;
      }
      value |= (long) (next & 0x7f) << shift;
      if (next < 0x80) {
        if (next == 0 && shift > 0) {
          throw damaged("a number is not in its shortest form");
        }
        return value;
      }
    }
    throw damaged("a number has more than 64 bits");
  }

  /** A number from 0 to a bound. */
  public long varint(long most, String field) throws ProviderException {
    long value = varint();
    if (value < 0 || value > most) {
      throw damaged("its " + field + " is " + Long.toUnsignedString(value));
    }
    return value;
  }

  /** A number of things of which each takes a byte at least. */
  public int count(String field) throws ProviderException {
    return (int) varint(remaining(), field);
  }

  /** A signed number. */
  public long zigzag() throws ProviderException {
    long value = varint();
    return (value >>> 1) ^ -(value & 1);
  }

  /** So many bytes. */
  public byte[] raw(int length) throws ProviderException {
    need(length);
    byte[] copy = Arrays.copyOfRange(bytes, position, position + length);
    position += length;
    return copy;
  }

  /** A length, then so many bytes. */
  public byte[] block() throws ProviderException {
    return raw((int) varint(remaining(), "length"));
  }

  /** Leaves bytes out. */
  public void skip(int length) throws ProviderException {
    need(length);
    position += length;
  }

  /** Checks that nothing is left. */
  public void end() throws ProviderException {
    if (hasMore()) {
      throw damaged(remaining() + " bytes follow its end");
    }
  }
}
