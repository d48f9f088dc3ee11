// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.lustre.Extent;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The checksum of a file's content, fed with the bytes of its body in order; holes that the body
 * leaves out count as zeros. One thread at a time.
 */
public final class Content {
  private static final int PIECE = 64 << 10;
  private static final byte[] ZEROS = new byte[PIECE];
  private static final ThreadLocal<byte[]> HEAP = ThreadLocal.withInitial(() -> new byte[PIECE]);

  private final MessageDigest content = newDigest();
  private final MessageDigest body;
  private final Extents extents;
  private int extent;
  private long inExtent;
  private long fileOffset;

  public Content(Extents extents) {
    this.extents = extents;
    this.body = extents.isPacked() ? newDigest() : content;
  }

  /** A new SHA-256. */
  public static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Where a piece of the body belongs. */
  @FunctionalInterface
  public interface Placer {
    /** Takes a piece that lies in one extent. */
    void place(ByteBuffer piece, long fileOffset) throws java.io.IOException;
  }

  /**
   * Takes the next bytes of the body: all that remain in the buffer, whose position is not changed.
   *
   * @param placer is told where each piece belongs in the file
   */
  public void add(ByteBuffer bytes, Placer placer) throws java.io.IOException {
    ByteBuffer rest = bytes.duplicate();
    while (rest.hasRemaining()) {
      if (extent == extents.list().size()) {
        throw new java.io.EOFException("the body is longer than its extents");
      }
      Extent current = extents.list().get(extent);
      hole(current.offset() + inExtent);
      int length = (int) Math.min(rest.remaining(), current.length() - inExtent);
      ByteBuffer piece = rest.slice(rest.position(), length);
      update(piece.duplicate());
      placer.place(piece, fileOffset);
      rest.position(rest.position() + length);
      fileOffset += length;
      inExtent += length;
      if (inExtent == current.length()) {
        extent++;
        inExtent = 0;
      }
    }
  }

  /** Places the whole body without summing it. */
  void place(ByteBuffer bytes, Placer placer) throws java.io.IOException {
    int at = bytes.position();
    for (Extent e : extents.list()) {
      placer.place(bytes.slice(at, (int) e.length()), e.offset());
      at += (int) e.length();
    }
  }

  /** The digests at the end of the body. */
  public Digests end() {
    hole(extents.size());
    byte[] sha256 = content.digest();
    return new Digests(
        new io.kmesh.spi.store.Sha256(sha256),
        new io.kmesh.spi.store.Sha256(body == content ? sha256 : body.digest()));
  }

  /**
   * The digests of a file.
   *
   * @param content of the whole content
   * @param body of the object's body
   */
  public record Digests(io.kmesh.spi.store.Sha256 content, io.kmesh.spi.store.Sha256 body) {}

  private void hole(long until) {
    while (fileOffset < until) {
      int length = (int) Math.min(PIECE, until - fileOffset);
      content.update(ZEROS, 0, length);
      fileOffset += length;
    }
  }

  private void update(ByteBuffer piece) {
    if (piece.hasArray()) {
      int from = piece.arrayOffset() + piece.position();
      content.update(piece.array(), from, piece.remaining());
      if (body != content) {
        body.update(piece.array(), from, piece.remaining());
      }
      return;
    }
    // The JDK hands a direct buffer to the digest in pieces of 4 KiB; larger ones are faster.
    byte[] heap = HEAP.get();
    while (piece.hasRemaining()) {
      int length = Math.min(heap.length, piece.remaining());
      piece.get(heap, 0, length);
      content.update(heap, 0, length);
      if (body != content) {
        body.update(heap, 0, length);
      }
    }
  }
}
