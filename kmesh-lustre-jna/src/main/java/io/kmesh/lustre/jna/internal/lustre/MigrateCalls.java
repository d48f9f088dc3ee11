// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

/**
 * Functions of liblustreapi that move a file to another layout; see {@link LustreLibrary}. They
 * return a negative errno.
 */
final class MigrateCalls {
  private MigrateCalls() {}

  static native int llapi_create_volatile_idx(long directory, int mdt, int flags);

  static native int llapi_fswap_layouts(
      int fd, int other, long version, long otherVersion, long flags);
}
