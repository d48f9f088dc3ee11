// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.engine.TreeCopyReport.Reason;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;

/**
 * Copies the bytes of one file into an empty one, holes as holes. Thread-safe; the buffer is not.
 */
final class ContentCopy {
  private static final int BLOCK = 512;

  private ContentCopy() {}

  /**
   * Copies.
   *
   * @return the bytes that were read and written
   * @throws CopyProblem UNREADABLE or UNWRITABLE, or CHANGED when the file got shorter
   */
  static long copy(
      PosixFile from, FileStat stat, PosixFile to, ByteBuffer buffer, CopyTally tally, Stop stop)
      throws IOException {
    long size = stat.size();
    long copied = 0;
    boolean mayHaveHoles = stat.blocks() * BLOCK < size;
    long at = 0;
    while (at < size) {
      long end = size;
      if (mayHaveHoles) {
        OptionalLong data = nextData(from, at);
        if (data.isEmpty() || data.getAsLong() >= size) {
          break;
        }
        at = data.getAsLong();
        end = Math.min(size, from.nextHole(at));
      }
      copied += range(from, to, at, end, buffer, tally, stop);
      at = end;
    }
    try {
      if (to.stat().size() != size) {
        to.truncate(size);
      }
    } catch (IOException e) {
      throw unwritable(e);
    }
    return copied;
  }

  /** Asked between pieces. */
  interface Stop {
    void check() throws IOException;
  }

  private static OptionalLong nextData(PosixFile from, long at) throws IOException {
    try {
      return from.nextData(at);
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.UNSUPPORTED) {
        return OptionalLong.of(at);
      }
      throw CopyProblem.of(Reason.UNREADABLE, e);
    }
  }

  private static long range(
      PosixFile from,
      PosixFile to,
      long start,
      long end,
      ByteBuffer buffer,
      CopyTally tally,
      Stop stop)
      throws IOException {
    long at = start;
    while (at < end) {
      stop.check();
      buffer.clear().limit((int) Math.min(buffer.capacity(), end - at));
      int n;
      try {
        n = from.read(buffer, at);
      } catch (IOException e) {
        throw CopyProblem.of(Reason.UNREADABLE, e);
      }
      if (n <= 0) {
        throw new CopyProblem(
            Reason.CHANGED, "It got shorter than " + end + " bytes while it was read.", null);
      }
      buffer.flip();
      try {
        to.write(buffer, at);
      } catch (IOException e) {
        throw unwritable(e);
      }
      at += n;
      tally.content(n);
    }
    return end - start;
  }

  private static IOException unwritable(IOException e) {
    return e instanceof ProviderException p && p.kind() == ErrorKind.NO_SPACE
        ? e
        : CopyProblem.of(Reason.UNWRITABLE, e);
  }
}
