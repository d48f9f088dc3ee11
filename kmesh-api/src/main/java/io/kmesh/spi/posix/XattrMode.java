// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.posix;

/** What setting an extended attribute does with an existing one. */
public enum XattrMode {
  /** Creates or replaces. */
  SET,
  /** Fails with EEXIST when it exists (XATTR_CREATE). */
  CREATE,
  /** Fails with ENODATA when it does not exist (XATTR_REPLACE). */
  REPLACE
}
