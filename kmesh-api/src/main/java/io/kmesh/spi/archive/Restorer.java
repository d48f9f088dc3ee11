// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.archive;

import java.io.IOException;

/** Brings files back. */
public non-sealed interface Restorer extends ArchiveBackend {
  /**
   * Writes the file's whole content to the action's target and verifies it; an exception fails the
   * restore and nothing of it becomes visible.
   */
  void restore(RestoreAction action) throws IOException;
}
