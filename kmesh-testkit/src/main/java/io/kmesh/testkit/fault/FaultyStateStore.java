// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.fault;

import io.kmesh.spi.state.ForwardingStateStore;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.time.KmeshTime;

/** A state store with a fault plan before it and before all that it opens. Thread-safe. */
public final class FaultyStateStore extends ForwardingStateStore {
  private final StateStore faulty;
  private final FaultInjector injector;

  private FaultyStateStore(StateStore faulty, FaultInjector injector) {
    this.faulty = faulty;
    this.injector = injector;
  }

  /**
   * Puts a plan before a state store.
   *
   * @param time what delays and throttling go by
   */
  public static FaultyStateStore of(StateStore real, FaultPlan plan, KmeshTime time) {
    return of(real, FaultInjector.start(plan, time));
  }

  /** Puts a running plan before a state store. */
  public static FaultyStateStore of(StateStore real, FaultInjector injector) {
    return new FaultyStateStore(Faults.wrap(StateStore.class, real, injector), injector);
  }

  /** The running plan: its counts. */
  public FaultInjector faults() {
    return injector;
  }

  @Override
  protected StateStore delegate() {
    return faulty;
  }
}
