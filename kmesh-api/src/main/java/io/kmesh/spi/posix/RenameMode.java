// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.posix;

/** What a rename does with an existing target, as the flags of renameat2(2). */
public enum RenameMode {
  /** Replaces it atomically. */
  REPLACE,
  /** Fails with EEXIST (RENAME_NOREPLACE). */
  NO_REPLACE,
  /** Swaps the two atomically (RENAME_EXCHANGE). */
  EXCHANGE
}
