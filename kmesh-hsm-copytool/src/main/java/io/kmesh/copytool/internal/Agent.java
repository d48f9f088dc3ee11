// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.copytool.internal.ActiveAction.Origin;
import io.kmesh.copytool.internal.ActiveAction.Stop;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.spi.Errno;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.observe.KmeshEvent.Severity;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Receives items for as long as the copytool lives and never stops: what it can't write to the
 * journal it keeps and tries again, since an agent that does not receive stalls the coordinator.
 */
final class Agent implements Runnable {
  private static final Duration RECEIVE = Duration.ofSeconds(5);
  private static final int TOGETHER = 1000;

  private final Session session;
  private final ActionJournal journal;
  private final Scheduler scheduler;
  private final Events events;
  private final Counters counters;
  private final Pause pause;
  private final List<ActionItem> notJournalled = new ArrayList<>();
  private final List<ActionItem> cancels = new ArrayList<>();

  Agent(
      Session session,
      ActionJournal journal,
      Scheduler scheduler,
      KmeshTime time,
      Events events,
      Counters counters) {
    this.session = session;
    this.journal = journal;
    this.scheduler = scheduler;
    this.events = events;
    this.counters = counters;
    this.pause = new Pause(time);
  }

  @Override
  public void run() {
    int failures = 0;
    while (!pause.isClosed()) {
      CopytoolSession registered = null;
      try {
        registered = session.current();
        receive(registered, RECEIVE);
        failures = 0;
        if (session.takeRenewal()) {
          renew(registered);
        }
      } catch (IOException | RuntimeException | Error e) {
        lose(registered, e);
        if (!pause.isClosed()) {
          failed(e, Backoff.after(failures));
          pause.sleep(Backoff.after(failures++));
        }
      }
    }
    drain();
  }

  /** What was sent already would keep its slot until it times out. */
  private void drain() {
    try {
      receiveAll(session.current());
    } catch (IOException | RuntimeException | Error e) {
      events.send(
          Severity.WARNING,
          "copytool.receive.failed",
          "",
          "Receiving what was sent before the copytool closed failed: " + e.getMessage(),
          Map.of("cause", e.toString()));
    }
  }

  /** Reads the pipe empty first: what is in it would keep its slot. */
  private void renew(CopytoolSession registered) throws IOException {
    receiveAll(registered);
    giveUp(registered);
    events.send(
        Severity.INFO,
        "copytool.registration.renewed",
        "",
        "A coordinator was off and has forgotten its copytools; this one registers anew.",
        Map.of());
  }

  private void receiveAll(CopytoolSession registered) throws IOException {
    while (receive(registered, Duration.ZERO) > 0) {
      // until nothing is left
    }
  }

  /**
   * Takes what has come, waiting for the first of it. A message may hold one item only, and each
   * write of the journal is a sync: what has come at once is taken at once.
   */
  private int receive(CopytoolSession registered, Duration wait) throws IOException {
    int count = 0;
    try {
      List<ActionItem> items = registered.receive(wait);
      while (!items.isEmpty()) {
        count += items.size();
        sort(items);
        items = count < TOGETHER ? registered.receive(Duration.ZERO) : List.of();
      }
    } finally {
      take();
    }
    return count;
  }

  private void giveUp(CopytoolSession registered) {
    scheduler.stopRunning(Stop.AWAY);
    session.lose(registered);
    counters.reconnects.increment();
  }

  private void lose(@Nullable CopytoolSession registered, Throwable e) {
    if (registered != null && e instanceof IOException io && Session.isGone(io)) {
      giveUp(registered);
    }
  }

  private void failed(Throwable e, Duration wait) {
    events.send(
        Severity.WARNING,
        "copytool.receive.failed",
        "",
        "Receiving failed and is tried again in " + wait.toMillis() + " ms: " + e.getMessage(),
        Map.of("cause", e.toString()));
  }

  private void sort(List<ActionItem> items) {
    session.received(items);
    for (ActionItem item : items) {
      (item.action() == HsmActionKind.CANCEL ? cancels : notJournalled).add(item);
    }
  }

  private void take() throws IOException {
    if (!notJournalled.isEmpty()) {
      scheduler.expect(notJournalled);
      journal.begin(notJournalled);
      scheduler.add(notJournalled, Origin.SENT);
      events.count("copytool.received", notJournalled.size());
      notJournalled.clear();
    }
    for (ActionItem cancel : cancels) {
      if (!scheduler.stop(ActionId.of(cancel), Stop.CANCELLED)) {
        cancelUnknown(cancel);
      }
    }
    cancels.clear();
  }

  /**
   * What is not at hand runs nowhere: it ended just now, or a dead copytool had it whose journal is
   * lost, and saying so frees its slot.
   */
  private void cancelUnknown(ActionItem cancel) {
    try {
      session.current().fail(cancel, Errno.ECANCELED, null);
    } catch (IOException e) {
      events.action(
          Severity.DEBUG,
          "copytool.cancel.unknown",
          cancel,
          "A cancel of an action that is not at hand found none: " + e.getMessage());
    }
  }

  void close() {
    pause.close();
    session.wakeUp();
  }
}
