// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The daemon thread that runs the passes of all coordinators of a file system: at once when
 * something happened, and for the full scans. Thread-safe; its monitor is a leaf.
 */
final class CoordinatorThread {
  private static final String NAME = "kmesh-sim-coordinator";

  private final KmeshTime time;
  private final HsmCounters counters;
  private boolean woken;
  private boolean stopped;
  private @Nullable Thread thread;

  CoordinatorThread(KmeshTime time, HsmCounters counters) {
    this.time = time;
    this.counters = counters;
  }

  synchronized void start(List<MdtCoordinator> mdts) {
    Thread t = new Thread(() -> run(mdts), NAME);
    t.setDaemon(true);
    thread = t;
    t.start();
  }

  synchronized void wake() {
    woken = true;
    notifyAll();
  }

  synchronized void stop() {
    stopped = true;
    notifyAll();
  }

  /** Waits until the thread has ended; after {@link #stop}. */
  void join() {
    Thread t;
    synchronized (this) {
      t = thread;
    }
    boolean interrupted = false;
    while (t != null && t != Thread.currentThread() && t.isAlive()) {
      try {
        t.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run(List<MdtCoordinator> mdts) {
    while (await(mdts)) {
      for (MdtCoordinator mdt : mdts) {
        try {
          mdt.pass.run();
        } catch (IOException | RuntimeException e) {
          if (!isStopped()) {
            counters.violation("The coordinator of MDT" + mdt.state.mdt + " failed: " + e);
          }
        }
      }
    }
  }

  private synchronized boolean isStopped() {
    return stopped;
  }

  /** Waits for something to do; false when there will be nothing any more. */
  private boolean await(List<MdtCoordinator> mdts) {
    long millis = Long.MAX_VALUE;
    for (MdtCoordinator mdt : mdts) {
      millis = Math.min(millis, mdt.pass.untilFullScan());
    }
    synchronized (this) {
      try {
        if (!woken && !stopped && millis > 0) {
          time.await(this, Duration.ofMillis(millis));
        }
      } catch (InterruptedException e) {
        stopped = true;
      }
      woken = false;
      return !stopped;
    }
  }
}
