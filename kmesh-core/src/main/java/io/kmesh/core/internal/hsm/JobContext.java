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

  /** Whether it is to stop for good: then what was asked of others is withdrawn. */
  boolean isCancelledForGood();

  /** This one for a part of the job: it stops with the whole, and keeps its progress to itself. */
  default JobContext ofPart() {
    JobContext whole = this;
    return new JobContext() {
      @Override
      public void progress(long itemsDone, long itemsTotal, long bytesDone, long bytesTotal) {
        // The whole job counts its own items.
      }

      @Override
      public void checkCancelled() throws ProviderException {
        whole.checkCancelled();
      }

      @Override
      public boolean isCancelledForGood() {
        return whole.isCancelledForGood();
      }
    };
  }
}
