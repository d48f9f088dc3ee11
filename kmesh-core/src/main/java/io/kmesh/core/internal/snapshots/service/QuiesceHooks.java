// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import io.kmesh.core.internal.observe.Observers;
import io.kmesh.core.internal.snapshots.cut.QuiesceJournal;
import io.kmesh.core.internal.snapshots.cut.QuiesceLimits;
import io.kmesh.core.internal.snapshots.cut.StateQuiesceJournal;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.snapshots.SnapshotCutSpec;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.observe.KmeshEvent.Severity;
import io.kmesh.spi.quiesce.QuiesceHook;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The quiesce hooks of a Kmesh. They are used by one cut at a time; so whatever the journal has
 * when none is taken was left frozen, by a process that was killed or by a thaw that failed, and is
 * thawed. Thread-safe.
 */
final class QuiesceHooks {
  private static final QuiesceLimits LIMITS =
      new QuiesceLimits(SnapshotCutSpec.HOOK_DEADLINE, SnapshotCutSpec.FROZEN_DEADLINE);
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Map<String, QuiesceHook> hooks = new TreeMap<>();
  private final StateQuiesceJournal journal;
  private final KmeshTime time;
  private final Observers observers;
  private final Object gate = new Object();
  private boolean isUsed; // guarded by gate

  QuiesceHooks(SnapshotParts parts, Observers observers) {
    parts.quiesceHooks().forEach(hook -> hooks.put(hook.name(), hook));
    this.journal = new StateQuiesceJournal(parts.state());
    this.time = parts.time();
    this.observers = observers;
  }

  Set<String> names() {
    return hooks.keySet();
  }

  /** What a cut does with its hooks. */
  @FunctionalInterface
  interface Work<T> {
    T run(List<QuiesceHook> hooks, QuiesceJournal journal) throws IOException;
  }

  /**
   * Does a cut's work when no other cut uses hooks, and nothing that it uses is left frozen.
   *
   * @param names of the hooks; with none there is nothing to wait for
   * @param check asked while it waits
   */
  <T> T use(List<String> names, Retrier.Check check, Work<T> work) throws IOException {
    if (names.isEmpty()) {
      return work.run(List.of(), QuiesceJournal.NONE);
    }
    enter(check);
    try {
      thawLeft(names);
      return work.run(names.stream().map(hooks::get).toList(), journal);
    } finally {
      try {
        tellLeft();
      } finally {
        leave();
      }
    }
  }

  /** Thaws what was left frozen, unless a cut is being taken: that does it, too. */
  void thawLeft() {
    if (!isEntered()) {
      return;
    }
    try {
      thawLeft(List.of());
    } catch (IOException | RuntimeException e) {
      notThawed("", String.valueOf(e.getMessage()));
    } finally {
      leave();
    }
  }

  /**
   * Thaws what was left frozen.
   *
   * @param needed the names of hooks whose failure is the caller's
   */
  private void thawLeft(Collection<String> needed) throws IOException {
    for (StateQuiesceJournal.Frozen left : journal.left()) {
      QuiesceHook hook = hooks.get(left.hook());
      try {
        if (hook == null) {
          throw new ProviderException(
              ErrorKind.NOT_FOUND,
              "Cannot thaw "
                  + left.hook()
                  + ", left frozen by the cut "
                  + left.cut()
                  + ": this process has no quiesce hook of that name. Give it to the builder.");
        }
        journal.thaw(left, hook, LIMITS, time);
        observers.event(
            Severity.WARNING,
            "snapshot.thawed",
            left.hook(),
            "What a cut had left frozen was thawed.",
            Map.of("cut", left.cut()));
      } catch (IOException | RuntimeException e) {
        if (needed.contains(left.hook())) {
          throw e;
        }
        notThawed(left.hook(), String.valueOf(e.getMessage()));
      }
    }
  }

  /** Tells what a cut could not thaw; what becomes of the cut is another matter. */
  private void tellLeft() {
    try {
      for (StateQuiesceJournal.Frozen left : journal.left()) {
        notThawed(left.hook(), "its thaw failed.");
      }
    } catch (IOException e) {
      notThawed("", "what is left can't be read: " + e.getMessage());
    }
  }

  private void notThawed(String hook, String reason) {
    observers.event(
        Severity.ERROR,
        "snapshot.not-thawed",
        hook,
        "What a cut left frozen could not be thawed; it is tried again later: " + reason,
        Map.of());
  }

  private boolean isEntered() {
    synchronized (gate) {
      boolean isFree = !isUsed;
      isUsed = true;
      return isFree;
    }
  }

  private void enter(Retrier.Check check) throws IOException {
    synchronized (gate) {
      while (isUsed) {
        check.run();
        try {
          time.await(gate, LOOK);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new ProviderException(
              ErrorKind.CANCELLED, "Cannot wait for another cut: it was interrupted.", e);
        }
      }
      isUsed = true;
    }
  }

  private void leave() {
    synchronized (gate) {
      isUsed = false;
      gate.notifyAll();
    }
  }
}
