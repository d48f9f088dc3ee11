// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.archive;

import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.io.InputStream;

/** A file to bring back. */
public interface RestoreAction extends CopyAction {
  /** The volatile file to write to. The copytool closes it. */
  PosixFile target();

  /** The stat of the file itself. */
  FileStat stat();

  /** Tells how many more bytes are written; {@link #transferFrom} does it itself. */
  void copied(long bytes) throws IOException;

  /**
   * Writes a stream to the target from its start and cuts the target there, with progress and
   * cancel.
   *
   * @return what was written: its size and SHA-256
   */
  ContentDigest transferFrom(InputStream source) throws IOException;
}
