// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.archive;

import java.io.IOException;

/** Copies files to the archive. */
public non-sealed interface Archiver extends ArchiveBackend {
  /**
   * Copies the action's content durably under a name that nobody sees yet.
   *
   * @return the copy; the copytool commits it once the file proved unchanged, or closes it without
   */
  PendingArchive archive(ArchiveAction action) throws IOException;
}
