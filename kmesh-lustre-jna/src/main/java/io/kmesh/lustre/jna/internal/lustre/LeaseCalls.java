// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

/**
 * Functions of liblustreapi for leases; see {@link LustreLibrary}. They return a negative errno.
 */
final class LeaseCalls {
  private LeaseCalls() {}

  static native int llapi_lease_acquire(int fd, int mode);

  static native int llapi_lease_check(int fd);

  static native int llapi_lease_release(int fd);
}
