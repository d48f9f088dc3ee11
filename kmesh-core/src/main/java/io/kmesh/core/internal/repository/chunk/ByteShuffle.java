// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.chunk;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * The filter of strides 2, 4 and 8: byte j of item i goes to j * m + i, where m is the number of
 * whole items; the bytes behind them stay at the end. Stateless.
 *
 * <p>Eight items are a step: their bytes are transposed in registers, by swapping blocks of ever
 * smaller size between pairs of longs, and each plane gets eight bytes at once.
 */
public final class ByteShuffle {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long M32 = 0x00000000FFFFFFFFL;
  private static final long M16 = 0x0000FFFF0000FFFFL;
  private static final long M8 = 0x00FF00FF00FF00FFL;

  private ByteShuffle() {}

  /** Whether there is a filter of this stride; 1 is none. */
  public static boolean isStride(int stride) {
    return stride == 2 || stride == 4 || stride == 8;
  }

  /** Filters {@code length} bytes of one array into another. */
  public static void shuffle(int stride, byte[] from, int offset, int length, byte[] into, int at) {
    check(from, offset, length, into, at);
    int items = length / stride;
    int done = items & -8;
    switch (stride) {
      case 2 -> shuffle2(from, offset, done, into, at, items);
      case 4 -> shuffle4(from, offset, done, into, at, items);
      case 8 -> shuffle8(from, offset, done, into, at, items);
      default -> throw noSuch(stride);
    }
    for (int i = done; i < items; i++) {
      for (int j = 0; j < stride; j++) {
        into[at + j * items + i] = from[offset + i * stride + j];
      }
    }
    int whole = items * stride;
    System.arraycopy(from, offset + whole, into, at + whole, length - whole);
  }

  /** The inverse of {@link #shuffle}. */
  public static void unshuffle(
      int stride, byte[] from, int offset, int length, byte[] into, int at) {
    check(from, offset, length, into, at);
    int items = length / stride;
    int done = items & -8;
    switch (stride) {
      case 2 -> unshuffle2(from, offset, done, into, at, items);
      case 4 -> unshuffle4(from, offset, done, into, at, items);
      case 8 -> unshuffle8(from, offset, done, into, at, items);
      default -> throw noSuch(stride);
    }
    for (int i = done; i < items; i++) {
      for (int j = 0; j < stride; j++) {
        into[at + i * stride + j] = from[offset + j * items + i];
      }
    }
    int whole = items * stride;
    System.arraycopy(from, offset + whole, into, at + whole, length - whole);
  }

  private static void check(byte[] from, int offset, int length, byte[] into, int at) {
    Objects.checkFromIndexSize(offset, length, from.length);
    Objects.checkFromIndexSize(at, length, into.length);
    if (from == into && length > 0) {
      throw new IllegalArgumentException("Cannot filter an array into itself");
    }
  }

  private static IllegalArgumentException noSuch(int stride) {
    return new IllegalArgumentException("Cannot filter with stride " + stride + ": 2, 4 and 8 are");
  }

  private static long get(byte[] array, int at) {
    return (long) LONGS.get(array, at);
  }

  private static void put(byte[] array, int at, long value) {
    LONGS.set(array, at, value);
  }

  /** Of two longs, the lower blocks of both. With {@link #high} it is its own inverse. */
  private static long low(long a, long b, long mask, int shift) {
    return (a & mask) | ((b & mask) << shift);
  }

  private static long high(long a, long b, long mask, int shift) {
    return ((a >>> shift) & mask) | (b & ~mask);
  }

  private static void shuffle2(byte[] from, int offset, int done, byte[] into, int at, int items) {
    for (int i = 0; i < done; i += 8) {
      long a = get(from, offset + 2 * i);
      long b = get(from, offset + 2 * i + 8);
      long c = low(a, b, M32, 32);
      long d = high(a, b, M32, 32);
      a = low(c, d, M16, 16);
      b = high(c, d, M16, 16);
      put(into, at + i, low(a, b, M8, 8));
      put(into, at + items + i, high(a, b, M8, 8));
    }
  }

  private static void unshuffle2(
      byte[] from, int offset, int done, byte[] into, int at, int items) {
    for (int i = 0; i < done; i += 8) {
      long c = get(from, offset + i);
      long d = get(from, offset + items + i);
      long a = low(c, d, M8, 8);
      long b = high(c, d, M8, 8);
      c = low(a, b, M16, 16);
      d = high(a, b, M16, 16);
      put(into, at + 2 * i, low(c, d, M32, 32));
      put(into, at + 2 * i + 8, high(c, d, M32, 32));
    }
  }

  private static void shuffle4(byte[] from, int offset, int done, byte[] into, int at, int items) {
    for (int i = 0; i < done; i += 8) {
      int source = offset + 4 * i;
      long a = get(from, source);
      long b = get(from, source + 8);
      long c = get(from, source + 16);
      long d = get(from, source + 24);
      long even04 = low(a, c, M32, 32);
      long odd15 = high(a, c, M32, 32);
      long even26 = low(b, d, M32, 32);
      long odd37 = high(b, d, M32, 32);
      a = low(even04, even26, M16, 16);
      b = high(even04, even26, M16, 16);
      c = low(odd15, odd37, M16, 16);
      d = high(odd15, odd37, M16, 16);
      int target = at + i;
      put(into, target, low(a, c, M8, 8));
      put(into, target + items, high(a, c, M8, 8));
      put(into, target + 2 * items, low(b, d, M8, 8));
      put(into, target + 3 * items, high(b, d, M8, 8));
    }
  }

  private static void unshuffle4(
      byte[] from, int offset, int done, byte[] into, int at, int items) {
    for (int i = 0; i < done; i += 8) {
      int source = offset + i;
      long p0 = get(from, source);
      long p1 = get(from, source + items);
      long p2 = get(from, source + 2 * items);
      long p3 = get(from, source + 3 * items);
      long a = low(p0, p1, M8, 8);
      long c = high(p0, p1, M8, 8);
      long b = low(p2, p3, M8, 8);
      long d = high(p2, p3, M8, 8);
      long even04 = low(a, b, M16, 16);
      long even26 = high(a, b, M16, 16);
      long odd15 = low(c, d, M16, 16);
      long odd37 = high(c, d, M16, 16);
      int target = at + 4 * i;
      put(into, target, low(even04, odd15, M32, 32));
      put(into, target + 8, low(even26, odd37, M32, 32));
      put(into, target + 16, high(even04, odd15, M32, 32));
      put(into, target + 24, high(even26, odd37, M32, 32));
    }
  }

  private static void shuffle8(byte[] from, int offset, int done, byte[] into, int at, int items) {
    for (int i = 0; i < done; i += 8) {
      transpose(from, offset + 8 * i, 8, into, at + i, items);
    }
  }

  private static void unshuffle8(
      byte[] from, int offset, int done, byte[] into, int at, int items) {
    for (int i = 0; i < done; i += 8) {
      transpose(from, offset + i, items, into, at + 8 * i, 8);
    }
  }

  /** Transposes 8 by 8 bytes: rows of 8 bytes that begin {@code step} bytes after one another. */
  private static void transpose(
      byte[] from, int source, int step, byte[] into, int target, int targetStep) {
    long a0 = get(from, source);
    long a1 = get(from, source + step);
    long a2 = get(from, source + 2 * step);
    long a3 = get(from, source + 3 * step);
    long a4 = get(from, source + 4 * step);
    long a5 = get(from, source + 5 * step);
    long a6 = get(from, source + 6 * step);
    long a7 = get(from, source + 7 * step);
    long b0 = low(a0, a4, M32, 32);
    long b4 = high(a0, a4, M32, 32);
    long b1 = low(a1, a5, M32, 32);
    long b5 = high(a1, a5, M32, 32);
    long b2 = low(a2, a6, M32, 32);
    long b6 = high(a2, a6, M32, 32);
    long b3 = low(a3, a7, M32, 32);
    long b7 = high(a3, a7, M32, 32);
    a0 = low(b0, b2, M16, 16);
    a2 = high(b0, b2, M16, 16);
    a1 = low(b1, b3, M16, 16);
    a3 = high(b1, b3, M16, 16);
    a4 = low(b4, b6, M16, 16);
    a6 = high(b4, b6, M16, 16);
    a5 = low(b5, b7, M16, 16);
    a7 = high(b5, b7, M16, 16);
    put(into, target, low(a0, a1, M8, 8));
    put(into, target + targetStep, high(a0, a1, M8, 8));
    put(into, target + 2 * targetStep, low(a2, a3, M8, 8));
    put(into, target + 3 * targetStep, high(a2, a3, M8, 8));
    put(into, target + 4 * targetStep, low(a4, a5, M8, 8));
    put(into, target + 5 * targetStep, high(a4, a5, M8, 8));
    put(into, target + 6 * targetStep, low(a6, a7, M8, 8));
    put(into, target + 7 * targetStep, high(a6, a7, M8, 8));
  }
}
