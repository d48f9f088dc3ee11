// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

/**
 * Functions of liblustreapi for copytools; see {@link LustreLibrary}. They return a negative errno.
 */
final class CopytoolCalls {
  private CopytoolCalls() {}

  static native int llapi_hsm_copytool_register(
      long handle, long mount, int count, long archives, int flags);

  static native int llapi_hsm_copytool_unregister(long handle);

  static native int llapi_hsm_copytool_recv(long handle, long list, long size);

  static native int llapi_hsm_copytool_get_fd(long handle);

  static native int llapi_hsm_action_begin(
      long action, long handle, long item, int mdt, int openFlags, byte isError);

  static native int llapi_hsm_action_end(long action, long extent, int flags, int errno);

  static native int llapi_hsm_action_progress(long action, long extent, long total, int flags);

  static native int llapi_hsm_action_get_fd(long action);

  static native int llapi_hsm_action_get_dfid(long action, long fid);
}
