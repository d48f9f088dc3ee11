// SPDX-License-Identifier: Apache-2.0
package io.kmesh.unit;

import java.util.Locale;

/**
 * A number of bytes, from 0 to {@link Long#MAX_VALUE}.
 *
 * @param bytes the number of bytes, not negative
 */
public record DataSize(long bytes) implements Comparable<DataSize> {
  /** No bytes. */
  public static final DataSize ZERO = new DataSize(0);

  /** Checks the range. */
  public DataSize {
    if (bytes < 0) {
      throw new IllegalArgumentException("A data size cannot be negative: " + bytes + " bytes.");
    }
  }

  /** A size of {@code n} bytes. */
  public static DataSize ofBytes(long n) {
    return new DataSize(n);
  }

  /** A size of {@code n} KiB (1,024 bytes). */
  public static DataSize ofKib(long n) {
    return new DataSize(Math.multiplyExact(n, 1L << 10));
  }

  /** A size of {@code n} MiB (1,048,576 bytes). */
  public static DataSize ofMib(long n) {
    return new DataSize(Math.multiplyExact(n, 1L << 20));
  }

  /** A size of {@code n} GiB (2^30 bytes). */
  public static DataSize ofGib(long n) {
    return new DataSize(Math.multiplyExact(n, 1L << 30));
  }

  /** A size of {@code n} TiB (2^40 bytes). */
  public static DataSize ofTib(long n) {
    return new DataSize(Math.multiplyExact(n, 1L << 40));
  }

  /**
   * Parses a number followed by an optional unit {@code B, KiB, MiB, GiB, TiB}, such as {@code
   * "64MiB"} or {@code "4096"}.
   *
   * @throws IllegalArgumentException when the text is not such a size
   */
  public static DataSize parse(String text) {
    String t = text.strip();
    int end = 0;
    while (end < t.length() && Character.isDigit(t.charAt(end))) {
      end++;
    }
    try {
      long number = Long.parseLong(t.substring(0, end));
      return switch (t.substring(end).strip().toLowerCase(Locale.ROOT)) {
        case "", "b" -> ofBytes(number);
        case "k", "kib" -> ofKib(number);
        case "m", "mib" -> ofMib(number);
        case "g", "gib" -> ofGib(number);
        case "t", "tib" -> ofTib(number);
        default -> throw new NumberFormatException(text);
      };
    } catch (ArithmeticException | NumberFormatException e) {
      throw new IllegalArgumentException(
          "Cannot read the data size \""
              + text
              + "\". Write a number with B, KiB, MiB, GiB or TiB.",
          e);
    }
  }

  /** The sum of this size and another. */
  public DataSize plus(DataSize other) {
    return new DataSize(Math.addExact(bytes, other.bytes));
  }

  /** This size less another, never below zero. */
  public DataSize minus(DataSize other) {
    return new DataSize(Math.max(0, bytes - other.bytes));
  }

  @Override
  public int compareTo(DataSize other) {
    return Long.compare(bytes, other.bytes);
  }

  /** The size in the largest binary unit that keeps it at or above one, such as {@code 1.5 GiB}. */
  @Override
  public String toString() {
    if (bytes < 1024) {
      return bytes + " B";
    }
    int exponent = Math.min(6, (63 - Long.numberOfLeadingZeros(bytes)) / 10);
    double value = bytes / (double) (1L << (10 * exponent));
    return String.format(Locale.ROOT, "%.1f %siB", value, "KMGTPE".charAt(exponent - 1));
  }
}
