// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Writes to a file that reads as zeros there; whole blocks of zeros are left out and become holes.
 */
final class ZeroRuns {
  private static final int BLOCK = 4096;

  private ZeroRuns() {}

  /** A placer that writes to a file. */
  static Content.Placer writer(PosixFile target) {
    return (piece, offset) -> write(target, piece, offset);
  }

  /** Writes all that remains in the buffer, whose position is not changed. */
  static void write(PosixFile target, ByteBuffer piece, long offset) throws IOException {
    int start = piece.position();
    int end = piece.limit();
    int from = start;
    while (from < end) {
      int zerosUntil = run(piece, from, end, offset - start, true);
      int dataUntil = run(piece, zerosUntil, end, offset - start, false);
      if (dataUntil > zerosUntil) {
        target.write(
            piece.slice(zerosUntil, dataUntil - zerosUntil), offset + (zerosUntil - start));
      }
      from = dataUntil;
    }
  }

  /** The end of the run of whole blocks of zeros, or of others, that begins at {@code from}. */
  private static int run(ByteBuffer piece, int from, int end, long shift, boolean zeros) {
    int at = from;
    while (at < end) {
      int blockEnd = Math.min(end, at + BLOCK - Math.floorMod(shift + at, BLOCK));
      boolean isWhole = blockEnd - at == BLOCK;
      if ((isWhole && isZero(piece, at, blockEnd)) != zeros) {
        return at;
      }
      at = blockEnd;
    }
    return at;
  }

  private static boolean isZero(ByteBuffer piece, int from, int to) {
    for (int i = from; i + 8 <= to; i += 8) {
      if (piece.getLong(i) != 0) {
        return false;
      }
    }
    return true;
  }
}
