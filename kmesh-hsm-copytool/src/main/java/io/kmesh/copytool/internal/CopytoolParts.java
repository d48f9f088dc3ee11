// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.copytool.CopytoolAction;
import io.kmesh.copytool.CopytoolAction.Phase;
import io.kmesh.copytool.CopytoolStatus;
import io.kmesh.copytool.internal.ActiveAction.Origin;
import io.kmesh.copytool.internal.ActiveAction.Stop;
import io.kmesh.engine.FileReceipts;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.observe.KmeshEvent.Severity;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Puts the parts of a copytool together, starts and stops them. Thread-safe. */
public final class CopytoolParts {
  private static final int FLUSH_ENDS_AT = 64;
  private static final Duration LEAST_JOIN = Duration.ofSeconds(5);
  private static final Duration JOURNAL_PAUSE = Duration.ofSeconds(1);

  private final Pause journalPause;
  private final Orphans orphans;
  private final Session session;
  private final ActionJournal journal;
  private final Scheduler scheduler;
  private final Agent agent;
  private final Heartbeat heartbeat;
  private final Counters counters = new Counters();
  private final Events events;
  private final List<Thread> workers = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private boolean isClosed;

  /**
   * What a copytool is made of.
   *
   * @param workers how many items run at once
   * @param maxInMemory how many items wait in memory
   * @param heartbeat how often items are kept alive
   */
  public record Settings(
      LustreBinding lustre,
      StateStore state,
      Backends backends,
      FileReceipts receipts,
      KmeshTime time,
      Retries retries,
      Events events,
      int workers,
      int maxInMemory,
      Duration heartbeat) {}

  /** Parts that have not started. */
  public CopytoolParts(Settings s) {
    this.journalPause = new Pause(s.time());
    this.events = s.events();
    this.orphans = new Orphans(s.lustre(), s.backends());
    this.session = new Session(s.lustre().copytools(), s.backends().archives());
    this.journal =
        new ActionJournal(
            s.state(), s.lustre().identity().fileSystemName(), FLUSH_ENDS_AT, this::damaged);
    this.scheduler =
        new Scheduler(s.time(), journal, item -> ownerOf(s.lustre(), item), s.maxInMemory());
    this.agent = new Agent(session, journal, scheduler, s.time(), events, counters);
    CoordinatorLink link = new CoordinatorLink(session);
    this.heartbeat =
        new Heartbeat(session, link, scheduler, journal, s.time(), events, s.heartbeat());
    BackendWork work =
        new BackendWork(
            s.lustre(),
            link,
            s.backends(),
            s.receipts(),
            s.time(),
            s.retries(),
            events,
            counters,
            s.heartbeat());
    ActionRunner runner = new ActionRunner(s.lustre().hsm(), link, work, journal, events, counters);
    threads.add(new Thread(agent, "kmesh-copytool-receive"));
    threads.add(new Thread(heartbeat, "kmesh-copytool-heartbeat"));
    for (int i = 0; i < s.workers(); i++) {
      workers.add(new Thread(() -> work(runner), "kmesh-copytool-" + i));
    }
    threads.addAll(workers);
  }

  private static long ownerOf(LustreBinding lustre, ActionItem item) {
    try {
      return lustre.identity().stat(item.fid()).uid();
    } catch (IOException e) {
      return -1;
    }
  }

  private void damaged(ProviderException problem) {
    journalFailed("It is left out: " + problem.getMessage());
  }

  private void journalFailed(String message) {
    events.send(
        Severity.ERROR,
        "copytool.journal.failed",
        "",
        "The copytool's journal has a problem. " + message,
        Map.of());
  }

  /** See {@link io.kmesh.copytool.Copytool#removeOrphans}. */
  public long removeOrphans() throws IOException {
    return orphans.remove();
  }

  /** Registers, takes over what an earlier process left, and begins to serve. */
  public void start() throws IOException {
    boolean isStarted = false;
    try {
      session.current();
      journal.left(
          (items, askAnew) -> {
            for (ActionItem item : items) {
              Origin origin =
                  askAnew.contains(ActionId.of(item)) ? Origin.TO_ASK_ANEW : Origin.RESUMED;
              scheduler.add(List.of(item), origin);
            }
          });
      for (Thread thread : threads) {
        thread.setDaemon(true);
        thread.start();
      }
      isStarted = true;
    } finally {
      if (!isStarted) {
        session.close();
      }
    }
  }

  private void work(ActionRunner runner) {
    while (true) {
      try {
        ActiveAction next = scheduler.take();
        if (next == null) {
          return;
        }
        Outcome outcome = Outcome.AGAIN;
        try {
          outcome = runner.run(next);
        } finally {
          scheduler.ended(next, outcome);
        }
        journal.flushIfMuch();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (IOException | RuntimeException | Error e) {
        journalFailed("It is tried again: " + e.getMessage());
        journalPause.sleep(JOURNAL_PAUSE);
      }
    }
  }

  /** What was done and what is at hand. */
  public CopytoolStatus status() {
    return new CopytoolStatus(
        scheduler.queuedCount(),
        scheduler.spilledCount(),
        scheduler.runningCount(),
        counters.archived.sum(),
        counters.restored.sum(),
        counters.removed.sum(),
        counters.failed.sum(),
        counters.cancelled.sum(),
        counters.reconnects.sum(),
        DataSize.ofBytes(counters.bytesArchived.sum()),
        DataSize.ofBytes(counters.bytesRestored.sum()));
  }

  /** The items at hand that are in memory, those at work first. */
  public List<CopytoolAction> actions() {
    List<CopytoolAction> actions = new ArrayList<>();
    for (ActiveAction active : scheduler.atHand()) {
      ActionItem item = active.item();
      actions.add(
          new CopytoolAction(
              item.action(),
              item.fid(),
              item.archiveId(),
              scheduler.isRunning(active) ? Phase.RUNNING : Phase.WAITING,
              DataSize.ofBytes(active.copied().get())));
    }
    actions.sort(Comparator.comparing(CopytoolAction::phase).reversed());
    return actions;
  }

  /**
   * Waits for what runs, stops receiving and unregisters. What waits stays in the journal, and what
   * does not end in time too.
   *
   * @param limit how long to wait for what runs, and then for each thread to end, 5 s at least
   */
  public void close(Duration limit) throws IOException {
    synchronized (this) {
      if (isClosed) {
        return;
      }
      isClosed = true;
    }
    scheduler.close();
    journalPause.close();
    try {
      if (!scheduler.awaitIdle(limit)) {
        scheduler.stopRunning(Stop.PARKED);
        workers.forEach(Thread::interrupt);
      }
      agent.close();
      heartbeat.close();
      for (Thread thread : threads) {
        thread.join(Math.max(LEAST_JOIN.toMillis(), limit.toMillis()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      try {
        journal.flush();
      } finally {
        session.close();
      }
    }
  }
}
