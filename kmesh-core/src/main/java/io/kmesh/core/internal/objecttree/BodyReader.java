// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.core.internal.mirror.MirrorObjects;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.Extent;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file's bytes from the object that has them. Who reads in order gets the next MiB with
 * what was asked; who asks for much at once gets it as asked, beside others. When all of the body
 * was read in order, its SHA-256 is compared. Thread-safe.
 */
final class BodyReader {
  /** What is read ahead. */
  private static final int PIECE = 1 << 20;

  /** The most of one request. */
  private static final int MOST = 8 << 20;

  private final MirrorObjects objects;
  private final Body.InObject body;
  private final String shown;
  private final List<Extent> extents;

  /** Where each extent begins in the body. */
  private final long[] starts;

  private final long bodySize;
  private @Nullable ByteBuffer piece; // guarded by this
  private long pieceStart; // guarded by this

  private final Object summing = new Object();
  private final @Nullable Sha256 wanted;
  private final MessageDigest digest = sha256();
  private long summed; // guarded by summing

  /**
   * A reader.
   *
   * @param shown the file's path, for messages
   */
  BodyReader(MirrorObjects objects, Body.InObject body, String shown) {
    this.objects = objects;
    this.body = body;
    this.shown = shown;
    this.extents = body.extents().list();
    this.starts = new long[extents.size()];
    long at = 0;
    for (int i = 0; i < starts.length; i++) {
      starts[i] = at;
      at += extents.get(i).length();
    }
    this.bodySize = at;
    this.wanted = body.extents().isPacked() ? body.bodySha256() : body.sha256();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Java has no SHA-256.", e);
    }
  }

  /** Which bytes it reads. */
  Body.InObject body() {
    return body;
  }

  /** The extent that holds an offset, or the first one behind it; their number for none. */
  private int extentAt(long offset) {
    int low = 0;
    int high = extents.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      Extent extent = extents.get(middle);
      if (extent.offset() + extent.length() <= offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The first byte of data at or behind an offset; -1 for none. */
  long nextData(long offset) {
    int at = extentAt(offset);
    return at == extents.size() ? -1 : Math.max(offset, extents.get(at).offset());
  }

  /** The first byte of a hole at or behind an offset. */
  long nextHole(long offset) {
    long hole = offset;
    for (int at = extentAt(offset); at < extents.size() && extents.get(at).offset() <= hole; at++) {
      hole = extents.get(at).offset() + extents.get(at).length();
    }
    return hole;
  }

  /**
   * Reads at an offset inside the file: at most what remains in the buffer, perhaps less.
   *
   * @return the number of bytes, at least 1
   */
  int read(ByteBuffer target, long offset) throws IOException {
    int wished = (int) Math.min(target.remaining(), body.extents().size() - offset);
    int at = extentAt(offset);
    long data = at == extents.size() ? Long.MAX_VALUE : extents.get(at).offset();
    if (data > offset) {
      int zeros = (int) Math.min(wished, data - offset);
      zeros(target, zeros);
      return zeros;
    }
    long inBody = starts[at] + offset - data;
    int most = (int) Math.min(wished, extents.get(at).length() - (offset - data));
    return most >= PIECE ? readAsked(target, inBody, most) : readAhead(target, inBody, most);
  }

  private static void zeros(ByteBuffer target, int count) {
    byte[] zeros = new byte[Math.min(count, 1 << 16)];
    for (int left = count; left > 0; left -= zeros.length) {
      target.put(zeros, 0, Math.min(left, zeros.length));
    }
  }

  private int readAsked(ByteBuffer target, long inBody, int most) throws IOException {
    ByteBuffer bytes = request(inBody, Math.min(most, MOST));
    int count = bytes.remaining();
    target.put(bytes);
    return count;
  }

  private synchronized int readAhead(ByteBuffer target, long inBody, int most) throws IOException {
    ByteBuffer there = piece;
    if (there == null || inBody < pieceStart || inBody >= pieceStart + there.limit()) {
      boolean isInOrder = inBody == 0 || (there != null && inBody == pieceStart + there.limit());
      int length = (int) Math.min(isInOrder ? PIECE : most, bodySize - inBody);
      there = request(inBody, length).slice();
      piece = there;
      pieceStart = inBody;
    }
    int from = (int) (inBody - pieceStart);
    int count = Math.min(most, there.limit() - from);
    target.put(there.slice(from, count));
    return count;
  }

  private ByteBuffer request(long inBody, int length) throws IOException {
    ByteBuffer bytes;
    try {
      bytes = objects.read(Retrier.Check.NONE, body.key(), body.etag(), inBody, length).data();
    } catch (ProviderException e) {
      throw failed(e);
    }
    if (bytes.remaining() != length) {
      throw error(
          ErrorKind.CORRUPT,
          Errno.EIO,
          "the store gave " + bytes.remaining() + " bytes of " + length + " at " + inBody,
          "Check the store.",
          null);
    }
    sum(bytes, inBody);
    return bytes;
  }

  private ProviderException failed(ProviderException e) {
    if (e.kind() == ErrorKind.PRECONDITION || e.kind() == ErrorKind.NOT_FOUND) {
      return error(
          ErrorKind.TRANSIENT,
          Errno.ESTALE,
          e.kind() == ErrorKind.NOT_FOUND
              ? "the object is gone"
              : "the object was replaced since it was listed",
          "Read the file again after the next listing.",
          e);
    }
    return error(e.kind(), Errno.EIO, String.valueOf(e.getMessage()), "Try again.", e);
  }

  private ProviderException error(
      ErrorKind kind, Errno errno, String reason, String advice, @Nullable Throwable cause) {
    return new ProviderException(
        kind,
        "Cannot read "
            + shown
            + " from "
            + objects.full(body.key())
            + " in "
            + objects.store().uri()
            + ": "
            + reason
            + " ("
            + errno
            + "). "
            + advice,
        cause,
        errno,
        null,
        null);
  }

  private void sum(ByteBuffer bytes, long inBody) throws ProviderException {
    synchronized (summing) {
      if (wanted == null || inBody != summed) {
        return;
      }
      digest.update(bytes.duplicate());
      summed += bytes.remaining();
      if (summed < bodySize) {
        return;
      }
      Sha256 found = new Sha256(digest.digest());
      summed = 0; // who reads it all again has it compared again
      if (!found.equals(wanted)) {
        throw error(
            ErrorKind.CORRUPT,
            Errno.EIO,
            "its content has SHA-256 " + found + ", not " + wanted,
            "Look for a version or backup of it.",
            null);
      }
    }
  }
}
