// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

/** What of an inode is to be pushed. The order is that of the bits in the index. */
enum Change {
  /** Its bytes. */
  BYTES,
  /** Its attributes. */
  ATTRIBUTES,
  /** Its names; of a directory, the keys of all below. */
  NAMES
}
