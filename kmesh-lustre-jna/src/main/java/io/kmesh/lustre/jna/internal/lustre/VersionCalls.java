// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

/**
 * The function of liblustreapi that tells its release; it returns -1 and sets errno. See {@link
 * LustreLibrary}.
 */
final class VersionCalls {
  private VersionCalls() {}

  static native int llapi_get_version_string(long buffer, int size);
}
