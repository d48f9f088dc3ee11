// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Bytes of files on their way, several pieces in a message: docs/format/flow-messages.md. Not
 * thread-safe.
 */
public final class Pieces {
  /** The most bytes of content in one message. */
  public static final int MOST_BYTES = 1 << 20;

  private static final int FORMAT = 0;
  private static final int DATA = 1;
  private static final int HOLE = 2;

  private Pieces() {}

  /** Who takes pieces. */
  public interface Taker {
    /**
     * A piece of a file.
     *
     * @param size of the whole file
     * @param offset where the piece begins
     * @param bytes the piece; the taker's until it returns
     */
    void data(NodeId node, Dot content, long size, long offset, ByteBuffer bytes)
        throws IOException;

    /**
     * A part of a file without bytes.
     *
     * @param size of the whole file
     * @param offset where the hole begins
     * @param length its bytes
     */
    void hole(NodeId node, Dot content, long size, long offset, long length) throws IOException;
  }

  /** A message with one piece. */
  public static byte[] of(NodeId node, Dot content, long size, long offset, ByteBuffer bytes) {
    ByteOutput out = begin(bytes.remaining());
    data(node, content, size, offset, bytes, out);
    return out.toBytes();
  }

  /** Begins a message. */
  static ByteOutput begin(int room) {
    ByteOutput out = new ByteOutput(room + 64);
    out.u8(FORMAT);
    return out;
  }

  /** Writes a piece. */
  static void data(
      NodeId node, Dot content, long size, long offset, ByteBuffer bytes, ByteOutput out) {
    head(DATA, node, content, size, offset, bytes.remaining(), out);
    out.raw(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
  }

  /** Writes a hole. */
  static void hole(NodeId node, Dot content, long size, long offset, long length, ByteOutput out) {
    head(HOLE, node, content, size, offset, length, out);
  }

  private static void head(
      int kind, NodeId node, Dot content, long size, long offset, long length, ByteOutput out) {
    out.u8(kind);
    node.write(out);
    content.write(out);
    out.varint(size);
    out.varint(offset);
    out.varint(length);
  }

  /**
   * Hands on the pieces of a message.
   *
   * @throws ProviderException CORRUPT when it is none
   */
  public static void read(byte[] message, Taker taker) throws IOException {
    ByteInput in = new ByteInput(message, "a message with pieces of files");
    int format = in.u8();
    if (format != FORMAT) {
      throw in.damaged("format " + format + " is not known");
    }
    while (in.hasMore()) {
      int kind = in.u8();
      NodeId node = NodeId.read(in);
      Dot content = Dot.read(in);
      long size = in.varint(Long.MAX_VALUE, "a size");
      long offset = in.varint(size, "an offset");
      long length = in.varint(size - offset, "a length");
      if (kind == HOLE) {
        taker.hole(node, content, size, offset, length);
      } else if (kind == DATA && length <= in.remaining()) {
        int at = in.position();
        in.skip((int) length);
        taker.data(node, content, size, offset, ByteBuffer.wrap(message, at, (int) length).slice());
      } else {
        throw in.damaged("a piece of kind " + kind + " with " + length + " bytes");
      }
    }
  }
}
