// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One lock for each key in use. A thread waits for one lock only while it holds none; a second one
 * it takes with {@link #tryLock}.
 */
final class KeyLocks {
  private final Map<String, Counted> locks = new HashMap<>();

  /** A lock that is held. */
  interface Held extends AutoCloseable {
    @Override
    void close();
  }

  /** Waits for the lock of a key. */
  Held lock(String key) {
    Counted counted = borrow(key);
    counted.lock.lock();
    return () -> release(key, counted);
  }

  /** The lock of a key when nobody holds it. */
  Optional<Held> tryLock(String key) {
    Counted counted = borrow(key);
    if (counted.lock.tryLock()) {
      return Optional.of(() -> release(key, counted));
    }
    giveBack(key, counted);
    return Optional.empty();
  }

  private Counted borrow(String key) {
    synchronized (locks) {
      Counted counted = locks.computeIfAbsent(key, k -> new Counted());
      counted.users++;
      return counted;
    }
  }

  private void release(String key, Counted counted) {
    counted.lock.unlock();
    giveBack(key, counted);
  }

  private void giveBack(String key, Counted counted) {
    synchronized (locks) {
      if (--counted.users == 0) {
        locks.remove(key);
      }
    }
  }

  private static final class Counted {
    private final ReentrantLock lock = new ReentrantLock();
    private int users;
  }
}
