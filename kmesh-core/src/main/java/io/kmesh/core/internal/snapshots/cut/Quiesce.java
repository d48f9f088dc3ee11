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
  private final Deque<Begun> begun = new ArrayDeque<>();
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

  /** A site whose freezing was begun. */
  private record Begun(QuiesceHook hook, Outcome freeze) {}

  /** Freezes all, one after the other. */
  void freeze(List<QuiesceHook> hooks, Retrier.Check check) throws IOException {
    end = time.nanoTime() + limits.frozen().toNanos();
    for (QuiesceHook hook : hooks) {
      check.run();
      requireTime();
      journal.freezing(cut, hook);
      Outcome freeze = new Outcome(() -> hook.freeze(cut));
      begun.push(new Begun(hook, freeze));
      Duration left = Duration.ofNanos(end - time.nanoTime());
      run("freeze", hook, freeze, least(limits.hook(), left));
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
    boolean isInterrupted = false;
    while (!begun.isEmpty()) {
      Begun one = begun.pop();
      for (int tries = 1; tries <= THAW_TRIES; tries++) {
        // Whoever interrupts this thread wants it to end, not writers to rest for ever.
        isInterrupted |= Thread.interrupted();
        try {
          thawNow(one);
          break;
        } catch (IOException | RuntimeException e) {
          IOException told = told(e, one.hook(), tries == THAW_TRIES);
          if (first == null) {
            first = told;
          } else {
            first.addSuppressed(told);
          }
        }
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
    if (first != null && failure != null) {
      failure.addSuppressed(first);
    } else if (first != null) {
      throw first;
    }
  }

  private void thawNow(Begun one) throws IOException {
    QuiesceHook hook = one.hook();
    run("thaw", hook, new Outcome(() -> hook.thaw(cut)), limits.hook());
    if (one.freeze().isUnderWay()) {
      // It stays in the journal, so that it is thawed again.
      throw new ProviderException(
          ErrorKind.UNKNOWN_OUTCOME,
          "Cannot tell that " + hook.name() + " is thawed: its freeze has not ended.");
    }
    journal.thawed(cut, hook);
    isThawed = true;
  }

  /** Thaws what another process froze. */
  void thawAlone(QuiesceHook hook) throws IOException {
    begun.push(new Begun(hook, new Outcome(() -> {})));
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
  private void run(String verb, QuiesceHook hook, Outcome outcome, Duration limit)
      throws IOException {
    Thread thread = new Thread(outcome, "kmesh-quiesce");
    thread.setDaemon(true);
    long callEnd = time.nanoTime() + limit.toNanos();
    outcome.begin();
    thread.start();
    boolean isInTime = false;
    InterruptedException interrupt = null;
    try {
      isInTime = outcome.await(time, callEnd);
    } catch (InterruptedException e) {
      interrupt = e;
    }
    if (!isInTime) {
      thread.interrupt();
      try {
        outcome.await(time, time.nanoTime() + GRACE.toNanos());
      } catch (InterruptedException e) {
        interrupt = e;
      }
    }
    if (interrupt != null) {
      Thread.currentThread().interrupt();
      throw new ProviderException(
          ErrorKind.CANCELLED,
          "Cannot " + verb + " " + hook.name() + ": it was interrupted.",
          interrupt);
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
    private boolean isBegun; // guarded by this
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

    synchronized void begin() {
      isBegun = true;
    }

    synchronized boolean isUnderWay() {
      return isBegun && !isDone;
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
