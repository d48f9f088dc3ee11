// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.hsm;

import io.kmesh.spi.ProviderException;

/** What a job tells while it works, and hears. */
public interface JobContext {
  /**
   * Tells how far the job is.
   *
   * @param itemsDone files that are done
   * @param itemsTotal all of them, or -1 while not known
   * @param bytesDone bytes that are done
   * @param bytesTotal all of them, 0 while not known
   */
  void progress(long itemsDone, long itemsTotal, long bytesDone, long bytesTotal);

  /** Throws with CANCELLED when the job is to stop, for good or until the next start. */
  void checkCancelled() throws ProviderException;
}
