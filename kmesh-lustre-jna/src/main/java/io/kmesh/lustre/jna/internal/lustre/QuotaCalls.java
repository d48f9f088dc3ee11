// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

/**
 * The function of liblustreapi for quota; see {@link LustreLibrary}. It returns a negative errno.
 */
final class QuotaCalls {
  private QuotaCalls() {}

  static native int llapi_quotactl(long mount, long control);
}
