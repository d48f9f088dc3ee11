// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

/**
 * The function of liblustreapi that imports stubs; see {@link LustreLibrary}. It returns a negative
 * errno.
 */
final class ImportCalls {
  private ImportCalls() {}

  static native int llapi_hsm_import(
      long path,
      int archive,
      long stat,
      long stripeSize,
      int stripeOffset,
      int stripeCount,
      int pattern,
      long pool,
      long fid);
}
