// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import io.kmesh.spi.ProviderException;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads and writes the table of records. Thread-safe; the sessions are not. */
final class RecordTable {
  private static final String COLUMNS = "SELECT id, owner, format, version, payload, crc";
  private static final String FIND = COLUMNS + " FROM record WHERE kind = ? AND id = ?";
  // With one lower bound alone SQLite seeks to it; two could make it walk from the smaller one.
  private static final String SCAN_FROM = COLUMNS + " FROM record WHERE kind = ? AND id >= ?";
  private static final String SCAN_AFTER = COLUMNS + " FROM record WHERE kind = ? AND id > ?";
  private static final String SCAN_END = " AND id < ?";
  private static final String SCAN_LIMIT = " ORDER BY id LIMIT ?";
  private static final String COUNT_FROM = "SELECT count(*) FROM record WHERE kind = ? AND id >= ?";
  private static final String COUNT_BETWEEN = COUNT_FROM + " AND id < ?";
  private static final String VERSION = "SELECT version FROM record WHERE kind = ? AND id = ?";
  private static final String PUT =
      "INSERT INTO record (kind, id, owner, format, version, payload, crc)"
          + " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET"
          + " owner = excluded.owner, format = excluded.format, version = excluded.version,"
          + " payload = excluded.payload, crc = excluded.crc";
  private static final String DELETE = "DELETE FROM record WHERE kind = ? AND id = ?";
  private static final String ALL =
      "SELECT kind, id, owner, format, version, payload, crc FROM record ORDER BY kind, id";

  private final Path file;

  /** For the state in a file, which errors name. */
  RecordTable(Path file) {
    this.file = file;
  }

  /** A record, or empty. */
  Optional<StateRecord> find(SqlSession session, RecordKey key)
      throws SQLException, ProviderException {
    PreparedStatement statement = session.prepared(FIND);
    statement.setString(1, key.kind());
    statement.setString(2, key.id());
    try (ResultSet rows = statement.executeQuery()) {
      return rows.next() ? Optional.of(record(key.kind(), rows, 1)) : Optional.empty();
    }
  }

  /** Records in the order of their ids. */
  List<StateRecord> scan(
      SqlSession session, String kind, String idPrefix, String afterId, int limit)
      throws SQLException, ProviderException {
    String end = Utf8Order.after(idPrefix);
    boolean isBehind = !afterId.isEmpty() && Utf8Order.compare(afterId, idPrefix) >= 0;
    PreparedStatement statement =
        session.prepared(
            (isBehind ? SCAN_AFTER : SCAN_FROM) + (end == null ? "" : SCAN_END) + SCAN_LIMIT);
    int at = 1;
    statement.setString(at++, kind);
    statement.setString(at++, isBehind ? afterId : idPrefix);
    if (end != null) {
      statement.setString(at++, end);
    }
    statement.setInt(at, limit);
    List<StateRecord> found = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        found.add(record(kind, rows, 1));
      }
    }
    return found;
  }

  /** The number of records. */
  long count(SqlSession session, String kind, String idPrefix) throws SQLException {
    String end = Utf8Order.after(idPrefix);
    PreparedStatement statement = session.prepared(end == null ? COUNT_FROM : COUNT_BETWEEN);
    statement.setString(1, kind);
    statement.setString(2, idPrefix);
    if (end != null) {
      statement.setString(3, end);
    }
    try (ResultSet rows = statement.executeQuery()) {
      rows.next();
      return rows.getLong(1);
    }
  }

  /** The version of a record, {@link StateChange#ABSENT} when there is none. */
  long version(SqlSession session, RecordKey key) throws SQLException {
    PreparedStatement statement = session.prepared(VERSION);
    statement.setString(1, key.kind());
    statement.setString(2, key.id());
    try (ResultSet rows = statement.executeQuery()) {
      return rows.next() ? rows.getLong(1) : StateChange.ABSENT;
    }
  }

  /** Writes a record whatever is there. */
  void put(SqlSession session, StateChange.Put put, String owner, long version)
      throws SQLException {
    PreparedStatement statement = session.prepared(PUT);
    statement.setString(1, put.key().kind());
    statement.setString(2, put.key().id());
    statement.setString(3, owner);
    statement.setInt(4, put.format());
    statement.setLong(5, version);
    statement.setBytes(6, put.payload());
    statement.setLong(
        7, sum(put.key().kind(), put.key().id(), owner, put.format(), version, put.payload()));
    statement.executeUpdate();
  }

  /** Deletes a record if it is there. */
  void delete(SqlSession session, RecordKey key) throws SQLException {
    PreparedStatement statement = session.prepared(DELETE);
    statement.setString(1, key.kind());
    statement.setString(2, key.id());
    statement.executeUpdate();
  }

  /** Reads every record and compares its checksum; returns their number. */
  long verify(SqlSession session) throws SQLException, ProviderException {
    long rowCount = 0;
    try (ResultSet rows = session.prepared(ALL).executeQuery()) {
      while (rows.next()) {
        record(text(rows, 1), rows, 2);
        rowCount++;
      }
    }
    return rowCount;
  }

  private StateRecord record(String kind, ResultSet rows, int first)
      throws SQLException, ProviderException {
    String id = text(rows, first);
    String owner = text(rows, first + 1);
    int format = rows.getInt(first + 2);
    long version = rows.getLong(first + 3);
    byte[] stored = rows.getBytes(first + 4);
    byte[] payload = stored == null ? new byte[0] : stored; // the driver's form of no bytes
    if (rows.getLong(first + 5) != sum(kind, id, owner, format, version, payload)) {
      throw SqliteErrors.damaged(
          "read", file, "the record " + kind + "/" + id + " does not match its checksum", null);
    }
    return new StateRecord(new RecordKey(kind, id), owner, format, version, payload);
  }

  private static String text(ResultSet rows, int column) throws SQLException {
    @Nullable String text = rows.getString(column);
    return text == null ? "" : text;
  }

  private static long sum(
      String kind, String id, String owner, int format, long version, byte[] payload) {
    return new RowChecksum()
        .add(kind)
        .add(id)
        .add(owner)
        .add(format)
        .add(version)
        .add(payload)
        .sum();
  }
}
