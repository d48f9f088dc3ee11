// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.fault;

import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.time.ManualTime;

/**
 * A store whose caller crashes: each call is an operation of a {@link CrashPoint}. What a store has
 * acknowledged is durable, so the store behind it keeps all; the call at the crash has not happened
 * (crash before) or has happened and nobody knows (crash after), and open uploads stay open. After
 * the crash every call fails; the next process uses the store behind it. Thread-safe.
 */
public final class CrashableStore extends ForwardingObjectStore {
  private final ObjectStore crashing;

  private CrashableStore(ObjectStore crashing) {
    this.crashing = crashing;
  }

  /** Puts a crash point before a store. */
  public static CrashableStore of(ObjectStore store, CrashPoint crashPoint) {
    FaultInjector injector = FaultInjector.start(FaultPlan.none(), ManualTime.create(), crashPoint);
    return new CrashableStore(Faults.wrap(ObjectStore.class, store, injector));
  }

  @Override
  protected ObjectStore delegate() {
    return crashing;
  }
}
