// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.archive;

import java.io.IOException;

/** Removes files from the archive. */
public non-sealed interface Remover extends ArchiveBackend {
  /** Removes the file's copy; a copy that does not exist is NOT_FOUND. */
  void remove(RemoveAction action) throws IOException;
}
