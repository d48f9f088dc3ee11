// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.copytool.internal.ActiveAction.Stop;
import io.kmesh.copytool.internal.CoordinatorLink.Away;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.observe.KmeshEvent.Severity;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Keeps every item at hand alive with the coordinator, whether it waits, runs or is retried. */
final class Heartbeat implements Runnable {
  private static final int SPILLED = 256;

  private final Session session;
  private final Set<Integer> off = new HashSet<>();

  private final CoordinatorLink link;
  private final Scheduler scheduler;
  private final ActionJournal journal;
  private final Events events;
  private final Duration every;
  private final Pause pause;

  Heartbeat(
      Session session,
      CoordinatorLink link,
      Scheduler scheduler,
      ActionJournal journal,
      KmeshTime time,
      Events events,
      Duration every) {
    this.session = session;
    this.link = link;
    this.scheduler = scheduler;
    this.journal = journal;
    this.events = events;
    this.every = every;
    this.pause = new Pause(time);
  }

  @Override
  public void run() {
    while (pause.sleep(every)) {
      try {
        beat();
      } catch (IOException | RuntimeException | Error e) {
        failed(e);
      }
    }
  }

  /** The items first: the journal's ends have time, and may fail. */
  private void beat() throws IOException {
    Map<Integer, Away> away = new HashMap<>();
    for (ActionItem item : session.lastItems()) {
      look(item, away);
    }
    for (ActiveAction action : scheduler.atHand()) {
      keepAlive(action.item(), away);
    }
    List<ActionId> spilled = scheduler.spilled();
    for (int from = 0; from < spilled.size(); from += SPILLED) {
      List<ActionId> some = spilled.subList(from, Math.min(spilled.size(), from + SPILLED));
      for (ActionItem item : journal.find(new ArrayList<>(some))) {
        keepAlive(item, away);
      }
    }
    away.values().forEach(this::failed);
    journal.flush();
  }

  /**
   * A coordinator that was off has forgotten its copytools, and tells nobody. Whether one is off it
   * says even of an item that ended long ago.
   */
  private void look(ActionItem item, Map<Integer, Away> away) {
    try {
      link.keepAlive(item);
      if (off.remove(item.mdt())) {
        session.renew();
      }
    } catch (Away e) {
      away.put(item.mdt(), e);
      if (e.isOff()) {
        off.add(item.mdt());
      }
    }
  }

  /** A coordinator that is away is asked once a beat; the others are not kept waiting by it. */
  private void keepAlive(ActionItem item, Map<Integer, Away> away) {
    if (away.containsKey(item.mdt())) {
      return;
    }
    try {
      switch (link.keepAlive(item).answer()) {
        case CANCELLED -> scheduler.stop(ActionId.of(item), Stop.CANCELLED);
        case UNKNOWN -> scheduler.stop(ActionId.of(item), Stop.LOST);
        case TAKEN, BOUND_ELSEWHERE, REFUSED -> {}
      }
    } catch (Away e) {
      away.put(item.mdt(), e);
    }
  }

  private void failed(Throwable e) {
    events.send(
        Severity.WARNING,
        "copytool.heartbeat.failed",
        "",
        "Keeping items alive failed and is tried again: " + e.getMessage(),
        Map.of("cause", e.toString()));
  }

  void close() {
    pause.close();
  }
}
