// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.cut;

import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.quiesce.QuiesceHook;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rest of all sites of a cut: frozen in order, thawed in the reverse one. What a freeze was
 * begun of is thawed, also when it failed. For one thread; used once.
 */
final class Quiesce {
  private static final int THAW_TRIES = 2;
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final String cut;
  private final QuiesceLimits limits;
  private final KmeshTime time;
  private final QuiesceJournal journal;
  private final Deque<QuiesceHook> begun = new ArrayDeque<>();
  private long end;
  private boolean isThawed; // the last one

  Quiesce(String cut, QuiesceLimits limits, KmeshTime time, QuiesceJournal journal) {
    this.cut = cut;
    this.limits = limits;
    this.time = time;
    this.journal = journal;
  }

  private interface Call {
    void run() throws IOException, InterruptedException;
  }

  /** Freezes all, one after the other. */
  void freeze(List<QuiesceHook> hooks, Retrier.Check check) throws IOException {
    end = time.nanoTime() + limits.frozen().toNanos();
    for (QuiesceHook hook : hooks) {
      check.run();
      requireTime();
      journal.freezing(cut, hook);
      begun.push(hook);
      Duration left = Duration.ofNanos(end - time.nanoTime());
      run("freeze", hook, () -> hook.freeze(cut), least(limits.hook(), left));
    }
  }

  private static Duration least(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  /** Fails when writers rested for too long. */
  void requireTime() throws ProviderException {
    if (time.nanoTime() - end > 0) {
      throw overrun("keep writers at rest", limits.frozen());
    }
  }

  /** Thaws all whose freezing was begun; tells, or adds to a failure, what could not be thawed. */
  void thaw(@Nullable Throwable failure) throws IOException {
    IOException first = null;
    while (!begun.isEmpty()) {
      QuiesceHook hook = begun.pop();
      for (int tries = 1; tries <= THAW_TRIES; tries++) {
        try {
          run("thaw", hook, () -> hook.thaw(cut), limits.hook());
          journal.thawed(cut, hook);
          isThawed = true;
          break;
        } catch (IOException | RuntimeException e) {
          IOException told = told(e, hook, tries == THAW_TRIES);
          if (first == null) {
            first = told;
          } else {
            first.addSuppressed(told);
          }
        }
      }
    }
    if (first != null && failure != null) {
      failure.addSuppressed(first);
    } else if (first != null) {
      throw first;
    }
  }

  /** Thaws what another process froze. */
  void thawAlone(QuiesceHook hook) throws IOException {
    begun.push(hook);
    IOException failure = null;
    try {
      thaw(null);
    } catch (IOException e) {
      failure = e;
    }
    if (failure != null && !isThawed) {
      throw failure;
    }
  }

  private static IOException told(Exception e, QuiesceHook hook, boolean isLast) {
    return isLast
        ? new ProviderException(
            ErrorKind.UNKNOWN_OUTCOME,
            "Cannot thaw "
                + hook.name()
                + ": "
                + e.getMessage()
                + " It may rest still. Thaw it by hand, or let the next snapshot do it.",
            e)
        : new ProviderException(
            ErrorKind.TRANSIENT,
            "Cannot trust the cut: "
                + hook.name()
                + " was not thawed at once, so that it may not have rested all the time: "
                + e.getMessage()
                + " Take it again.",
            e);
  }

  private ProviderException overrun(String what, Duration limit) {
    return new ProviderException(
        ErrorKind.TRANSIENT,
        "Cannot "
            + what
            + " for the cut "
            + cut
            + ": it took more than "
            + limit
            + ". Nothing was published; give it more time, or take it when there is less to do.");
  }

  /** A hook's call in a thread of its own, which is interrupted at the deadline. */
  private void run(String verb, QuiesceHook hook, Call call, Duration limit) throws IOException {
    Outcome outcome = new Outcome(call);
    Thread thread = new Thread(outcome, "kmesh-quiesce");
    thread.setDaemon(true);
    long callEnd = time.nanoTime() + limit.toNanos();
    thread.start();
    boolean isInTime;
    try {
      isInTime = outcome.await(time, callEnd);
      if (!isInTime) {
        thread.interrupt();
        outcome.await(time, time.nanoTime() + GRACE.toNanos());
      }
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
      throw new ProviderException(
          ErrorKind.CANCELLED, "Cannot " + verb + " " + hook.name() + ": it was interrupted.", e);
    }
    if (!isInTime) {
      throw overrun(verb + " " + hook.name(), limit);
    }
    Throwable failure = outcome.failure();
    if (failure != null) {
      throw new ProviderException(
          ErrorKind.TRANSIENT,
          "Cannot "
              + verb
              + " "
              + hook.name()
              + " for the cut "
              + cut
              + ": "
              + failure.getMessage()
              + " Nothing was published.",
          failure);
    }
  }

  private static final class Outcome implements Runnable {
    private final Call call;
    private boolean isDone; // guarded by this
    private @Nullable Throwable failure; // guarded by this

    Outcome(Call call) {
      this.call = call;
    }

    @Override
    public void run() {
      Throwable thrown = null;
      try {
        call.run();
      } catch (IOException | InterruptedException | RuntimeException | Error e) {
        thrown = e;
      }
      synchronized (this) {
        isDone = true;
        failure = thrown;
        notifyAll();
      }
    }

    synchronized boolean await(KmeshTime time, long end) throws InterruptedException {
      for (long left = end - time.nanoTime(); !isDone && left > 0; left = end - time.nanoTime()) {
        time.await(this, Duration.ofNanos(left));
      }
      // What came behind the deadline is late, whoever looks when.
      return isDone && time.nanoTime() - end <= 0;
    }

    synchronized @Nullable Throwable failure() {
      return failure;
    }
  }
}
