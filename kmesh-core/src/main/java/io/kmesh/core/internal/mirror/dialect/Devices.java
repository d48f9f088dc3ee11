// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.dialect;

import java.util.Optional;

/**
 * Device numbers as {@code st_rdev} of Linux packs them (glibc's sysmacros.h: 12 low and 20 high
 * bits of the major, 8 low and 24 high bits of the minor number). Kmesh's own form has the major
 * number in the upper, the minor in the lower 32 bits.
 */
final class Devices {
  private Devices() {}

  static Optional<Long> decimal(String text) {
    try {
      return Optional.of(unpacked(Long.parseUnsignedLong(text)));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  static Optional<Long> hex(String text) {
    try {
      return Optional.of(unpacked(Long.parseUnsignedLong(text, 16)));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  static long unpacked(long packed) {
    long major = ((packed >>> 8) & 0xfff) | ((packed >>> 32) & 0xfffff000L);
    long minor = (packed & 0xff) | ((packed >>> 12) & 0xffffff00L);
    return (major << 32) | minor;
  }

  static long packed(long rdev) {
    long major = rdev >>> 32;
    long minor = rdev & 0xffffffffL;
    return ((major & 0xfff) << 8)
        | ((major & 0xfffff000L) << 32)
        | (minor & 0xff)
        | ((minor & 0xffffff00L) << 12);
  }
}
