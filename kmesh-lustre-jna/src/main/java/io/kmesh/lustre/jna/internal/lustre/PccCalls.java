// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

/**
 * The function of liblustreapi for the client cache; see {@link LustreLibrary}. It returns a
 * negative errno.
 */
final class PccCalls {
  private PccCalls() {}

  static native int llapi_pcc_state_get_fd(int fd, long state);
}
