// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;

/** Reads of a store that hands bytes on as they come, and holds few of them. Thread-safe. */
@FunctionalInterface
public interface StreamedReads {
  /** Takes the bytes of one read in their order, by one thread at a time. It may block. */
  @FunctionalInterface
  interface Sink {
    /**
     * Takes the next bytes.
     *
     * @param piece is the store's, and has other bytes after the call
     * @throws IOException to end the read, which fails
     */
    void take(ByteBuffer piece) throws IOException;
  }

  /**
   * Reads a range as {@link ObjectStore#read} does. No piece is handed on of an answer that is not
   * of this range; how many bytes came is for the sink to count. A read that fails may have handed
   * on some of them. The sink may still be called after who waits for the stage gave up.
   *
   * @return the object that the range is a part of
   */
  CompletionStage<ObjectInfo> read(
      String key, long offset, int length, Condition condition, Sink sink);
}
