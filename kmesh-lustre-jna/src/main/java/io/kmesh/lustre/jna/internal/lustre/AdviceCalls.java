// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

/**
 * The function of liblustreapi for advice; see {@link LustreLibrary}. It returns -1 and sets errno.
 */
final class AdviceCalls {
  private AdviceCalls() {}

  static native int llapi_ladvise(int fd, long flags, int count, long advice);
}
