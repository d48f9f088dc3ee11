// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

/**
 * Functions of liblustreapi about FIDs; see {@link LustreLibrary}. They return a negative errno.
 */
final class IdentityCalls {
  private IdentityCalls() {}

  static native int llapi_fd2fid(int fd, long fid);

  static native int llapi_path2fid(long path, long fid);

  static native int llapi_fid2path(
      long device, long fid, long path, int length, long recno, long linkno);

  static native int llapi_get_mdt_index_by_fid(int fd, long fid, long index);
}
