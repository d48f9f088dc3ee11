// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.spi.observe.Observer;
import java.util.concurrent.atomic.LongAdder;

/** Counts what a store did, for its owner and for an observer. Thread-safe. */
final class StoreCounters {
  private final Observer observer;
  private final LongAdder puts = new LongAdder();
  private final LongAdder commits = new LongAdder();
  private final LongAdder fsyncs = new LongAdder();

  StoreCounters(Observer observer) {
    this.observer = observer;
  }

  void put() {
    puts.increment();
    tell("store.puts");
  }

  void commit() {
    commits.increment();
    tell("store.commits");
  }

  void fsync() {
    fsyncs.increment();
    tell("store.fsyncs");
  }

  DirectoryStore.Counts counts() {
    return new DirectoryStore.Counts(puts.sum(), commits.sum(), fsyncs.sum());
  }

  // An observer that throws must not fail a write that is done.
  private void tell(String name) {
    try {
      observer.count(name, 1);
    } catch (RuntimeException e) {
      org.slf4j.LoggerFactory.getLogger(StoreCounters.class)
          .warn("An observer failed on the counter {}.", name, e);
    }
  }
}
