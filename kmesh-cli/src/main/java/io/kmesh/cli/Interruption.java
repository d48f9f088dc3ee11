// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.engine.repository.SnapshotWork;
import io.kmesh.spi.time.KmeshTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Passes a signal on to the work under way. Thread-safe. */
final class Interruption {
  private final Set<SnapshotWork> works = new HashSet<>(); // guarded by this
  private final List<Runnable> actions = new ArrayList<>(); // guarded by this
  private boolean isRaised; // guarded by this

  /** Work that ends with the command. */
  synchronized SnapshotWork begin() {
    SnapshotWork work = new SnapshotWork();
    works.add(work);
    if (isRaised) {
      work.cancel();
    }
    return work;
  }

  /** Runs something short when it is raised, or at once when it was. */
  synchronized void whenRaised(Runnable action) {
    actions.add(action);
    if (isRaised) {
      action.run();
    }
  }

  /** Stops what is under way, and what begins from now on. */
  synchronized void raise() {
    isRaised = true;
    works.forEach(SnapshotWork::cancel);
    actions.forEach(Runnable::run);
    notifyAll();
  }

  /** Waits until it is raised. */
  synchronized void await() {
    while (!isRaised) {
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  synchronized boolean isRaised() {
    return isRaised;
  }

  /** Waits until it is raised, at most so long; whether it is. */
  synchronized boolean await(KmeshTime time, Duration longest) {
    long end = time.nanoTime() + longest.toNanos();
    try {
      for (long left; !isRaised && (left = end - time.nanoTime()) > 0; ) {
        time.await(this, Duration.ofNanos(left));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
    return isRaised;
  }
}
