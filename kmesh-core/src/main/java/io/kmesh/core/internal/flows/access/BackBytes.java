// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.nio.Volume;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The bytes of a file that waits to be written back; they stay readable when it was. Thread-safe.
 */
final class BackBytes implements Volume.Bytes {
  private final PosixFile file;
  private final long size;

  /** Closes the file with itself. */
  BackBytes(PosixFile file, long size) {
    this.file = file;
    this.size = size;
  }

  @Override
  public int read(long offset, ByteBuffer target, boolean isSequential) throws IOException {
    int from = target.position();
    long at = offset;
    while (target.hasRemaining() && at < size) {
      int count = file.read(target, at);
      if (count <= 0) {
        break;
      }
      at += count;
    }
    return target.position() - from;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
