// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.time;

import io.kmesh.spi.time.KmeshTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A clock that stands still until a test moves it. Timers run on the thread that moves it, in the
 * order of their times, each at exactly its time. Thread-safe.
 */
public final class ManualTime implements KmeshTime {
  /** Where every manual clock begins, unless told otherwise. */
  public static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  /** More timers than this in one {@link #runUntilIdle()} means that they never end. */
  private static final int ENDLESS = 1_000_000;

  /** How long, in real time, a test waits for threads that never come. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private enum Mode {
    STANDS,
    SLEEP_ADVANCES
  }

  private final Mode mode;
  private final ReentrantLock movers = new ReentrantLock();
  private final Object lock = new Object();
  private final PriorityQueue<Entry> entries =
      new PriorityQueue<>(
          Comparator.comparingLong((Entry e) -> e.due).thenComparingLong(e -> e.number));
  private Instant wall;
  private long nanos;
  private long numbers;
  private int waiting;

  private ManualTime(Instant start, Mode mode) {
    this.wall = start;
    this.mode = mode;
  }

  /** A clock that stands at {@link #START}. */
  public static ManualTime create() {
    return startingAt(START);
  }

  /** A clock that stands at an instant. */
  public static ManualTime startingAt(Instant start) {
    return new ManualTime(start, Mode.STANDS);
  }

  /**
   * A clock at {@link #START} that moves by itself when a thread sleeps: {@link #sleep} returns at
   * once and time has passed. {@link #await} still waits for a notification or for {@link
   * #advance}.
   */
  public static ManualTime skipping() {
    return new ManualTime(START, Mode.SLEEP_ADVANCES);
  }

  @Override
  public Instant now() {
    synchronized (lock) {
      return wall;
    }
  }

  @Override
  public long nanoTime() {
    synchronized (lock) {
      return nanos;
    }
  }

  /** Moves both clocks; what becomes due meanwhile runs or wakes, in order. */
  public void advance(Duration duration) {
    if (duration.isNegative()) {
      throw new IllegalArgumentException(
          "Cannot advance by "
              + duration
              + ": time does not go back. Use jump for the time of day.");
    }
    movers.lock();
    try {
      long target;
      synchronized (lock) {
        target = Math.addExact(nanos, duration.toNanos());
      }
      for (Entry due = next(target); due != null; due = next(target)) {
        due.fire();
      }
      synchronized (lock) {
        moveTo(target);
      }
    } finally {
      movers.unlock();
    }
  }

  /** Moves the time of day alone, forward or back, as when an operator sets the clock. */
  public void jump(Duration duration) {
    synchronized (lock) {
      wall = wall.plus(duration);
    }
  }

  /**
   * Moves from timer to timer until none is left, those that timers add included.
   *
   * @return how many ran
   * @throws IllegalStateException when they do not end
   */
  public int runUntilIdle() {
    int ran = 0;
    movers.lock();
    try {
      for (Entry next = nextTimer(); next != null; next = nextTimer()) {
        next.fire();
        if (++ran == ENDLESS) {
          throw new IllegalStateException(
              "Cannot run until idle: " + ENDLESS + " timers ran and more come. Use advance.");
        }
      }
    } finally {
      movers.unlock();
    }
    return ran;
  }

  /** The number of timers that have neither run nor been cancelled. */
  public int timers() {
    synchronized (lock) {
      return (int) entries.stream().filter(e -> e instanceof TimerEntry).count();
    }
  }

  /** The number of threads that sleep or await now. */
  public int waiting() {
    synchronized (lock) {
      return waiting;
    }
  }

  /**
   * Blocks the test until at least so many threads sleep or await, so that a following {@link
   * #advance} finds them.
   *
   * @throws IllegalStateException when they do not come within a real minute
   */
  public void awaitWaiting(int threads) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    synchronized (lock) {
      while (waiting < threads) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          throw new IllegalStateException(
              "Cannot wait for " + threads + " waiting threads: only " + waiting + " came.");
        }
        TimeUnit.NANOSECONDS.timedWait(lock, left);
      }
    }
  }

  @Override
  public void sleep(Duration duration) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    if (duration.isNegative() || duration.isZero()) {
      return;
    }
    if (mode == Mode.SLEEP_ADVANCES) {
      advance(duration);
      return;
    }
    synchronized (lock) {
      Sleeper sleeper = new Sleeper(due(duration), numbers++);
      enter(sleeper);
      try {
        while (!sleeper.awake) {
          lock.wait();
        }
      } finally {
        leave(sleeper);
      }
    }
  }

  // Returns after any wake-up, as the interface says: its caller loops around its own condition.
  @SuppressWarnings("WaitNotInLoop")
  @Override
  public void await(Object monitor, Duration duration) throws InterruptedException {
    if (!Thread.holdsLock(monitor)) {
      throw new IllegalMonitorStateException("await needs the monitor that it waits on");
    }
    if (duration.isNegative() || duration.isZero()) {
      return;
    }
    Waiter waiter;
    synchronized (lock) {
      waiter = new Waiter(due(duration), numbers++, monitor);
      enter(waiter);
    }
    try {
      monitor.wait();
    } finally {
      synchronized (lock) {
        leave(waiter);
      }
    }
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    synchronized (lock) {
      TimerEntry timer =
          new TimerEntry(due(delay.isNegative() ? Duration.ZERO : delay), numbers++, task);
      entries.add(timer);
      return () -> {
        synchronized (lock) {
          entries.remove(timer);
        }
      };
    }
  }

  private long due(Duration duration) {
    try {
      return Math.addExact(nanos, duration.toNanos());
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE; // nobody waits for 292 years
    }
  }

  private void enter(Entry entry) {
    entries.add(entry);
    waiting++;
    lock.notifyAll();
  }

  private void leave(Entry entry) {
    entries.remove(entry);
    waiting--;
  }

  private @Nullable Entry next(long target) {
    synchronized (lock) {
      Entry first = entries.peek();
      if (first == null || first.due > target) {
        return null;
      }
      entries.remove();
      moveTo(first.due);
      return first;
    }
  }

  private @Nullable Entry nextTimer() {
    long due;
    synchronized (lock) {
      due =
          entries.stream()
              .filter(e -> e instanceof TimerEntry)
              .mapToLong(e -> e.due)
              .min()
              .orElse(-1);
    }
    if (due < 0) {
      return null;
    }
    for (Entry e = next(due); e != null; e = next(due)) {
      if (e instanceof TimerEntry) {
        return e;
      }
      e.fire();
    }
    return null;
  }

  private void moveTo(long target) {
    if (target > nanos) {
      wall = wall.plusNanos(target - nanos);
      nanos = target;
    }
  }

  @Override
  public String toString() {
    return "ManualTime at " + now();
  }

  private abstract static class Entry {
    final long due;
    final long number;

    Entry(long due, long number) {
      this.due = due;
      this.number = number;
    }

    abstract void fire();
  }

  private static final class TimerEntry extends Entry {
    private final Runnable task;

    TimerEntry(long due, long number, Runnable task) {
      super(due, number);
      this.task = task;
    }

    @Override
    void fire() {
      task.run();
    }
  }

  private final class Sleeper extends Entry {
    private boolean awake;

    Sleeper(long due, long number) {
      super(due, number);
    }

    @Override
    void fire() {
      synchronized (lock) {
        awake = true;
        lock.notifyAll();
      }
    }
  }

  private static final class Waiter extends Entry {
    private final Object monitor;

    Waiter(long due, long number, Object monitor) {
      super(due, number);
      this.monitor = monitor;
    }

    @Override
    void fire() {
      synchronized (monitor) {
        monitor.notifyAll();
      }
    }
  }
}
