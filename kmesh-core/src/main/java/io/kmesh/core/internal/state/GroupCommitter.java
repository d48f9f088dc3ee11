// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import io.kmesh.core.internal.time.GroupQueue;
import io.kmesh.core.internal.time.KmeshThreads;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one writer: takes whatever callers have queued, runs it in one transaction, commits it with
 * one sync, and answers all of them. Thread-safe.
 */
final class GroupCommitter {
  private static final Logger LOG = LoggerFactory.getLogger(GroupCommitter.class);

  /** A transaction takes no further write when it has this many rows. */
  private static final int GROUP_ROWS = 8192;

  private final Path file;
  private final SqlSession session;
  private final Lock sessionLock;
  private final CommitCounters counters;
  private final WalCheckpoint checkpoint;
  private final GroupQueue<Waiting<?>> queue = new GroupQueue<>();
  private final Thread thread;
  private @Nullable ProviderException broken; // the writer's own

  /**
   * Starts the writer thread.
   *
   * @param session the connection to write with, used under its lock
   * @param checkpoint shortens its log
   */
  GroupCommitter(
      Path file,
      SqlSession session,
      Lock sessionLock,
      CommitCounters counters,
      WalCheckpoint checkpoint) {
    this.file = file;
    this.session = session;
    this.sessionLock = sessionLock;
    this.counters = counters;
    this.checkpoint = checkpoint;
    this.thread = KmeshThreads.start("state-writer", this::run);
  }

  /** A write that a caller waits for. */
  private static final class Waiting<T> {
    private final StateWrite<T> write;
    private @Nullable T value; // guarded by this
    private @Nullable Throwable failure; // guarded by this
    private boolean isDone; // guarded by this

    Waiting(StateWrite<T> write) {
      this.write = write;
    }

    synchronized void fail(Throwable cause) {
      if (!isDone) {
        failure = cause;
        isDone = true;
        notifyAll();
      }
    }

    synchronized void answer() {
      isDone = true;
      notifyAll();
    }

    int run(SqlSession session) throws SQLException, ProviderException {
      StateWrite.Result<T> result = write.run(session);
      synchronized (this) {
        value = result.value();
      }
      return result.rowsChanged();
    }

    /** Waits through interrupts: the commit is under way, and its outcome must be known. */
    synchronized T await() throws IOException {
      boolean wasInterrupted = false;
      while (!isDone) {
        try {
          wait();
        } catch (InterruptedException e) {
          wasInterrupted = true;
        }
      }
      if (wasInterrupted) {
        Thread.currentThread().interrupt();
      }
      Throwable cause = failure;
      if (cause instanceof ProviderException provider) {
        throw provider;
      } else if (cause != null) {
        throw new IllegalStateException("Cannot write the state: an unexpected error.", cause);
      }
      T answer = value;
      if (answer == null) {
        throw new IllegalStateException("Cannot answer a write that has not run.");
      }
      return answer;
    }
  }

  /**
   * Does a write and returns when it is durable.
   *
   * @throws IOException when it is refused; UNKNOWN_OUTCOME when the disk failed while committing
   */
  <T> T write(StateWrite<T> write) throws IOException {
    Waiting<T> waiting = new Waiting<>(write);
    if (!queue.add(waiting)) {
      throw closed();
    }
    return waiting.await();
  }

  private ProviderException closed() {
    return SqliteErrors.error(
        ErrorKind.INVALID, "write", file, "it was closed", "Open it again.", null);
  }

  /** Finishes what is queued, refuses everything later, and ends the thread. */
  void close() {
    queue.close();
    boolean wasInterrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        wasInterrupted = true;
      }
    }
    if (wasInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      for (List<Waiting<?>> group = next(); !group.isEmpty(); group = next()) {
        commitAndAnswer(group);
      }
    } finally {
      failTheRest();
    }
  }

  /** The thread ends: nobody may wait for it. */
  private void failTheRest() {
    for (Waiting<?> waiting : queue.closeAndDrain()) {
      waiting.fail(closed());
    }
  }

  /** What is queued, as far as one transaction takes it; empty at the end. */
  private List<Waiting<?>> next() {
    return queue.take(GROUP_ROWS, waiting -> waiting.write.weight());
  }

  private void commitAndAnswer(List<Waiting<?>> group) {
    sessionLock.lock();
    try {
      commit(group);
    } catch (RuntimeException | Error e) {
      for (Waiting<?> waiting : group) {
        waiting.fail(e);
      }
      rollBack();
    } finally {
      sessionLock.unlock();
    }
    for (Waiting<?> waiting : group) {
      waiting.answer();
    }
    if (broken == null) {
      sessionLock.lock();
      try {
        checkpoint.runIfDue();
      } finally {
        sessionLock.unlock();
      }
    }
  }

  private void commit(List<Waiting<?>> group) {
    if (broken != null) {
      fail(group, broken);
      return;
    }
    long begin = counters.nanoTime();
    int rows = 0;
    try {
      session.execute("BEGIN IMMEDIATE");
      for (Waiting<?> waiting : group) {
        rows += run(waiting);
      }
    } catch (SQLException e) {
      rollBack();
      commitOneByOne(group, e);
      return;
    }
    try {
      session.execute(rows == 0 ? "ROLLBACK" : "COMMIT");
    } catch (SQLException e) {
      rollBack();
      fail(group, commitFailure(e));
      return;
    }
    if (rows > 0) {
      checkpoint.committed(rows);
      counters.committed(rows, begin);
    }
  }

  private int run(Waiting<?> waiting) throws SQLException {
    try {
      return waiting.run(session);
    } catch (ProviderException e) {
      waiting.fail(e);
      return 0;
    }
  }

  /** One write made SQLite refuse: the others must not suffer for it. */
  private void commitOneByOne(List<Waiting<?>> group, SQLException failure) {
    if (group.size() == 1) {
      fail(group, SqliteErrors.of("write", file, failure));
      return;
    }
    for (Waiting<?> waiting : group) {
      commit(List.of(waiting));
    }
  }

  /**
   * After a sync that failed, the disk may hold the commit or not, and a later sync says nothing
   * about it: only reading the log anew tells, so nothing more is written until then.
   */
  private ProviderException commitFailure(SQLException failure) {
    if (!SqliteErrors.isDiskFailure(failure)) {
      return SqliteErrors.of("write", file, failure);
    }
    ProviderException unknown =
        SqliteErrors.error(
            ErrorKind.UNKNOWN_OUTCOME,
            "write",
            file,
            "the disk failed while committing (" + failure.getMessage() + ")",
            "Look at the disk, then close and open the state and read what it holds.",
            failure);
    broken = unknown;
    return unknown;
  }

  private static void fail(List<Waiting<?>> group, ProviderException failure) {
    for (Waiting<?> waiting : group) {
      // One of its own for each caller: they may add to it.
      waiting.fail(
          new ProviderException(
              failure.kind(), String.valueOf(failure.getMessage()), failure.getCause()));
    }
  }

  private void rollBack() {
    session.forgetStatements();
    try {
      session.execute("ROLLBACK");
    } catch (SQLException e) {
      LOG.debug("SQLite has rolled the transaction back by itself.", e);
    }
  }
}
