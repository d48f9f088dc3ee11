// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.dialect;

import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** The values of dialects as texts. */
final class Texts {
  private static final BigInteger BILLION = BigInteger.valueOf(1_000_000_000);
  private static final BigInteger MILLION = BigInteger.valueOf(1_000_000);
  private static final DateTimeFormatter GO =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss xx", Locale.ROOT);
  private static final Pattern RWX = Pattern.compile("[r-][w-][x-][r-][w-][x-][r-][w-][xtT-]");

  private Texts() {}

  /** {@code st_mode} or permissions in octal, at most seven digits. */
  static Optional<Integer> octal(String text) {
    return text.matches("[0-7]{3,7}") ? Optional.of(Integer.parseInt(text, 8)) : Optional.empty();
  }

  /** {@code st_mode} in decimal. */
  static Optional<Integer> decimalMode(String text) {
    return text.matches("[0-9]{1,6}")
        ? Optional.of(Integer.parseInt(text)).filter(mode -> mode <= 0xffff)
        : Optional.empty();
  }

  /** An owner or a group. */
  static Optional<Long> id(String text) {
    return text.matches("[0-9]{1,10}")
        ? Optional.of(Long.parseLong(text)).filter(id -> id <= 0xffffffffL)
        : Optional.empty();
  }

  /** The permissions as {@code ls} shows them. */
  static Optional<Integer> rwx(String text) {
    if (!RWX.matcher(text).matches()) {
      return Optional.empty();
    }
    int mode = 0;
    for (int i = 0; i < 9; i++) {
      char c = text.charAt(i);
      mode = mode << 1 | (c == '-' || c == 'T' ? 0 : 1);
    }
    boolean isSticky = text.charAt(8) == 't' || text.charAt(8) == 'T';
    return Optional.of(isSticky ? mode | 01000 : mode);
  }

  /** Nanoseconds. */
  static Optional<FileTime> nanos(String text) {
    return text.matches("-?[0-9]{1,27}") ? time(new BigInteger(text)) : Optional.empty();
  }

  /** Nanoseconds with the suffix {@code ns}; without one it is milliseconds. */
  static Optional<FileTime> fsxTime(String text) {
    if (text.endsWith("ns")) {
      return nanos(text.substring(0, text.length() - 2));
    }
    return text.matches("-?[0-9]{1,20}")
        ? time(new BigInteger(text).multiply(MILLION))
        : Optional.empty();
  }

  /** Seconds, which may have a fraction. */
  static Optional<FileTime> seconds(String text) {
    return text.matches("-?[0-9]{1,18}(\\.[0-9]{1,30})?")
        ? time(
            new BigDecimal(text)
                .movePointRight(9)
                .setScale(0, java.math.RoundingMode.FLOOR)
                .toBigInteger())
        : Optional.empty();
  }

  /** A date with its offset. */
  static Optional<FileTime> rfc3339(String text) {
    try {
      Instant instant = OffsetDateTime.parse(text).toInstant();
      return Optional.of(new FileTime(instant.getEpochSecond(), instant.getNano()));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /** A date as Azure Managed Lustre writes it: {@code 2006-01-02 15:04:05 -0700}. */
  static Optional<FileTime> goDate(String text) {
    try {
      return Optional.of(new FileTime(OffsetDateTime.parse(text, GO).toEpochSecond(), 0));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static Optional<FileTime> time(BigInteger nanos) {
    BigInteger fraction = nanos.mod(BILLION);
    BigInteger seconds = nanos.subtract(fraction).divide(BILLION);
    return seconds.bitLength() > 63
        ? Optional.empty()
        : Optional.of(new FileTime(seconds.longValue(), fraction.intValue()));
  }

  static String nanosOf(FileTime time) {
    return BigInteger.valueOf(time.seconds())
        .multiply(BILLION)
        .add(BigInteger.valueOf(time.nanos()))
        .toString();
  }

  /** Whole seconds, a point and nine digits. */
  static String secondsOf(FileTime time) {
    return new BigDecimal(new BigInteger(nanosOf(time)), 9).toPlainString();
  }

  /** The date, or none for a year that has more than four digits. */
  static Optional<String> rfc3339Of(FileTime time) {
    return date(time).map(d -> DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(d));
  }

  /** The date without its fraction, or none for a year that has more than four digits. */
  static Optional<String> goDateOf(FileTime time) {
    return date(time).map(GO::format);
  }

  private static Optional<OffsetDateTime> date(FileTime time) {
    long first = -62_135_596_800L; // The year 1.
    long last = 253_402_300_799L; // The end of the year 9999.
    if (time.seconds() < first || time.seconds() > last) {
      return Optional.empty();
    }
    return Optional.of(
        Instant.ofEpochSecond(time.seconds(), time.nanos()).atOffset(ZoneOffset.UTC));
  }

  /** The type in {@code st_mode}; none when its bits are 0 or unknown. */
  static Optional<FileType> type(int mode) {
    return switch (mode & 0170000) {
      case 0100000 -> Optional.of(FileType.REGULAR);
      case 0040000 -> Optional.of(FileType.DIRECTORY);
      case 0120000 -> Optional.of(FileType.SYMLINK);
      case 0010000 -> Optional.of(FileType.FIFO);
      case 0140000 -> Optional.of(FileType.SOCKET);
      case 0020000 -> Optional.of(FileType.CHARACTER_DEVICE);
      case 0060000 -> Optional.of(FileType.BLOCK_DEVICE);
      default -> Optional.empty();
    };
  }

  /** The bits of a type in {@code st_mode}. */
  static int bits(FileType type) {
    return switch (type) {
      case REGULAR -> 0100000;
      case DIRECTORY -> 0040000;
      case SYMLINK -> 0120000;
      case FIFO -> 0010000;
      case SOCKET -> 0140000;
      case CHARACTER_DEVICE -> 0020000;
      case BLOCK_DEVICE -> 0060000;
    };
  }
}
