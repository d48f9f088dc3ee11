// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.fault;

import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.time.KmeshTime;

/** An object store with a fault plan before it. Thread-safe. */
public final class FaultyObjectStore extends ForwardingObjectStore {
  private final ObjectStore faulty;
  private final FaultInjector injector;

  private FaultyObjectStore(ObjectStore faulty, FaultInjector injector) {
    this.faulty = faulty;
    this.injector = injector;
  }

  /**
   * Puts a plan before a store.
   *
   * @param time what delays and throttling go by
   */
  public static FaultyObjectStore of(ObjectStore store, FaultPlan plan, KmeshTime time) {
    return of(store, FaultInjector.start(plan, time));
  }

  /** Puts a running plan before a store. */
  public static FaultyObjectStore of(ObjectStore store, FaultInjector injector) {
    return new FaultyObjectStore(Faults.wrap(ObjectStore.class, store, injector), injector);
  }

  /** The running plan: its counts. */
  public FaultInjector faults() {
    return injector;
  }

  @Override
  protected ObjectStore delegate() {
    return faulty;
  }
}
