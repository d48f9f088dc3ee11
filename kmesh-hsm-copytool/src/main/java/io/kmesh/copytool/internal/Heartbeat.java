// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.observe.KmeshEvent.Severity;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Keeps every item at hand alive with the coordinator, whether it waits, runs or is retried. */
final class Heartbeat implements Runnable {
  private final Session session;
  private final Scheduler scheduler;
  private final ActionJournal journal;
  private final KmeshTime time;
  private final Events events;
  private final Duration every;
  private volatile boolean isClosed;

  Heartbeat(
      Session session,
      Scheduler scheduler,
      ActionJournal journal,
      KmeshTime time,
      Events events,
      Duration every) {
    this.session = session;
    this.scheduler = scheduler;
    this.journal = journal;
    this.time = time;
    this.events = events;
    this.every = every;
  }

  @Override
  public void run() {
    try {
      while (!isClosed) {
        time.sleep(every);
        try {
          beat();
        } catch (IOException | RuntimeException e) {
          events.send(
              Severity.WARNING,
              "copytool.heartbeat.failed",
              "",
              "Keeping items alive failed and is tried again: " + e.getMessage(),
              Map.of("cause", e.toString()));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void beat() throws IOException {
    journal.flush();
    CopytoolSession registered = session.current();
    for (ActiveAction active : scheduler.atHand()) {
      Progress.keepAlive(active, registered);
    }
    for (ActionId id : scheduler.spilled()) {
      Optional<ActionItem> item = journal.find(id);
      if (item.isPresent()) {
        Progress.keepAlive(new ActiveAction(item.get(), -1), registered);
      }
    }
  }

  void close() {
    isClosed = true;
  }
}
