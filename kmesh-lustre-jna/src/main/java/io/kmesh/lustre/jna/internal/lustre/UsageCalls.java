// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

/**
 * Functions of liblustreapi about targets; see {@link LustreLibrary}. They return a negative errno.
 */
final class UsageCalls {
  private UsageCalls() {}

  static native int llapi_obd_fstatfs(int fd, int type, int index, long stat, long uuid);
}
