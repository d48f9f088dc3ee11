// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.archive;

import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.io.OutputStream;

/** A file to copy to the archive. */
public interface ArchiveAction extends CopyAction {
  /** The open file. The copytool closes it. */
  PosixFile source();

  /** The file's stat when the action began. */
  FileStat stat();

  /** The data version when the action began. */
  long dataVersion();

  /** Tells how many more bytes are copied; {@link #transferTo} does it itself. */
  void copied(long bytes) throws IOException;

  /**
   * Copies the whole content to a stream, with progress, cancel and a check of the length.
   *
   * @return what was copied: its size and SHA-256
   */
  ContentDigest transferTo(OutputStream target) throws IOException;
}
