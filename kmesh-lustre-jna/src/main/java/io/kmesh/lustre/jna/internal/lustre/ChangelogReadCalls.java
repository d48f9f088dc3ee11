// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

/**
 * Functions of liblustreapi that read changelogs; see {@link LustreLibrary}. They return a negative
 * errno; {@code recv} 1 at the end.
 */
final class ChangelogReadCalls {
  private ChangelogReadCalls() {}

  static native int llapi_changelog_start(long handle, int flags, long mdt, long from);

  static native int llapi_changelog_set_xflags(long handle, int flags);

  static native int llapi_changelog_recv(long handle, long record);

  static native int llapi_changelog_free(long record);

  static native int llapi_changelog_fini(long handle);
}
