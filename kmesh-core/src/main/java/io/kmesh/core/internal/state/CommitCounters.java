// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.time.KmeshTime;
import java.util.concurrent.atomic.AtomicLong;

/** Counts commits and syncs, for accessors and for an observer. Thread-safe. */
final class CommitCounters {
  private final KmeshTime time;
  private final Observer observer;
  private final AtomicLong commits = new AtomicLong();
  private final AtomicLong syncs = new AtomicLong();

  /**
   * Counts from 0.
   *
   * @param observer must not throw
   */
  CommitCounters(KmeshTime time, Observer observer) {
    this.time = time;
    this.observer = observer;
  }

  /** The clock for {@link #committed}. */
  long nanoTime() {
    return time.nanoTime();
  }

  /** A transaction was committed and synced. */
  void committed(int rows, long beginNanoTime) {
    commits.incrementAndGet();
    observer.count("state.commits", 1);
    observer.count("state.rows", rows);
    observer.measure("state.commit.nanos", Math.max(0, time.nanoTime() - beginNanoTime));
    synced(1);
  }

  /** Files were synced. */
  void synced(int times) {
    syncs.addAndGet(times);
    observer.count("state.fsyncs", times);
  }

  /** The commits so far. */
  long commits() {
    return commits.get();
  }

  /** The syncs so far. */
  long syncs() {
    return syncs.get();
  }
}
