// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A file descriptor that counts the calls under way: its number is given back to the system only
 * when it is closed and no call uses it any more, so that no call can meet another file under the
 * same number. Thread-safe.
 */
final class Fd {
  private static final VarHandle STATE;
  private static final int CLOSED = Integer.MIN_VALUE;
  private static final AtomicLong OPEN = new AtomicLong();

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Fd.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final int number;
  private final boolean pathOnly;

  /** The number of calls under way; the sign bit says closed. */
  @SuppressWarnings("unused")
  private volatile int state;

  /**
   * Takes over an open descriptor.
   *
   * @param pathOnly whether it was opened with O_PATH, as for a directory that can only be searched
   */
  Fd(int number, boolean pathOnly) {
    this.number = number;
    this.pathOnly = pathOnly;
    OPEN.incrementAndGet();
  }

  /** How many descriptors of this process are held open by this package. */
  static long openCount() {
    return OPEN.get();
  }

  boolean isPathOnly() {
    return pathOnly;
  }

  /** The number, for a call that ends with {@link #release()}; or -1 when closed. */
  int acquire() {
    while (true) {
      int s = state;
      if (s < 0) {
        return -1;
      }
      if (STATE.compareAndSet(this, s, s + 1)) {
        return number;
      }
    }
  }

  /** Ends a call that {@link #acquire()} began. */
  void release() {
    if ((int) STATE.getAndAdd(this, -1) - 1 == CLOSED) {
      closeNow();
    }
  }

  /**
   * Closes it, at once or with the last call under way.
   *
   * @return 0, or the negative errno of close(2)
   */
  int close() {
    int before = (int) STATE.getAndBitwiseOr(this, CLOSED);
    return before == 0 ? closeNow() : 0;
  }

  private int closeNow() {
    OPEN.decrementAndGet();
    return Calls.close(number);
  }
}
