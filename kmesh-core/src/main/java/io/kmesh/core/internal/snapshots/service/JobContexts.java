// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import io.kmesh.core.internal.hsm.JobContext;

/** Contexts of work that is no operation. */
final class JobContexts {
  /** Nobody listens, and nobody stops it. */
  static final JobContext ALONE =
      new JobContext() {
        @Override
        public void progress(long itemsDone, long itemsTotal, long bytesDone, long bytesTotal) {
          // Nobody listens.
        }

        @Override
        public void checkCancelled() {
          // Nobody stops it.
        }

        @Override
        public boolean isCancelledForGood() {
          return false;
        }
      };

  private JobContexts() {}
}
