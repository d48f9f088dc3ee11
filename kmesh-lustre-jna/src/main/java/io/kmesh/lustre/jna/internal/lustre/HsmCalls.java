// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

/**
 * Functions of liblustreapi for clients of HSM; see {@link LustreLibrary}. They return a negative
 * errno.
 */
final class HsmCalls {
  private HsmCalls() {}

  static native int llapi_hsm_state_get_fd(int fd, long state);

  static native int llapi_hsm_state_set_fd(int fd, long set, long clear, int archive);

  static native int llapi_hsm_current_action(long path, long action);

  static native int llapi_hsm_request(long path, long request);

  static native int llapi_get_data_version(int fd, long version, long flags);
}
