// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.lustre.jna.internal.Calls;
import io.kmesh.lustre.jna.internal.Linux;
import io.kmesh.lustre.jna.internal.NativeBuffer;
import io.kmesh.lustre.jna.internal.Scratch;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;

/**
 * Waits for a descriptor to become readable, for a time to pass, or for a call of {@link #wake()}:
 * a thread that blocks in the kernel can't be interrupted otherwise. The kernel's timer counts the
 * time. One thread waits; any wakes. Sources: {@code struct pollfd}, {@code struct itimerspec}.
 */
final class WakeUp implements Closeable {
  private static final int POLLFD = 8;

  /** Seconds that no process lasts; the kernel refuses what its clock can't say. */
  private static final long LONGEST = 1L << 32;

  private static final int EVENTS = 4;
  private static final int REVENTS = 6;
  private static final int WATCHED = 0;
  private static final int COUNTER = POLLFD;
  private static final int TIMER = 2 * POLLFD;

  private final int counter;
  private final int timer;

  WakeUp() throws IOException {
    counter = LustreMount.check(Calls.eventfd(), "make a counter for", "waiting");
    int made = Calls.timerfd();
    if (made < 0) {
      Calls.close(counter);
    }
    timer = LustreMount.check(made, "make a timer for", "waiting");
  }

  /** Sets how long the next waits may last together; 0 for one look without a wait. */
  void begin(Duration timeout) throws IOException {
    try (NativeBuffer buffer = NativeBuffer.take()) {
      // All zeros would stop the timer, where the time is to be over at once.
      boolean isOver = timeout.isZero() || timeout.isNegative();
      buffer.bytes().putLong(0, 0).putLong(8, 0);
      buffer.bytes().putLong(16, isOver ? 0 : Math.min(timeout.getSeconds(), LONGEST));
      buffer.bytes().putLong(24, isOver ? 1 : timeout.getNano());
      LustreMount.check(
          Calls.timerfdSet(timer, isOver ? Calls.ABSOLUTE_TIME : 0, buffer.address()),
          "set the timer of",
          "waiting");
    }
  }

  /**
   * Waits.
   *
   * @return whether the descriptor is readable or broken; false when the time is over or after a
   *     wake-up
   */
  boolean await(int fd) throws IOException {
    try (NativeBuffer buffer = NativeBuffer.take()) {
      int r;
      do {
        watch(buffer, WATCHED, fd);
        watch(buffer, COUNTER, counter);
        watch(buffer, TIMER, timer);
        r = Calls.poll(buffer.address(), 3, -1);
      } while (r == -Linux.EINTR); // a signal of the JVM
      LustreMount.check(r, "wait for", "a descriptor");
      if (buffer.bytes().getShort(COUNTER + REVENTS) != 0) {
        Calls.read(counter, Scratch.ofThread().out(), Long.BYTES);
        return false;
      }
      return buffer.bytes().getShort(WATCHED + REVENTS) != 0;
    }
  }

  private static void watch(NativeBuffer buffer, int at, int fd) {
    buffer.bytes().putInt(at, fd).putInt(at + EVENTS, Linux.POLLIN);
  }

  /** Ends a wait, or the next one when none is under way. */
  void wake() {
    try (NativeBuffer buffer = NativeBuffer.take()) {
      buffer.bytes().putLong(0, 1);
      // Fails only when it was woken 2^64 times without a wait, and then it is awake.
      Calls.write(counter, buffer.address(), Long.BYTES);
    }
  }

  @Override
  public void close() {
    Calls.close(counter);
    Calls.close(timer);
  }
}
