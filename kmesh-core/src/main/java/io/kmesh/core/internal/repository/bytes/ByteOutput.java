// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.bytes;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes that grow, in the forms of docs/format/repository.md. For one thread. */
public final class ByteOutput {
  private byte[] bytes;
  private int size;

  /** Room for some bytes at first. */
  public ByteOutput(int room) {
    bytes = new byte[Math.max(room, 16)];
  }

  /** The number of bytes. */
  public int size() {
    return size;
  }

  /** The bytes as they are kept, of which the first {@link #size} count, until the next write. */
  public byte[] array() {
    return bytes;
  }

  /** A copy of the bytes. */
  public byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  /** Forgets all bytes. */
  public void clear() {
    size = 0;
  }

  private void need(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(size + more, bytes.length * 2));
    }
  }

  /** One byte. */
  public void u8(int value) {
    need(1);
    bytes[size++] = (byte) value;
  }

  /** Four bytes, little-endian. */
  public void u32(int value) {
    need(4);
    for (int i = 0; i < 4; i++) {
      bytes[size++] = (byte) (value >>> (8 * i));
    }
  }

  /** Eight bytes, big-endian. */
  public void u64BigEndian(long value) {
    need(8);
    byte[] to = bytes;
    int at = size;
    to[at] = (byte) (value >>> 56);
    to[at + 1] = (byte) (value >>> 48);
    to[at + 2] = (byte) (value >>> 40);
    to[at + 3] = (byte) (value >>> 32);
    to[at + 4] = (byte) (value >>> 24);
    to[at + 5] = (byte) (value >>> 16);
    to[at + 6] = (byte) (value >>> 8);
    to[at + 7] = (byte) value;
    size = at + 8;
  }

  /** An unsigned number in 1 to 10 bytes. */
  public void varint(long value) {
    need(10);
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
  }

  /** A signed number, small ones short. */
  public void zigzag(long value) {
    varint((value << 1) ^ (value >> 63));
  }

  /** Bytes as they are. */
  public void raw(byte[] source, int offset, int length) {
    need(length);
    System.arraycopy(source, offset, bytes, size, length);
    size += length;
  }

  /** Bytes as they are. */
  public void raw(byte[] source) {
    raw(source, 0, source.length);
  }

  /** The length as a varint, then the bytes. */
  public void block(byte[] source) {
    varint(source.length);
    raw(source);
  }

  /** ASCII text as it is. */
  public void ascii(String text) {
    raw(text.getBytes(StandardCharsets.US_ASCII));
  }
}
