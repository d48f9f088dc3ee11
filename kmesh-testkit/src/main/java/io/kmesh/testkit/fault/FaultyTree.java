// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.fault;

import io.kmesh.spi.posix.ForwardingPosixTree;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.time.KmeshTime;

/** A tree of files with a fault plan before it and before all that it opens. Thread-safe. */
public final class FaultyTree extends ForwardingPosixTree {
  private final PosixTree faulty;
  private final FaultInjector injector;

  private FaultyTree(PosixTree faulty, FaultInjector injector) {
    this.faulty = faulty;
    this.injector = injector;
  }

  /**
   * Puts a plan before a tree of files.
   *
   * @param time what delays and throttling go by
   */
  public static FaultyTree of(PosixTree real, FaultPlan plan, KmeshTime time) {
    return of(real, FaultInjector.start(plan, time));
  }

  /** Puts a running plan before a tree of files. */
  public static FaultyTree of(PosixTree real, FaultInjector injector) {
    return new FaultyTree(Faults.wrap(PosixTree.class, real, injector), injector);
  }

  /** The running plan: its counts. */
  public FaultInjector faults() {
    return injector;
  }

  @Override
  protected PosixTree delegate() {
    return faulty;
  }
}
