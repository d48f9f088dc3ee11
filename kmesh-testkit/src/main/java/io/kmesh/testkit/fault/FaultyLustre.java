// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.fault;

import io.kmesh.spi.lustre.ForwardingLustreBinding;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.time.KmeshTime;

/** A Lustre binding with a fault plan before it and before all that it opens. Thread-safe. */
public final class FaultyLustre extends ForwardingLustreBinding {
  private final LustreBinding faulty;
  private final FaultInjector injector;

  private FaultyLustre(LustreBinding faulty, FaultInjector injector) {
    this.faulty = faulty;
    this.injector = injector;
  }

  /**
   * Puts a plan before a Lustre binding.
   *
   * @param time what delays and throttling go by
   */
  public static FaultyLustre of(LustreBinding real, FaultPlan plan, KmeshTime time) {
    return of(real, FaultInjector.start(plan, time));
  }

  /** Puts a running plan before a Lustre binding. */
  public static FaultyLustre of(LustreBinding real, FaultInjector injector) {
    return new FaultyLustre(Faults.wrap(LustreBinding.class, real, injector), injector);
  }

  /** The running plan: its counts. */
  public FaultInjector faults() {
    return injector;
  }

  @Override
  protected LustreBinding delegate() {
    return faulty;
  }
}
