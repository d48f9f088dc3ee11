// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

/**
 * Functions of liblustreapi about pools; see {@link LustreLibrary}. They return a number or a
 * negative errno.
 */
final class PoolCalls {
  private PoolCalls() {}

  static native int llapi_get_poollist(
      long fsname, long list, int listSize, long buffer, int bufferSize);

  static native int llapi_get_poolmembers(
      long pool, long list, int listSize, long buffer, int bufferSize);
}
