// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

/**
 * Functions of liblustreapi that find mounts; see {@link LustreLibrary}. Buffers are of 4,096
 * bytes.
 */
final class MountCalls {
  private MountCalls() {}

  static native int llapi_search_mounts(long path, int index, long mountPoint, long fsname);
}
