// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

/**
 * The function of liblustreapi that reads a layout; see {@link LustreLibrary}. It returns a
 * negative errno.
 */
final class LayoutCalls {
  private LayoutCalls() {}

  static native int llapi_file_get_stripe(long path, long lum);
}
