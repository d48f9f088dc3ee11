// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * Waits for what a coordinator and a copytool do in their own time, and says what for. Gives up only
 * when nothing at all has moved for long. Not thread-safe.
 */
final class Patience {
  /** What an administrator looks at when requests do not move; a client can't see it. */
  static final String REMEDY =
      "Look on the MDS: lctl get_param mdt.*.hsm_control mdt.*.hsm.max_requests mdt.*.hsm.actions"
          + " mdt.*.hsm.agents. Where hsm_control is disabled or stopped: lctl set_param"
          + " mdt.*.hsm_control=enabled. Where requests of a copytool that died hold all slots"
          + " (STARTED, max_requests of them), they go after mdt.*.hsm.active_request_timeout, or at"
          + " once by hsm_control=shutdown and then enabled; this drops what runs, of everybody.";

  /**
   * The times of a wait.
   *
   * @param look how often it is looked
   * @param say how often it is said
   * @param hint after how long without a change the remedy is said, and again
   * @param limit after how long without a change it gives up
   * @param end how long a run that ends waits for coordinators that send nothing
   */
  record Times(Duration look, Duration say, Duration hint, Duration limit, Duration end) {
    /** For a real coordinator, which scans every loop_period and may be slow. */
    static final Times DEFAULT =
        new Times(
            Duration.ofMillis(200),
            Duration.ofSeconds(5),
            Duration.ofSeconds(60),
            Duration.ofMinutes(30),
            Duration.ofSeconds(30));
  }

  /**
   * How far something is.
   *
   * @param words for people, without a full stop
   * @param mark equal as long as nothing has moved
   */
  record Look(String words, Object mark) {}

  /** Whether it is over. */
  interface End {
    boolean isReached() throws IOException, InterruptedException;
  }

  private final Screen screen;
  private final StopSignal stop;
  private final Times times;
  private Supplier<List<String>> coordinators = List::of;

  Patience(Screen screen, StopSignal stop, Times times) {
    this.screen = screen;
    this.stop = stop;
    this.times = times;
  }

  /** Has what coordinators tell said together with the remedy. */
  void lookAt(MountCoordinators told) {
    coordinators = told::words;
  }

  Duration look() {
    return times.look();
  }

  Duration end() {
    return times.end();
  }

  /**
   * Waits.
   *
   * @throws StopSignal.StoppedException when the run is to end
   * @throws IOException when nothing has moved for the limit
   */
  void until(End end, Supplier<Look> look) throws IOException, InterruptedException {
    long changed = System.nanoTime();
    long said = changed;
    long hinted = changed;
    Object mark = null;
    while (true) {
      stop.pause(Duration.ZERO);
      if (end.isReached()) {
        return;
      }
      Look seen = look.get();
      long now = System.nanoTime();
      if (!seen.mark().equals(mark)) {
        mark = seen.mark();
        changed = now;
        hinted = now;
      }
      if (now - said >= times.say().toNanos()) {
        said = now;
        screen.say("  " + seen.words() + since(now - changed));
      }
      if (now - hinted >= times.hint().toNanos()) {
        hinted = now;
        screen.say("  Nothing has moved for " + seconds(now - changed) + " s. " + REMEDY);
        coordinators.get().forEach(line -> screen.say("  " + line));
      }
      if (now - changed >= times.limit().toNanos()) {
        throw new IOException(
            "Cannot go on waiting: " + seen.words() + ", and nothing has moved for "
                + seconds(now - changed) + " s. " + REMEDY);
      }
      stop.pause(times.look());
    }
  }

  private static String since(long nanos) {
    return seconds(nanos) < 1 ? "." : "; " + seconds(nanos) + " s since the last change.";
  }

  private static long seconds(long nanos) {
    return nanos / 1_000_000_000L;
  }
}
