// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.archive;

import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.head.HeadLog;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;

/** The newest head, read once for all who ask at once. Thread-safe. */
final class FreshHead {
  private final HeadLog heads;
  private final AtomicLong asked = new AtomicLong();
  private long answered; // guarded by this
  private Head head = Head.EMPTY; // guarded by this

  FreshHead(HeadLog heads) {
    this.heads = heads;
  }

  /** The head that was read last; none is read but the first. */
  synchronized Head last() throws IOException {
    return answered == 0 ? newest() : head;
  }

  /** A head that was the newest at some time after this was called. */
  Head newest() throws IOException {
    long mine = asked.incrementAndGet();
    synchronized (this) {
      if (answered < mine) {
        long all = asked.get();
        if (!heads.isNewest(head)) {
          head = heads.newest();
        }
        answered = all;
      }
      return head;
    }
  }
}
