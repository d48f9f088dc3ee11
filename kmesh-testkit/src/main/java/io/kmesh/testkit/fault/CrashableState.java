// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.fault;

import io.kmesh.spi.state.ForwardingStateStore;
import io.kmesh.spi.state.StateStore;
import io.kmesh.testkit.time.ManualTime;

/**
 * A state whose owner crashes: each call is an operation of a {@link CrashPoint}. What a state has
 * acknowledged is durable, so the state behind it keeps all; the call at the crash has not happened
 * (crash before) or has happened and nobody knows (crash after), and leases stay taken. After the
 * crash every call fails; the next process opens the state behind it. Thread-safe.
 */
public final class CrashableState extends ForwardingStateStore {
  private final StateStore crashing;

  private CrashableState(StateStore crashing) {
    this.crashing = crashing;
  }

  /** Puts a crash point before a state. */
  public static CrashableState of(StateStore state, CrashPoint crashPoint) {
    FaultInjector injector = FaultInjector.start(FaultPlan.none(), ManualTime.create(), crashPoint);
    return new CrashableState(Faults.wrap(StateStore.class, state, injector));
  }

  @Override
  protected StateStore delegate() {
    return crashing;
  }
}
