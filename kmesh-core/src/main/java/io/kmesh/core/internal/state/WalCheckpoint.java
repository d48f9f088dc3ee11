// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies the write-ahead log into the database file now and then, so that the log stays small. It
 * is the writer thread's own, not thread-safe.
 *
 * <p>SQLite would do it inside a commit; here it is done after the callers were answered, and its
 * syncs are counted.
 */
final class WalCheckpoint {
  private static final Logger LOG = LoggerFactory.getLogger(WalCheckpoint.class);

  /** The log's wanted length in pages of 4 KiB. */
  private static final long TARGET_PAGES = 2048;

  /** Pages that a commit writes beside its rows: inner nodes. */
  private static final int PAGES_PER_COMMIT = 3;

  private final SqlSession session;
  private final CommitCounters counters;

  /** Pages written since the last checkpoint if each row touched its own: too many, mostly. */
  private long guessedPages;

  /** The guess at which the log has about its wanted length; learned from what SQLite reports. */
  private long dueAt = TARGET_PAGES;

  private boolean isLogNew;
  private boolean isLogFresh;

  /** Whether the log was there before the state was opened. */
  enum Log {
    /** It will be created: its name is synced with its first frames. */
    NEW,
    /** A process that was killed left it: it goes on. */
    LEFT
  }

  /** Checkpoints through the writer's session. */
  WalCheckpoint(SqlSession session, CommitCounters counters, Log log) {
    this.session = session;
    this.counters = counters;
    this.isLogNew = log == Log.NEW;
    this.isLogFresh = log == Log.NEW;
  }

  /** Rows were committed. */
  void committed(int rows) {
    guessedPages += rows + PAGES_PER_COMMIT;
    if (isLogFresh) {
      isLogFresh = false;
      counters.synced(isLogNew ? 2 : 1); // the log's new header before its frames; its directory
      isLogNew = false;
    }
  }

  /** Checkpoints if the log is long enough; a failure is logged: the log is durable as it is. */
  void runIfDue() {
    if (guessedPages < dueAt) {
      return;
    }
    try {
      // busy, pages in the log, pages that are in the database file now
      long[] result = session.row("PRAGMA wal_checkpoint(PASSIVE)", 3);
      long pages = Math.max(1, result[1]);
      boolean isComplete = result[1] == result[2];
      dueAt =
          Math.min(16 * TARGET_PAGES, Math.max(TARGET_PAGES, guessedPages * TARGET_PAGES / pages));
      counters.synced(isComplete ? 2 : 1); // the log, then the database file
      isLogFresh = isComplete;
    } catch (SQLException e) {
      LOG.warn("The state's log could not be shortened; it is tried again later.", e);
    }
    guessedPages = 0;
  }
}
