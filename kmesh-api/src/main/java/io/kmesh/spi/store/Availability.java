// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

/** Whether the bytes of an object can be read now. */
public enum Availability {
  /** They can be read. */
  READABLE,
  /** They are in an archive: a read fails as ARCHIVED until they were restored. */
  ARCHIVED,
  /** They are being restored. */
  RESTORING
}
