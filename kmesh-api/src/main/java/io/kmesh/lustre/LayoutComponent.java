// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One component of a layout: a range of the file and how it is striped.
 *
 * @param start first byte of the range
 * @param end byte after the range; -1 (all ones) means the end of the file
 * @param pattern where its data lie
 * @param stripeCount number of stripes; -1 means all OSTs; 0 the file system's default
 * @param stripeSize bytes of one stripe, a multiple of 64 KiB; 0 the file system's default
 * @param poolOrNull the OST pool, null when none is asked
 */
public record LayoutComponent(
    long start,
    long end,
    StripePattern pattern,
    int stripeCount,
    long stripeSize,
    @Nullable String poolOrNull) {
  /** The end of the file. */
  public static final long TO_EOF = -1;

  /** Checks ranges. */
  public LayoutComponent {
    if (start < 0 || (end != TO_EOF && end <= start)) {
      throw new IllegalArgumentException(
          "A component's range must not be empty: " + start + " to " + end + ".");
    }
    if (stripeSize < 0 || stripeSize % 65536 != 0) {
      throw new IllegalArgumentException(
          "A stripe size is a multiple of 64 KiB, not " + stripeSize + " bytes.");
    }
    if (stripeCount < -1) {
      throw new IllegalArgumentException(
          "A stripe count is -1 (all) or more, not " + stripeCount + ".");
    }
  }

  /** The OST pool, when one is asked. */
  public Optional<String> pool() {
    return Optional.ofNullable(poolOrNull);
  }
}
