// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

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

/**
 * Receives items for as long as the copytool lives and never stops: what it can't write to the
 * journal it keeps and tries again, since an agent that does not receive stalls the coordinator.
 */
final class Agent implements Runnable {
  private static final Duration RECEIVE = Duration.ofSeconds(5);
  private static final Duration FIRST_BACKOFF = Duration.ofMillis(100);
  private static final Duration LAST_BACKOFF = Duration.ofSeconds(30);

  private final Session session;
  private final ActionJournal journal;
  private final Scheduler scheduler;
  private final KmeshTime time;
  private final Events events;
  private final Counters counters;
  private volatile boolean isClosed;

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
    this.time = time;
    this.events = events;
    this.counters = counters;
  }

  @Override
  public void run() {
    Duration backoff = FIRST_BACKOFF;
    List<ActionItem> notJournalled = new ArrayList<>();
    while (!isClosed) {
      CopytoolSession registered = null;
      try {
        registered = session.current();
        List<ActionItem> items = registered.receive(RECEIVE);
        take(items, registered, notJournalled);
        backoff = FIRST_BACKOFF;
      } catch (IOException | RuntimeException e) {
        if (isClosed) {
          return;
        }
        if (registered != null && e instanceof IOException io && Session.isGone(io)) {
          session.lose(registered);
          counters.reconnects.increment();
        }
        events.send(
            Severity.WARNING,
            "copytool.receive.failed",
            "",
            "Receiving failed and is tried again in "
                + backoff.toMillis()
                + " ms: "
                + e.getMessage(),
            Map.of("cause", e.toString()));
        if (!pause(backoff)) {
          return;
        }
        backoff =
            backoff.multipliedBy(2).compareTo(LAST_BACKOFF) < 0
                ? backoff.multipliedBy(2)
                : LAST_BACKOFF;
      }
    }
  }

  private void take(
      List<ActionItem> items, CopytoolSession registered, List<ActionItem> notJournalled)
      throws IOException {
    List<ActionItem> cancels = new ArrayList<>();
    for (ActionItem item : items) {
      (item.action() == HsmActionKind.CANCEL ? cancels : notJournalled).add(item);
    }
    if (!notJournalled.isEmpty()) {
      journal.begin(notJournalled);
      scheduler.add(notJournalled);
      events.count("copytool.received", notJournalled.size());
      notJournalled.clear();
    }
    for (ActionItem cancel : cancels) {
      if (!scheduler.cancel(ActionId.of(cancel))) {
        answerUnknownCancel(cancel, registered);
      }
    }
  }

  private void answerUnknownCancel(ActionItem cancel, CopytoolSession registered) {
    try {
      registered.fail(cancel, Errno.ENOENT, null);
    } catch (IOException e) {
      events.action(
          Severity.DEBUG,
          "copytool.cancel.unknown",
          cancel,
          "A cancel of an action that is not here was not taken back: " + e.getMessage());
    }
  }

  private boolean pause(Duration duration) {
    try {
      time.sleep(duration);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  void close() {
    isClosed = true;
    session.wakeUp();
  }
}
