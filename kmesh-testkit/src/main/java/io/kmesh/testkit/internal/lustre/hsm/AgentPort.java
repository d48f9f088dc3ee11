// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The client's end of a registration: the pipe that all MDTs write to and one copytool reads.
 * Thread-safe; its monitor is a leaf.
 */
final class AgentPort {
  /** What became of a list. */
  enum Delivery {
    /** It is in the pipe. */
    SENT,
    /** The pipe is full. */
    FULL,
    /** Nobody will ever read it. */
    GONE
  }

  private static final Duration LONGEST = Duration.ofHours(1);

  private final String uuid;
  private final KmeshTime time;
  private final Runnable wakeCoordinators;
  private final KucPipe pipe = new KucPipe();
  private boolean wakeUp;
  private boolean refusedOne;
  private @Nullable Errno gone;

  AgentPort(String uuid, KmeshTime time, Runnable wakeCoordinators) {
    this.uuid = uuid;
    this.time = time;
    this.wakeCoordinators = wakeCoordinators;
  }

  String uuid() {
    return uuid;
  }

  synchronized Delivery offer(List<ActionItem> items, int listSize) {
    if (gone != null) {
      return Delivery.GONE;
    }
    if (!pipe.offer(items, listSize)) {
      refusedOne = true;
      return Delivery.FULL;
    }
    notifyAll();
    return Delivery.SENT;
  }

  synchronized boolean isGone() {
    return gone != null;
  }

  /** Ends it: whoever reads gets this error. What is in the pipe is lost. */
  synchronized void end(Errno errno) {
    if (gone == null) {
      gone = errno;
    }
    notifyAll();
  }

  synchronized void wakeUp() {
    wakeUp = true;
    notifyAll();
  }

  /** Fails when the registration is gone. */
  synchronized void requireAlive(String verb) throws ProviderException {
    Errno errno = gone;
    if (errno != null) {
      throw Refusals.of(
          errno,
          "Cannot "
              + verb
              + ": "
              + errno.name()
              + ", the copytool's registration "
              + uuid
              + " is gone. Register anew.");
    }
  }

  /** The next list; an empty one when the time is over or a wake-up came. */
  List<ActionItem> receive(Duration timeout) throws IOException {
    List<ActionItem> items;
    boolean wake;
    synchronized (this) {
      items = await(timeout);
      wake = refusedOne && items != null;
      refusedOne &= !wake;
    }
    if (wake) {
      wakeCoordinators.run();
    }
    return items == null ? List.of() : items;
  }

  private @Nullable List<ActionItem> await(Duration timeout) throws IOException {
    long start = time.nanoTime();
    while (true) {
      requireAlive("receive actions");
      List<ActionItem> items = pipe.poll();
      if (items != null) {
        return items;
      }
      if (wakeUp) {
        wakeUp = false;
        return null;
      }
      Duration left = timeout.minusNanos(time.nanoTime() - start);
      if (left.isNegative() || left.isZero()) {
        return null;
      }
      try {
        time.await(this, left.compareTo(LONGEST) > 0 ? LONGEST : left);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw Refusals.of(
            Errno.EINTR,
            "Cannot receive actions: EINTR, the thread was interrupted. Call wakeUp() to end a wait,"
                + " or receive again.");
      }
    }
  }
}
