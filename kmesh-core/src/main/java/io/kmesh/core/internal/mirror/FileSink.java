// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.spi.archive.RestoreAction;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Writes content to a new, empty file; blocks of zeros become holes. One thread at a time. */
final class FileSink implements ObjectReader.Sink {
  private final PosixFile target;
  private final RestoreAction action;

  FileSink(PosixFile target, RestoreAction action) {
    this.target = target;
    this.action = action;
  }

  @Override
  public void begin() throws IOException {
    target.truncate(0);
  }

  @Override
  public void place(ByteBuffer piece, long offset) throws IOException {
    int length = piece.remaining();
    ZeroRuns.write(target, piece, offset);
    action.copied(length);
    action.checkCancelled();
  }

  /** Ends the file where it should. */
  void end(long size) throws IOException {
    target.truncate(size);
  }
}
