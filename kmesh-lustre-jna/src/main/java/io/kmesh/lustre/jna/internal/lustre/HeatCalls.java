// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

/**
 * The function of liblustreapi for heat; see {@link LustreLibrary}. It returns a negative errno.
 */
final class HeatCalls {
  private HeatCalls() {}

  static native int llapi_heat_get(int fd, long heat);
}
