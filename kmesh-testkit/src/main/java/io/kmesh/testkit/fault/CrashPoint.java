// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.fault;

/**
 * Counts operations and ends the process before or after one of them: wrappers call {@link #before}
 * and {@link #after} around each. After the crash every operation fails, as nothing runs any more.
 * Thread-safe.
 */
public final class CrashPoint {
  /** Where the crash is, relative to the operation. */
  public enum Side {
    /** The operation did not happen. */
    BEFORE,
    /** The operation happened and nobody saw its result. */
    AFTER
  }

  private final int at;
  private final Side side;
  private int operations; // guarded by this
  private String where = ""; // guarded by this; empty before the crash

  private CrashPoint(int at, Side side) {
    this.at = at;
    this.side = side;
  }

  /** Only counts. */
  public static CrashPoint never() {
    return new CrashPoint(-1, Side.BEFORE);
  }

  /**
   * Crashes at one operation.
   *
   * @param operation its number, from 1
   */
  public static CrashPoint at(int operation, Side side) {
    if (operation < 1) {
      throw new IllegalArgumentException("Operations count from 1, not " + operation + ".");
    }
    return new CrashPoint(operation, side);
  }

  /** Counts an operation that begins. */
  public synchronized void before(String operation) {
    failIfCrashed();
    operations++;
    if (operations == at && side == Side.BEFORE) {
      crash("before", operation);
    }
  }

  /** Notes that the operation that was counted last has happened. */
  public synchronized void after(String operation) {
    if (operations == at && side == Side.AFTER && where.isEmpty()) {
      crash("after", operation);
    }
    failIfCrashed();
  }

  /** Ends the process now. */
  public synchronized void crashNow() {
    where = "by hand";
  }

  private void crash(String when, String operation) {
    where = when + " operation " + operations + ", " + operation;
    throw new SimulatedCrash(where);
  }

  /** Fails when the process has ended. */
  public synchronized void failIfCrashed() {
    if (!where.isEmpty()) {
      throw new SimulatedCrash("(the process ended " + where + ")");
    }
  }

  /** How many operations began. */
  public synchronized int operations() {
    return operations;
  }

  /** Whether the crash has happened. */
  public synchronized boolean hasCrashed() {
    return !where.isEmpty();
  }

  /** Where it was, such as {@code before operation 7, rename}; empty while it was not. */
  public synchronized String where() {
    return where;
  }
}
