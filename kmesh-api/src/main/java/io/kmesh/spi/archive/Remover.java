// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.archive;

import io.kmesh.lustre.Fid;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Removes files from the archive. */
public non-sealed interface Remover extends ArchiveBackend {
  /** Removes the file's copy; a copy that does not exist is NOT_FOUND. */
  void remove(RemoveAction action) throws IOException;

  /**
   * The files that have a copy, by pages in the order of the back end, for the search for copies
   * whose file is gone. What changes meanwhile may be in a page or not. Nothing unless overridden:
   * then such copies are not found.
   *
   * @param after the last file of the page before; empty for the first page
   * @param limit the most to give, 1 or more
   * @return the next files; empty at the end
   */
  default List<Fid> archived(Optional<Fid> after, int limit) throws IOException {
    return List.of();
  }
}
