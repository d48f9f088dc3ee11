// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import io.kmesh.core.internal.mirror.MirrorObjects;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.ByteBudget;
import io.kmesh.lustre.Extent;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads ranges of a file from its object, with the holes that the object leaves out. */
final class BodyBytes {
  private final MirrorObjects source;
  private final Body.Stored body;
  private final Retrier.Check check;

  BodyBytes(MirrorObjects source, Body.Stored body, Retrier.Check check) {
    this.source = source;
    this.body = body;
    this.check = check;
  }

  /** What {@link #read} of a length takes of a budget: holes are filled in a second buffer. */
  static int memory(Body.Stored body, int length, ByteBudget budget) {
    long bytes = body.isAsItIs() ? length : 2L * length;
    return (int) Math.min(bytes, budget.largestPiece().bytes());
  }

  /** How many parts of a body are more than a hole, so that they are read. */
  static long reads(Body.Stored body, long partSize) {
    long reads = 0;
    long next = 0;
    for (Extent extent : body.extents().list()) {
      long first = Math.max(next, extent.offset() / partSize);
      long last = (extent.offset() + extent.length() - 1) / partSize;
      reads += Math.max(0, last - first + 1);
      next = Math.max(next, last + 1);
    }
    return reads;
  }

  /**
   * Reads a range of the file.
   *
   * @throws ProviderException PRECONDITION or NOT_FOUND when the object is not the one that was
   *     looked at
   */
  ByteBuffer read(long at, int length) throws IOException {
    if (body.isAsItIs()) {
      return stored(at, length);
    }
    long first = before(at);
    ByteBuffer data = stored(first, Math.toIntExact(before(at + length) - first));
    ByteBuffer whole = ByteBuffer.allocate(length);
    int from = data.position();
    for (Extent extent : body.extents().list()) {
      long start = Math.max(extent.offset(), at);
      long end = Math.min(extent.offset() + extent.length(), at + length);
      if (start < end) {
        int count = (int) (end - start);
        whole.put((int) (start - at), data, from, count);
        from += count;
      }
    }
    return whole;
  }

  /** How many bytes of the object stand for what is before a place of the file. */
  private long before(long at) {
    long sum = 0;
    for (Extent extent : body.extents().list()) {
      sum += Math.min(extent.length(), Math.max(0, at - extent.offset()));
    }
    return sum;
  }

  private ByteBuffer stored(long at, int length) throws IOException {
    if (length == 0) {
      return ByteBuffer.allocate(0);
    }
    ByteBuffer data = source.read(check, body.key(), body.info().etag(), at, length).data();
    if (data.remaining() != length) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot translate "
              + source.full(body.key())
              + ": the store gave "
              + data.remaining()
              + " bytes at "
              + at
              + ", not "
              + length
              + ". Check the store.");
    }
    return data;
  }
}
