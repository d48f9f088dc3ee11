// SPDX-License-Identifier: Apache-2.0
package io.kmesh.flows;

import io.kmesh.KmeshException;
import io.kmesh.KmeshTimeoutException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * Writes a file at the source of a synchronous flow. The file appears under its name whole, when
 * this is closed, in place of what had it. For one thread at a time.
 */
public interface FlowWriter extends WritableByteChannel {
  /** Writes all that is left in a buffer behind what was written before. */
  @Override
  int write(ByteBuffer bytes) throws IOException;

  /**
   * Brings the file to its name at the source, durably, and returns when the target durably has it,
   * or as the flow's mode declares for when that takes too long. A second call does nothing.
   *
   * @throws KmeshTimeoutException when the mode declares to fail: the source has the file, and the
   *     target gets it when it can
   * @throws KmeshException when an entry can't be placed at the target
   * @throws IOException when it can't be written at the source: nothing of it is seen there
   */
  @Override
  void close() throws IOException;

  /** Drops what was written, unless it was closed: nothing of it is seen. */
  void discard() throws IOException;

  /**
   * What closing came to.
   *
   * @throws IllegalStateException when it was not closed
   */
  BarrierOutcome outcome();
}
