// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.chunk;

/**
 * Reads headers of tar files (POSIX.1-2017, pax; the GNU tar manual, "Basic Tar Format") as far as
 * it takes to find where the members' contents are.
 *
 * @param type the type flag
 * @param size the bytes of content that follow, as this header says; negative when it says none
 * @param isExtended whether blocks of a GNU sparse map come first
 */
record TarHeader(byte type, long size, boolean isExtended) {
  /** Headers are blocks, and contents are padded to them. */
  static final int BLOCK = 512;

  private static final int SIZE = 124;
  private static final int CHECKSUM = 148;
  private static final int TYPE = 156;
  private static final int IS_EXTENDED = 482;
  private static final int IS_EXTENDED_FURTHER = 504;
  private static final int DIGITS = 12;

  /** Whether a block is a header: its checksum is right. */
  static boolean isHeader(byte[] data, int at) {
    long expected = octal(data, at + CHECKSUM, 8);
    if (expected < 0) {
      return false;
    }
    long unsigned = 0;
    long signed = 0;
    for (int i = 0; i < BLOCK; i++) {
      byte b = i >= CHECKSUM && i < CHECKSUM + 8 ? (byte) ' ' : data[at + i];
      unsigned += b & 0xff;
      signed += b;
    }
    // Some old programs sum signed bytes.
    return unsigned != 8 * ' ' && (expected == unsigned || expected == signed);
  }

  /** Reads the header in a block for which {@link #isHeader} holds. */
  static TarHeader read(byte[] data, int at) {
    byte type = data[at + TYPE];
    return new TarHeader(type, number(data, at + SIZE), type == 'S' && data[at + IS_EXTENDED] != 0);
  }

  /** Whether another block of a sparse map follows this one. */
  static boolean isExtendedFurther(byte[] data, int at) {
    return data[at + IS_EXTENDED_FURTHER] != 0;
  }

  /** The bytes of content, where pax records before this header may have said so: not -1. */
  long sizeOr(long paxSize) {
    boolean isLinkOrSpecial = type >= '1' && type <= '6';
    return isLinkOrSpecial ? 0 : paxSize >= 0 && !isAboutNext() ? paxSize : size;
  }

  /** Whether what follows are pax records about the next member. */
  boolean isPax() {
    return type == 'x';
  }

  /** Whether what follows are facts about the next member: pax records, or a long name. */
  boolean isAboutNext() {
    return type == 'x' || type == 'g' || type == 'L' || type == 'K';
  }

  /** The size that pax records give to the next member; -1 when they give none. */
  static long paxSize(byte[] data, int from, int to) {
    int at = from;
    while (at < to) {
      int record = at;
      int length = 0;
      while (at < to && data[at] >= '0' && data[at] <= '9' && length < to) {
        length = 10 * length + data[at++] - '0';
      }
      int end = record + length;
      if (at >= to || data[at] != ' ' || end > to || end <= at + 1) {
        return -1;
      }
      if (end - at > 6
          && data[at + 1] == 's'
          && data[at + 2] == 'i'
          && data[at + 3] == 'z'
          && data[at + 4] == 'e'
          && data[at + 5] == '=') {
        long size = 0;
        for (int i = at + 6; i < end - 1; i++) {
          if (data[i] < '0' || data[i] > '9' || size > Long.MAX_VALUE / 20) {
            return -1;
          }
          size = 10 * size + data[i] - '0';
        }
        return size;
      }
      at = end;
    }
    return -1;
  }

  /** Octal digits, or GNU's base 256 when the first bit is set. */
  private static long number(byte[] data, int at) {
    if (data[at] >= 0) {
      return octal(data, at, DIGITS);
    }
    long value = 0;
    for (int i = at + DIGITS - Long.BYTES; i < at + DIGITS; i++) {
      value = (value << 8) | (data[i] & 0xff);
    }
    return value;
  }

  private static long octal(byte[] data, int at, int length) {
    int i = at;
    int end = at + length;
    while (i < end && data[i] == ' ') {
      i++;
    }
    if (i == end || data[i] < '0' || data[i] > '7') {
      return -1;
    }
    long value = 0;
    for (; i < end && data[i] >= '0' && data[i] <= '7'; i++) {
      value = (value << 3) | (data[i] - '0');
    }
    return i == end || data[i] == ' ' || data[i] == 0 ? value : -1;
  }
}
