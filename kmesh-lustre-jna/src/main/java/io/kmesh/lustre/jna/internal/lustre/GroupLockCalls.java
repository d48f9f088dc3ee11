// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

/**
 * Functions of liblustreapi for group locks; see {@link LustreLibrary}. They return a negative
 * errno.
 */
final class GroupLockCalls {
  private GroupLockCalls() {}

  static native int llapi_group_lock(int fd, int group);

  static native int llapi_group_unlock(int fd, int group);
}
