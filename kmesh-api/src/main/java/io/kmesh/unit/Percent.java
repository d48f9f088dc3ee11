// SPDX-License-Identifier: Apache-2.0
package io.kmesh.unit;

import java.util.Locale;

/**
 * A share of a whole, from 0 to 100.
 *
 * @param value the share in hundredths of the whole
 */
public record Percent(double value) implements Comparable<Percent> {
  /** Checks the range. */
  public Percent {
    if (!(value >= 0 && value <= 100)) {
      throw new IllegalArgumentException("A percentage lies between 0 and 100, not " + value + ".");
    }
  }

  /** The share of {@code part} in {@code whole}; zero of an empty whole is 0 %. */
  public static Percent of(long part, long whole) {
    return new Percent(whole <= 0 ? 0 : Math.min(100.0, 100.0 * Math.max(0, part) / whole));
  }

  /** This share of a number, rounded down. */
  public long of(long whole) {
    return (long) Math.floor(whole * (value / 100.0));
  }

  @Override
  public int compareTo(Percent other) {
    return Double.compare(value, other.value);
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%.1f %%", value);
  }
}
