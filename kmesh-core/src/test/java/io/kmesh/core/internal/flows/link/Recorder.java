// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.core.internal.time.SystemTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** A handler that remembers. */
final class Recorder implements LinkHandler {
  private static final long PATIENCE = Duration.ofSeconds(20).toNanos();

  final List<byte[]> messages = new ArrayList<>(); // guarded by this, as all below
  final List<byte[]> bulks = new ArrayList<>();
  final List<LinkEnd> ends = new ArrayList<>();
  private final List<LinkSession> sessions = new ArrayList<>();
  int entered;
  private boolean isBlocked;

  @Override
  public synchronized void opened(LinkSession session) {
    sessions.add(session);
    notifyAll();
  }

  @Override
  public synchronized void message(LinkSession session, byte[] message)
      throws InterruptedException {
    entered++;
    while (isBlocked) {
      wait();
    }
    messages.add(message);
    notifyAll();
  }

  @Override
  public synchronized void bulk(LinkSession session, byte[] message) throws InterruptedException {
    while (isBlocked) {
      wait();
    }
    bulks.add(message);
    notifyAll();
  }

  @Override
  public synchronized void lost(LinkSession session, LinkEnd end) {
    ends.add(end);
    notifyAll();
  }

  synchronized void block(boolean isBlocked) {
    this.isBlocked = isBlocked;
    notifyAll();
  }

  synchronized List<byte[]> messages() {
    return List.copyOf(messages);
  }

  synchronized List<byte[]> bulks() {
    return List.copyOf(bulks);
  }

  /** Waits until something is so, which a call of this handler brings about. */
  synchronized void await(BooleanSupplier condition) throws InterruptedException {
    long began = SystemTime.INSTANCE.nanoTime();
    while (!condition.getAsBoolean()) {
      long left = PATIENCE - (SystemTime.INSTANCE.nanoTime() - began);
      if (left <= 0) {
        throw new AssertionError("it did not come about: " + ends + ", " + messages.size());
      }
      SystemTime.INSTANCE.await(this, Duration.ofNanos(Math.min(left, 20_000_000)));
    }
  }

  LinkSession session(int number) throws InterruptedException {
    await(() -> sessions.size() >= number);
    synchronized (this) {
      return sessions.get(number - 1);
    }
  }

  LinkEnd end(int number) throws InterruptedException {
    await(() -> ends.size() >= number);
    synchronized (this) {
      return ends.get(number - 1);
    }
  }
}
