// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import io.kmesh.spi.ErrorKind;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/**
 * Lends connections to readers: a few of their own, or the writer's one where only one may be open.
 * Thread-safe.
 */
final class ReadSessions {
  /** The most connections; further readers wait for one. */
  private static final int MOST = 4;

  private final SqliteFile file;
  private final @Nullable SqlSession shared;
  private final Lock sharedLock;
  private final Deque<SqlSession> idle = new ArrayDeque<>(); // guarded by this
  private int open; // guarded by this
  private boolean isClosed; // guarded by this

  /**
   * Lends connections.
   *
   * @param shared the one connection, or null to open more
   * @param sharedLock guards it
   */
  ReadSessions(SqliteFile file, @Nullable SqlSession shared, Lock sharedLock) {
    this.file = file;
    this.shared = shared;
    this.sharedLock = sharedLock;
  }

  /** What a reader does. */
  interface Read<T> {
    T run(SqlSession session) throws SQLException, IOException;
  }

  /** Reads what was committed before the call, or later. */
  <T> T read(Read<T> read) throws IOException {
    try {
      if (shared != null) {
        return readShared(shared, read);
      }
      SqlSession session = borrow();
      try {
        return run(read, session);
      } finally {
        giveBack(session);
      }
    } catch (SQLException e) {
      throw SqliteErrors.of("read", file.path(), e);
    }
  }

  private <T> T readShared(SqlSession session, Read<T> read) throws SQLException, IOException {
    sharedLock.lock();
    try {
      synchronized (this) {
        requireOpen();
      }
      return run(read, session);
    } finally {
      sharedLock.unlock();
    }
  }

  private static <T> T run(Read<T> read, SqlSession session) throws SQLException, IOException {
    try {
      return read.run(session);
    } catch (SQLException e) {
      session.forgetStatements();
      throw e;
    }
  }

  private synchronized SqlSession borrow() throws SQLException, IOException {
    boolean wasInterrupted = false;
    try {
      while (true) {
        requireOpen();
        SqlSession session = idle.poll();
        if (session != null) {
          return session;
        }
        if (open < MOST) {
          session = file.openReader();
          open++;
          return session;
        }
        try {
          wait();
        } catch (InterruptedException e) {
          wasInterrupted = true; // a read is short: finish it
        }
      }
    } finally {
      if (wasInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void requireOpen() throws IOException {
    if (isClosed) {
      throw SqliteErrors.error(
          ErrorKind.INVALID, "read", file.path(), "it was closed", "Open it again.", null);
    }
  }

  private synchronized void giveBack(SqlSession session) throws SQLException {
    if (isClosed) {
      open--;
      session.close();
    } else {
      idle.push(session);
    }
    notifyAll();
  }

  /** Refuses further readers, waits for those at work, and closes their connections. */
  synchronized void close() throws SQLException {
    isClosed = true;
    notifyAll();
    boolean wasInterrupted = false;
    while (open > idle.size()) {
      try {
        wait();
      } catch (InterruptedException e) {
        wasInterrupted = true;
      }
    }
    if (wasInterrupted) {
      Thread.currentThread().interrupt();
    }
    while (!idle.isEmpty()) {
      idle.pop().close();
      open--;
    }
  }
}
