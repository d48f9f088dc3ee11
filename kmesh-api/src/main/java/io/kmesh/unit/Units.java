// SPDX-License-Identifier: Apache-2.0
package io.kmesh.unit;

import java.time.Duration;

/** Short names for static import: {@code mib(64)}, {@code percent(85)}, {@code days(30)}. */
public final class Units {
  private Units() {}

  /** {@code n} KiB. */
  public static DataSize kib(long n) {
    return DataSize.ofKib(n);
  }

  /** {@code n} MiB. */
  public static DataSize mib(long n) {
    return DataSize.ofMib(n);
  }

  /** {@code n} GiB. */
  public static DataSize gib(long n) {
    return DataSize.ofGib(n);
  }

  /** {@code n} TiB. */
  public static DataSize tib(long n) {
    return DataSize.ofTib(n);
  }

  /** {@code value} per cent, 0 to 100. */
  public static Percent percent(double value) {
    return new Percent(value);
  }

  /** {@code n} days of 24 hours. */
  public static Duration days(long n) {
    return Duration.ofDays(n);
  }

  /** {@code n} hours. */
  public static Duration hours(long n) {
    return Duration.ofHours(n);
  }

  /** {@code n} minutes. */
  public static Duration minutes(long n) {
    return Duration.ofMinutes(n);
  }

  /** {@code n} seconds. */
  public static Duration seconds(long n) {
    return Duration.ofSeconds(n);
  }
}
