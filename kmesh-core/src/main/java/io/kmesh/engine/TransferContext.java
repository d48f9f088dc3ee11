// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import java.io.IOException;

/** What a running transfer has of its queue. */
public interface TransferContext {
  /**
   * Throws when the transfer was cancelled or the queue is being closed: call it between pieces.
   *
   * @throws io.kmesh.spi.ProviderException CANCELLED
   */
  void checkCancelled() throws IOException;

  /**
   * Tells that bytes were moved, and waits where the rate limit asks for it.
   *
   * @param bytes how many more, not negative
   */
  void moved(long bytes) throws IOException;

  /** The number of this try, from 1. */
  int attempt();
}
