// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.NodeId;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The way of files' bytes to a peer in the same process: they are written from the memory into
 * which they were read. Thread-safe.
 */
public interface Handing {
  /**
   * Hands over a piece of a file; waits as long as the flow's rate wants.
   *
   * @param size of the whole file
   * @param offset where the piece begins
   * @param bytes the piece, which is the caller's again when this returns
   * @throws IOException when the way is broken
   */
  void data(NodeId node, Dot content, long size, long offset, ByteBuffer bytes)
      throws IOException, InterruptedException;

  /**
   * Hands over a part of a file without bytes.
   *
   * @param size of the whole file
   * @param offset where the hole begins
   * @param length its bytes
   * @throws IOException when the way is broken
   */
  void hole(NodeId node, Dot content, long size, long offset, long length)
      throws IOException, InterruptedException;

  /** Has the peer look at what was handed over. */
  void done();
}
