// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.archive;

import io.kmesh.lustre.Fid;
import java.io.IOException;

/** Copies files to the archive. */
public non-sealed interface Archiver extends ArchiveBackend {
  /**
   * Copies the action's content durably under a name that nobody sees yet.
   *
   * @return the copy; the copytool commits it once the file proved unchanged, or closes it without
   */
  PendingArchive archive(ArchiveAction action) throws IOException;

  /**
   * Says that an archive of a file is over whose {@link PendingArchive} ended with its process, so
   * that {@link PendingArchive#settle} may never have been called: what the file's current copy
   * replaced may go. Does nothing unless overridden. May be called when there is nothing to do.
   */
  default void settle(Fid fid) throws IOException {}
}
