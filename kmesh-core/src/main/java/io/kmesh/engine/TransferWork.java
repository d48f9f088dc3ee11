// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import java.io.IOException;

/** The work of a transfer in this process. It may be run again after a retryable failure. */
@FunctionalInterface
public interface TransferWork {
  /**
   * Does it.
   *
   * @throws io.kmesh.spi.ProviderException with a retryable kind to be run again later
   */
  void run(TransferContext context) throws IOException;

  /**
   * Looks what became of a try that ended with UNKNOWN_OUTCOME; without knowledge it is neither
   * repeated nor undone.
   */
  default Outcome look() throws IOException {
    return Outcome.UNKNOWN;
  }

  /** What a look at the world says. */
  enum Outcome {
    /** It took effect. */
    DONE,
    /** It did not: it may be run again. */
    NOT_DONE,
    /** It can't be told. */
    UNKNOWN
  }
}
