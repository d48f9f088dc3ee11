// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Takes the bytes of one content, in ranges of any order, each once or more. Writes may come on
 * several threads at once; {@link #done} when all of them have returned. Closing without that drops
 * what came.
 */
public interface ContentSink extends Closeable {
  /**
   * Writes all that remains in a buffer.
   *
   * @throws io.kmesh.spi.ProviderException INVALID when it reaches behind the content's end
   */
  void write(long offset, ByteBuffer bytes) throws IOException;

  /** Says that a range reads as zeros and takes no space. */
  void hole(long offset, long length) throws IOException;

  /**
   * Says that all has come: it has its attributes now, and is placed by the next step. A content
   * that is not wanted any more is dropped without a word.
   */
  void done() throws IOException;

  @Override
  void close() throws IOException;
}
