// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

/**
 * The function of liblustreapi that clears changelogs; see {@link LustreLibrary}. It returns a
 * negative errno.
 */
final class ChangelogCalls {
  private ChangelogCalls() {}

  static native int llapi_changelog_clear(long mdt, long user, long upTo);
}
