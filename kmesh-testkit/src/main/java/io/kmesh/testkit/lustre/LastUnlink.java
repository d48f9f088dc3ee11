// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.lustre;

/** What happens to the archived copy when a file's last name goes away. */
public enum LastUnlink {
  /** Nothing (the default). */
  KEEP_ARCHIVE,
  /** A REMOVE is queued ({@code remove_archive_on_last_unlink=1}). */
  REMOVE_ARCHIVE
}
