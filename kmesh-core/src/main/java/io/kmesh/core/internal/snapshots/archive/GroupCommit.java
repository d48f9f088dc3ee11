// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.archive;

import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.repository.tree.Edit;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Lets many changes of catalogs share a session, its packs and one head: the first to commit leads,
 * and publishes what has come by then; meanwhile the next group gathers. Thread-safe.
 */
final class GroupCommit {
  /** The most changes of one head. */
  private static final int MOST_CHANGES = 1024;

  /** A session is used for so many heads, so that what it notes of its own packs stays small. */
  private static final int MOST_PUBLISHES = 64;

  /** How many groups add index runs before somebody looks whether there are too many. */
  private static final int COMPACT_EVERY = 4;

  /** How long those who are ready wait for those who nearly are. */
  private static final Duration PATIENCE = Duration.ofMillis(200);

  private final Domain domain;
  private final Catalogs catalogs;
  private final KmeshTime time;
  private final String host;
  private final int packTarget;
  private final Object beginning = new Object();
  private final Object monitor = new Object();
  private @Nullable SharedSession current; // guarded by monitor
  private boolean isLed; // guarded by monitor

  GroupCommit(Domain domain, Catalogs catalogs, KmeshTime time, String host, int packTarget) {
    this.domain = domain;
    this.catalogs = catalogs;
    this.time = time;
    this.host = host;
    this.packTarget = packTarget;
  }

  /** A change of one catalog. */
  record Change(String catalog, Edit edit) {}

  /** Changes that wait for their head. */
  static final class Waiting {
    private final List<Change> changes;
    private boolean isDone;
    private @Nullable Throwable failure;

    Waiting(List<Change> changes) {
      this.changes = changes;
    }
  }

  /** One who may write to a session and publish in it, until it leaves. For one thread. */
  final class Member {
    private final SharedSession shared;
    private boolean isSoon;
    private boolean hasLeft;

    private Member(SharedSession shared, boolean isSoon) {
      this.shared = shared;
      this.isSoon = isSoon;
    }

    /** Its session. */
    SharedSession shared() {
      return shared;
    }

    /**
     * Publishes changes that refer to what was written: when this returns they are durable.
     *
     * @throws ProviderException TRANSIENT when nothing was published, or that may be: the content
     *     is to be written again, as a new member
     */
    void commit(List<Change> changes) throws IOException {
      Waiting mine = new Waiting(changes);
      synchronized (monitor) {
        noLongerSoon();
        shared.waiting.add(mine);
        monitor.notifyAll();
      }
      while (!isDoneOrMineToLead(mine, shared)) {
        lead(shared);
      }
      Throwable failure = mine.failure;
      if (failure != null) {
        throw failed(mine.changes, failure);
      }
    }

    private void noLongerSoon() {
      if (isSoon) {
        isSoon = false;
        shared.soon--;
      }
    }

    /** Leaves; what was written and not committed is garbage. A second call does nothing. */
    void leave() {
      boolean isLast;
      synchronized (monitor) {
        if (hasLeft) {
          return;
        }
        hasLeft = true;
        noLongerSoon();
        isLast = --shared.members == 0;
        if (isLast) {
          retire(shared);
        }
        monitor.notifyAll();
      }
      if (isLast) {
        end(shared);
      }
    }

    /** Something failed in the session: nobody else is to join it. */
    void distrust() {
      synchronized (monitor) {
        retire(shared);
      }
    }
  }

  /**
   * Joins the session that is open, or begins one.
   *
   * @param isSoon whether others should wait a little for what this one will commit
   */
  Member join(boolean isSoon) throws IOException {
    synchronized (beginning) {
      synchronized (monitor) {
        if (current != null) {
          return joined(current, isSoon);
        }
      }
      SharedSession begun =
          new SharedSession(
              Session.begin(
                  domain,
                  RandomIds.session(),
                  time.now().toEpochMilli(),
                  host,
                  List.of(),
                  packTarget));
      synchronized (monitor) {
        current = begun;
        return joined(begun, isSoon);
      }
    }
  }

  private Member joined(SharedSession shared, boolean isSoon) {
    shared.members++;
    if (isSoon) {
      shared.soon++;
    }
    return new Member(shared, isSoon);
  }

  private void retire(SharedSession shared) {
    if (current == shared) {
      current = null;
    }
  }

  /** Ends a session that nobody uses; it may have ended with its last head. */
  private static void end(SharedSession shared) {
    try {
      shared.abandon();
    } catch (IOException e) {
      // It stays in the head until a collection takes it for dead; it names nothing.
    }
    shared.close();
  }

  /** Waits; true when it is done, false when this thread is to lead the next group. */
  private boolean isDoneOrMineToLead(Waiting mine, SharedSession shared)
      throws InterruptedIOException {
    boolean isInterrupted = false;
    try {
      synchronized (monitor) {
        while (!mine.isDone && isLed) {
          try {
            monitor.wait();
          } catch (InterruptedException e) {
            // Once it is being published, only its outcome ends the wait.
            isInterrupted = true;
            if (shared.waiting.remove(mine)) {
              throw new InterruptedIOException("The thread was interrupted before its commit.");
            }
          }
        }
        if (mine.isDone) {
          return true;
        }
        isLed = true;
        return false;
      }
    } finally {
      if (isInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Publishes what waits in a session. */
  private void lead(SharedSession shared) {
    // An interrupt of this thread is not the others' affair.
    boolean isInterrupted = Thread.interrupted();
    List<Waiting> group = new ArrayList<>();
    Throwable failure = null;
    try {
      boolean isLast = gather(shared, group);
      if (shared.isBroken) {
        throw new ProviderException(
            ErrorKind.TRANSIENT, "Another archive of the same session could not be published.");
      }
      shared.flush();
      catalogs.writer().publish(shared.session(), shared.metadata(), edits(group), isLast);
    } catch (IOException | RuntimeException | Error e) {
      failure = e;
      spoil(shared, e);
    } catch (InterruptedException e) {
      failure = e;
      isInterrupted = true;
    }
    synchronized (monitor) {
      for (Waiting waiting : group) {
        waiting.failure = failure;
        waiting.isDone = true;
      }
      isLed = false;
      monitor.notifyAll();
    }
    if (failure == null && shared.publishes % COMPACT_EVERY == 0) {
      catalogs.compact();
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Takes those who are ready, after those who nearly are had a little time.
   *
   * @return whether nobody else uses the session, so that it ends with them
   */
  private boolean gather(SharedSession shared, List<Waiting> group) throws InterruptedException {
    long end = time.nanoTime() + PATIENCE.toNanos();
    synchronized (monitor) {
      for (long left = PATIENCE.toNanos();
          shared.soon > 0 && shared.waiting.size() < MOST_CHANGES && left > 0;
          left = end - time.nanoTime()) {
        time.await(monitor, Duration.ofNanos(left));
      }
      while (group.size() < MOST_CHANGES && !shared.waiting.isEmpty()) {
        group.add(shared.waiting.poll());
      }
      shared.publishes++;
      boolean isLast = shared.members == group.size();
      if (isLast || shared.publishes >= MOST_PUBLISHES) {
        retire(shared);
      }
      return isLast;
    }
  }

  /**
   * Ends a session that could not be published. Packs that it referred to may be gone, and whose
   * content that is nobody knows: so nothing of it is published any more.
   */
  private void spoil(SharedSession shared, Throwable failure) {
    synchronized (monitor) {
      shared.isBroken = true;
      retire(shared);
    }
    try {
      shared.abandon();
    } catch (IOException | RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  private static Map<String, Supplier<Edit.Source>> edits(List<Waiting> group) {
    Map<String, TreeMap<PathBytes, Edit>> sorted = new TreeMap<>();
    for (Waiting waiting : group) {
      for (Change change : waiting.changes) {
        sorted
            .computeIfAbsent(change.catalog(), id -> new TreeMap<>())
            .put(change.edit().name(), change.edit());
      }
    }
    Map<String, Supplier<Edit.Source>> edits = new TreeMap<>();
    sorted.forEach(
        (id, all) ->
            edits.put(
                id,
                () -> {
                  Iterator<Edit> each = all.values().iterator();
                  return () -> each.hasNext() ? each.next() : null;
                }));
    return edits;
  }

  /** Writing again is right whatever became of it: the same entry would be put once more. */
  private static ProviderException failed(List<Change> changes, Throwable failure) {
    ErrorKind kind = ErrorKind.TRANSIENT;
    if (failure instanceof ProviderException e) {
      kind =
          switch (e.kind()) {
            case DENIED, EXPIRED, INVALID, CORRUPT, NO_SPACE, UNSUPPORTED, THROTTLED -> e.kind();
            default -> ErrorKind.TRANSIENT;
          };
    } else if (!(failure instanceof IOException || failure instanceof InterruptedException)) {
      kind = ErrorKind.UNKNOWN_OUTCOME;
    }
    return new ProviderException(
        kind,
        "Cannot note "
            + changes.stream()
                .map(c -> c.edit().name() + " in the catalog " + c.catalog())
                .collect(Collectors.joining(", "))
            + ": "
            + failure.getMessage()
            + " Ask again: what is noted twice counts once.",
        failure);
  }
}
