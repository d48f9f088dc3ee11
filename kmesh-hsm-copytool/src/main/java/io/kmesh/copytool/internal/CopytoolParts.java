// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.copytool.CopytoolStatus;
import io.kmesh.engine.FileReceipts;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Puts the parts of a copytool together, starts and stops them. Thread-safe. */
public final class CopytoolParts {
  private static final int FLUSH_ENDS_AT = 64;

  private final Session session;
  private final ActionJournal journal;
  private final Scheduler scheduler;
  private final Agent agent;
  private final Heartbeat heartbeat;
  private final Counters counters = new Counters();
  private final Events events;
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
    this.events = s.events();
    this.session = new Session(s.lustre().copytools(), s.backends().archives());
    this.journal =
        new ActionJournal(s.state(), s.lustre().identity().fileSystemName(), FLUSH_ENDS_AT);
    this.scheduler =
        new Scheduler(s.time(), journal, item -> ownerOf(s.lustre(), item), s.maxInMemory());
    this.agent = new Agent(session, journal, scheduler, s.time(), events, counters);
    this.heartbeat = new Heartbeat(session, scheduler, journal, s.time(), events, s.heartbeat());
    ActionRunner runner =
        new ActionRunner(
            s.lustre(),
            session,
            s.backends(),
            s.receipts(),
            journal,
            s.time(),
            s.retries(),
            events,
            counters,
            s.heartbeat());
    threads.add(new Thread(agent, "kmesh-copytool-receive"));
    threads.add(new Thread(heartbeat, "kmesh-copytool-heartbeat"));
    for (int i = 0; i < s.workers(); i++) {
      threads.add(new Thread(() -> work(runner), "kmesh-copytool-" + i));
    }
  }

  private static long ownerOf(LustreBinding lustre, ActionItem item) {
    try {
      return lustre.identity().stat(item.fid()).uid();
    } catch (IOException e) {
      return -1;
    }
  }

  /** Registers, takes over what an earlier process left, and begins to serve. */
  public void start() throws IOException {
    session.current();
    scheduler.add(journal.left());
    for (Thread thread : threads) {
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void work(ActionRunner runner) {
    try {
      while (true) {
        ActiveAction next;
        try {
          next = scheduler.take();
        } catch (IOException e) {
          events.send(
              io.kmesh.spi.observe.KmeshEvent.Severity.ERROR,
              "copytool.journal.failed",
              "",
              "Reading the journal failed and is tried again: " + e.getMessage(),
              java.util.Map.of());
          continue;
        }
        if (next == null) {
          return;
        }
        try {
          runner.run(next);
        } finally {
          scheduler.ended(next);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
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

  /**
   * Stops receiving, waits for what runs, and unregisters. What waits stays in the journal.
   *
   * @param limit how long to wait for what runs
   */
  public void close(Duration limit) throws IOException {
    synchronized (this) {
      if (isClosed) {
        return;
      }
      isClosed = true;
    }
    agent.close();
    heartbeat.close();
    scheduler.close();
    try {
      scheduler.awaitIdle(limit);
      for (Thread thread : threads) {
        thread.interrupt();
      }
      for (Thread thread : threads) {
        thread.join(limit.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      journal.flush();
      session.close();
    }
  }
}
