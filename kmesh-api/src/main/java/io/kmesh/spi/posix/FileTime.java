// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.posix;

import java.time.Instant;

/**
 * A time of a file: seconds since 1970-01-01T00:00:00Z, which may be negative, and nanoseconds.
 *
 * @param seconds seconds since the epoch
 * @param nanos 0 to 999,999,999
 */
public record FileTime(long seconds, int nanos) implements Comparable<FileTime> {
  /** Checks the range. */
  public FileTime {
    if (nanos < 0 || nanos > 999_999_999) {
      throw new IllegalArgumentException("Nanoseconds lie in 0..999999999, not " + nanos + ".");
    }
  }

  /** The file time of an instant. */
  public static FileTime of(Instant instant) {
    return new FileTime(instant.getEpochSecond(), instant.getNano());
  }

  /** The instant of this time. */
  public Instant toInstant() {
    return Instant.ofEpochSecond(seconds, nanos);
  }

  @Override
  public int compareTo(FileTime other) {
    int bySeconds = Long.compare(seconds, other.seconds);
    return bySeconds != 0 ? bySeconds : Integer.compare(nanos, other.nanos);
  }
}
