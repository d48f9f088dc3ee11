// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.observe.Observers;
import io.kmesh.flows.FlowStatus;
import io.kmesh.spi.observe.KmeshEvent.Severity;
import io.kmesh.spi.time.KmeshTime;
import java.io.Closeable;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Warns once when a flow's lag exceeds its bound, and tells when it is below again. Thread-safe.
 */
final class LagWatch implements Closeable {
  private static final Duration EVERY = Duration.ofSeconds(1);

  private final String flow;
  private final Duration bound;
  private final Supplier<FlowStatus> status;
  private final KmeshTime time;
  private final Observers observers;
  private boolean isLate; // guarded by this, as all below
  private boolean isClosed;
  private KmeshTime.@Nullable Timer timer;

  LagWatch(
      String flow,
      Duration bound,
      Supplier<FlowStatus> status,
      KmeshTime time,
      Observers observers) {
    this.flow = flow;
    this.bound = bound;
    this.status = status;
    this.time = time;
    this.observers = observers;
  }

  /** Begins to watch. */
  synchronized void start() {
    if (!isClosed) {
      timer = time.schedule(EVERY, this::look);
    }
  }

  private void look() {
    Duration lag = status.get().lag();
    boolean isNew;
    synchronized (this) {
      isNew = !isClosed && isLate != lag.compareTo(bound) > 0;
      isLate ^= isNew;
    }
    if (isNew) {
      boolean isAbove = lag.compareTo(bound) > 0;
      observers.event(
          isAbove ? Severity.WARNING : Severity.INFO,
          isAbove ? "flow.late" : "flow.caught-up",
          flow,
          "The target of the flow \""
              + flow
              + "\" is "
              + lag
              + " behind its source; the bound is "
              + bound
              + ".",
          Map.of("lag", lag.toString(), "bound", bound.toString()));
    }
    start();
  }

  @Override
  public synchronized void close() {
    isClosed = true;
    if (timer != null) {
      timer.cancel();
    }
  }
}
