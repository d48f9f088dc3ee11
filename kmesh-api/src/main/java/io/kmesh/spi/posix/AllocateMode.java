// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.posix;

/** What {@link PosixFile#allocate} does with a range, as fallocate(2). */
public enum AllocateMode {
  /** Reserves space; the size grows when the range ends behind it. */
  RESERVE,
  /** Frees the space of a range, which reads as zeros then; the size stays. */
  PUNCH_HOLE
}
