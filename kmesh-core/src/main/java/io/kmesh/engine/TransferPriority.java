// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

/** What goes first; the earlier, the sooner. */
public enum TransferPriority {
  /** Somebody waits for the data. */
  RESTORE,
  /** Makes data durable, or removes what is not wanted. */
  ARCHIVE,
  /** Moves data that nobody waits for. */
  MIGRATION
}
