// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.posix;

/** What a sync of a file makes durable. */
public enum SyncMode {
  /** Its data and what is needed to read them (fdatasync). */
  DATA,
  /** Its data and all its metadata (fsync). */
  ALL
}
