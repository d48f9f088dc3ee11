// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.chunk;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Finds where chunks end: content-defined, by a gear hash of the last 64 bytes, normalised around
 * the average length. The same bytes behind a boundary give the same boundaries. Immutable, so any
 * number of threads may share one.
 */
public final class GearChunker implements Cutter {
  /** The bytes of a gear table: 256 little-endian numbers of 64 bits. */
  public static final int TABLE_BYTES = 256 * Long.BYTES;

  /** How many bytes the hash remembers. */
  static final int WINDOW = 64;

  /** Bytes for each call of the loop: the JIT compiles what is entered often. */
  private static final int SLICE = 64 << 10;

  private final long[] gear = new long[256];
  private final ChunkProfile profile;
  private final long strict;
  private final long loose;

  /** A chunker with the gear table of a domain. */
  public GearChunker(byte[] table, ChunkProfile profile) {
    if (table.length != TABLE_BYTES) {
      throw new IllegalArgumentException(
          "Cannot make a gear table of " + table.length + " bytes: it has " + TABLE_BYTES);
    }
    ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(gear);
    this.profile = profile;
    int bits = Integer.numberOfTrailingZeros(profile.average());
    strict = -1L << (Long.SIZE - (bits + 1));
    loose = -1L << (Long.SIZE - (bits - 1));
  }

  /** The lengths that this one keeps. */
  public ChunkProfile profile() {
    return profile;
  }

  @Override
  public int cut(byte[] data, int from, int to, boolean isEnd) {
    Objects.checkFromToIndex(from, to, data.length);
    int length = to - from;
    int min = profile.min();
    if (length > min) {
      int average = from + Math.min(length, profile.average());
      int max = from + Math.min(length, profile.max());
      // One call of scan, in one place: with two that are inlined, the code is half as fast.
      for (int at = from + min - 1; at < max; ) {
        boolean isShort = at < average;
        int next = Math.min(isShort ? average : max, at + SLICE);
        int end = scan(gear, data, at, next, isShort ? strict : loose);
        if (end >= 0) {
          return end;
        }
        at = next;
      }
      if (length >= profile.max()) {
        return max;
      }
    }
    return isEnd ? to : MORE;
  }

  @Override
  public int most() {
    return profile.max();
  }

  @Override
  public boolean isOfAnother() {
    return false;
  }

  /**
   * Two bytes a step: what the second adds to the hash does not wait for what the first did, yet
   * both places are tested. The table is copied, so that the compiler knows its length and leaves
   * the bounds checks out.
   */
  private static int scan(long[] gear, byte[] data, int begin, int end, long mask) {
    long[] first = new long[256];
    long[] shifted = new long[256];
    for (int i = 0; i < 256; i++) {
      first[i] = gear[i];
      shifted[i] = gear[i] << 1;
    }
    long hash = 0;
    for (int i = begin - (WINDOW - 1); i < begin; i++) {
      hash = (hash << 1) + first[data[i] & 0xff];
    }
    int i = begin;
    for (; i < end - 1; i += 2) {
      int a = data[i] & 0xff;
      long g = first[data[i + 1] & 0xff];
      long between = (hash << 1) + first[a];
      hash = (hash << 2) + (shifted[a] + g);
      if ((between & mask) == 0) {
        return i + 1;
      }
      if ((hash & mask) == 0) {
        return i + 2;
      }
    }
    if (i < end && (((hash << 1) + first[data[i] & 0xff]) & mask) == 0) {
      return i + 1;
    }
    return -1;
  }
}
