// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

/**
 * Functions of liblustreapi for mirrors; see {@link LustreLibrary}. They return a negative errno,
 * but for the two on layouts, which set errno.
 */
final class MirrorCalls {
  private MirrorCalls() {}

  static native int llapi_lease_set(int fd, long lease);

  static native long llapi_layout_get_by_fd(int fd, int flags);

  static native void llapi_layout_free(long layout);

  static native int llapi_mirror_find_stale(
      long layout, long components, long most, long mirrors, int count);

  static native int llapi_mirror_resync_many(
      int fd, long layout, long components, int count, long start, long end);

  static native int llapi_mirror_set(int fd, int mirror);
}
