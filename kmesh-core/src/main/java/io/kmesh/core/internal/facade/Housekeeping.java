// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.facade;

import io.kmesh.core.internal.observe.Observers;
import io.kmesh.spi.observe.KmeshEvent.Severity;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the state from growing for ever: does its chores when it is started and every few hours
 * from then on. A chore that fails is told to the observers and tried again the next time.
 * Thread-safe.
 */
final class Housekeeping implements AutoCloseable {
  static final Duration INTERVAL = Duration.ofHours(6);

  /** Something that takes away what is not needed any more. */
  @FunctionalInterface
  interface Chore {
    /** Does it and says how many records went. */
    long tidy() throws IOException;
  }

  private final KmeshTime time;
  private final Executor executor;
  private final Observers observers;
  private final List<Chore> chores;
  private final Object running = new Object();
  private volatile boolean isClosed;
  private KmeshTime.@Nullable Timer timer; // guarded by this

  Housekeeping(KmeshTime time, Executor executor, Observers observers, List<Chore> chores) {
    this.time = time;
    this.executor = executor;
    this.observers = observers;
    this.chores = List.copyOf(chores);
  }

  /** Begins. */
  void start() {
    try {
      executor.execute(this::run);
    } catch (RejectedExecutionException e) {
      schedule(); // too much to do now
    }
  }

  private void run() {
    synchronized (running) {
      for (Chore chore : chores) {
        if (isClosed) {
          return;
        }
        run(chore);
      }
    }
    schedule();
  }

  private void run(Chore chore) {
    try {
      long gone = chore.tidy();
      if (gone > 0) {
        observers.event(
            Severity.INFO,
            "state.tidied",
            "",
            "Records that nothing needs any more were taken out of the state.",
            Map.of("records", Long.toString(gone)));
      }
    } catch (IOException | RuntimeException e) {
      observers.event(
          Severity.WARNING,
          "state.not-tidied",
          "",
          "The state could not be tidied; it is tried again later: " + e.getMessage(),
          Map.of());
    }
  }

  private synchronized void schedule() {
    if (!isClosed) {
      timer = time.schedule(INTERVAL, this::start);
    }
  }

  /** Stops, and waits for the chore that runs. */
  @Override
  public void close() {
    synchronized (this) {
      isClosed = true;
      if (timer != null) {
        timer.cancel();
      }
    }
    synchronized (running) {
      // Whoever held it was the last.
    }
  }
}
