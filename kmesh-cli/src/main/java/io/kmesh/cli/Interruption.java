// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.engine.repository.SnapshotWork;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Passes a signal on to the work under way. Thread-safe. */
final class Interruption {
  private final Set<SnapshotWork> works = new HashSet<>(); // guarded by this
  private final List<Runnable> actions = new ArrayList<>(); // guarded by this
  private final Set<Thread> waiting = new HashSet<>(); // guarded by this
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

  /** Something that waits, and ends when its thread is interrupted. */
  @FunctionalInterface
  interface Waiting<T> {
    /** Waits. */
    T run() throws IOException;
  }

  /** Runs something whose thread is interrupted when it is raised; it is CANCELLED then. */
  <T> T ending(Waiting<T> work) throws IOException {
    Thread self = Thread.currentThread();
    synchronized (this) {
      checkRaised(null);
      waiting.add(self);
    }
    try {
      return work.run();
    } catch (IOException e) {
      checkRaised(e);
      throw e;
    } finally {
      synchronized (this) {
        waiting.remove(self);
        if (isRaised) {
          boolean unused = Thread.interrupted(); // it was ours
        }
      }
    }
  }

  private synchronized void checkRaised(@Nullable IOException cause) throws ProviderException {
    if (isRaised) {
      throw new ProviderException(
          ErrorKind.CANCELLED, "Cannot go on: the command was interrupted. Repeat it.", cause);
    }
  }

  /** Stops what is under way, and what begins from now on. */
  synchronized void raise() {
    isRaised = true;
    waiting.forEach(Thread::interrupt);
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
