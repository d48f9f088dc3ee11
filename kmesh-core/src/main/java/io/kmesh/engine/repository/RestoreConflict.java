// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

/** What a restore does with what is there and differs. */
public enum RestoreConflict {
  /** Refuses. */
  REFUSE,
  /** Replaces it, file by file; what the snapshot does not have stays. */
  REPLACE
}
