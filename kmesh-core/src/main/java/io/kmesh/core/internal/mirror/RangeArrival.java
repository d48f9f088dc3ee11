// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.StreamedReads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * One answer of a store with a range of a file: each piece is written and summed while it is in the
 * processor's cache. Thread-safe; what still comes after the end is not written.
 */
final class RangeArrival implements StreamedReads.Sink {
  private final String name;
  private final PartialFile target;
  private final long at;
  private final int length;
  private final boolean isFirst;
  private final CRC32C bytes = new CRC32C(); // guarded by this
  private final PiecedCrc32c content; // guarded by this until all is there
  private int came; // guarded by this
  private boolean isEnded; // guarded by this

  /**
   * Nothing has come yet.
   *
   * @param name of the object, for errors
   * @param at the range's first byte in the object
   * @param isFirst whether no other answer with this range was begun: then zeros need not be
   *     written
   */
  RangeArrival(String name, PartialFile target, long at, int length, boolean isFirst) {
    this.name = name;
    this.target = target;
    this.at = at;
    this.length = length;
    this.isFirst = isFirst;
    this.content = new PiecedCrc32c(target.extents().size());
  }

  @Override
  public synchronized void take(ByteBuffer piece) throws IOException {
    if (isEnded) {
      throw new ProviderException(
          ErrorKind.CANCELLED, "Cannot import more of " + name + ": nobody waits for it any more.");
    }
    int size = piece.remaining();
    if (size > length - came) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot import "
              + name
              + ": more than the "
              + length
              + " bytes at "
              + at
              + " came that were asked for. Check the store.");
    }
    bytes.update(piece.duplicate());
    boolean isPacked = target.extents().isPacked();
    target.place(
        at + came,
        piece,
        isFirst,
        (placed, offset) -> {
          if (isPacked) {
            content.add(offset, placed);
          }
        });
    came += size;
  }

  /** The bytes that came by now. */
  synchronized int came() {
    return came;
  }

  /** From now on nothing is written. */
  synchronized void end() {
    isEnded = true;
  }

  /** Says that the whole range is in the file, and what it adds to the content's sum. */
  PiecedCrc32c finish() {
    int crc32c;
    synchronized (this) {
      crc32c = (int) bytes.getValue();
      if (!target.extents().isPacked()) {
        content.add(at, length, crc32c);
      }
    }
    target.arrived(at, length, crc32c);
    return content;
  }
}
