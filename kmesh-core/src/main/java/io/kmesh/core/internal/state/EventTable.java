// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import io.kmesh.spi.ProviderException;
import io.kmesh.spi.state.StateEvent;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Reads and writes the event log. Thread-safe; the sessions are not. */
final class EventTable {
  private static final String LAST = "SELECT coalesce(max(sequence), 0) FROM event";
  private static final String APPEND =
      "INSERT INTO event (sequence, time, owner, subject, type, detail, crc)"
          + " VALUES (?, ?, ?, ?, ?, ?, ?)";
  private static final String READ =
      "SELECT sequence, time, owner, subject, type, detail, crc FROM event"
          + " WHERE sequence > ? ORDER BY sequence LIMIT ?";

  private final Path file;

  /** For the state in a file, which errors name. */
  EventTable(Path file) {
    this.file = file;
  }

  /** Appends an event behind the last one and returns its sequence, 1 for the first. */
  long append(
      SqlSession session, Instant time, String owner, String subject, String type, String detail)
      throws SQLException {
    long sequence;
    try (ResultSet rows = session.prepared(LAST).executeQuery()) {
      rows.next();
      sequence = rows.getLong(1) + 1;
    }
    long micros = Micros.of(time);
    PreparedStatement statement = session.prepared(APPEND);
    statement.setLong(1, sequence);
    statement.setLong(2, micros);
    statement.setString(3, owner);
    statement.setString(4, subject);
    statement.setString(5, type);
    statement.setString(6, detail);
    statement.setLong(7, sum(sequence, micros, owner, subject, type, detail));
    statement.executeUpdate();
    return sequence;
  }

  /** The events behind a sequence, in order. */
  List<StateEvent> read(SqlSession session, long afterSequence, int limit)
      throws SQLException, ProviderException {
    PreparedStatement statement = session.prepared(READ);
    statement.setLong(1, afterSequence);
    statement.setInt(2, limit);
    List<StateEvent> found = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        found.add(event(rows));
      }
    }
    return found;
  }

  /** Reads every event and compares its checksum; returns their number. */
  long verify(SqlSession session) throws SQLException, ProviderException {
    long rowCount = 0;
    PreparedStatement statement = session.prepared(READ);
    statement.setLong(1, Long.MIN_VALUE);
    statement.setInt(2, -1); // SQLite's "no limit"
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        event(rows);
        rowCount++;
      }
    }
    return rowCount;
  }

  private StateEvent event(ResultSet rows) throws SQLException, ProviderException {
    long sequence = rows.getLong(1);
    long micros = rows.getLong(2);
    String owner = rows.getString(3);
    String subject = rows.getString(4);
    String type = rows.getString(5);
    String detail = rows.getString(6);
    if (rows.getLong(7) != sum(sequence, micros, owner, subject, type, detail)) {
      throw SqliteErrors.damaged(
          "read", file, "the event " + sequence + " does not match its checksum", null);
    }
    return new StateEvent(sequence, Micros.instant(micros), owner, subject, type, detail);
  }

  private static long sum(
      long sequence, long micros, String owner, String subject, String type, String detail) {
    return new RowChecksum()
        .add(sequence)
        .add(micros)
        .add(owner)
        .add(subject)
        .add(type)
        .add(detail)
        .sum();
  }
}
