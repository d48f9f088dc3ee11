// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import io.kmesh.spi.ProviderException;
import io.kmesh.spi.state.Lease;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the leases. Thread-safe; the sessions are not.
 *
 * <p>A row outlives its lease, so that the token of a name never goes back. A clock that was set
 * back would make a lease last for long: it never lasts longer from a look at it than the time to
 * live that it was taken with.
 */
final class LeaseTable {
  private static final String FIND =
      "SELECT holder, token, expires, ttl, crc FROM lease WHERE name = ?";
  private static final String PUT =
      "INSERT INTO lease (name, holder, token, expires, ttl, crc) VALUES (?, ?, ?, ?, ?, ?)"
          + " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, token = excluded.token,"
          + " expires = excluded.expires, ttl = excluded.ttl, crc = excluded.crc";
  private static final String NAMES = "SELECT name FROM lease ORDER BY name";

  private final Path file;

  /** For the state in a file, which errors name. */
  LeaseTable(Path file) {
    this.file = file;
  }

  private record Row(@Nullable String holder, long token, long expires, long ttl) {}

  /** Takes or renews a lease; empty while another holder has it. */
  StateWrite.Result<Optional<Lease>> acquire(
      SqlSession session, String name, String holder, Duration timeToLive, Instant now)
      throws SQLException, ProviderException {
    long nowMicros = Micros.of(now);
    long ttl = Micros.of(timeToLive);
    Row row = find(session, name);
    long token = row == null ? 1 : row.token() + 1;
    if (row != null && row.holder() != null) {
      if (row.holder().equals(holder)) {
        token = row.token();
      } else if (row.expires() - nowMicros > row.ttl()) {
        put(session, name, new Row(row.holder(), row.token(), nowMicros + row.ttl(), row.ttl()));
        return new StateWrite.Result<>(Optional.empty(), 1);
      } else if (row.expires() > nowMicros) {
        return new StateWrite.Result<>(Optional.empty(), 0);
      }
    }
    long expires = nowMicros + ttl;
    put(session, name, new Row(holder, token, expires, ttl));
    Lease lease = new Lease(name, holder, token, Micros.instant(expires));
    return new StateWrite.Result<>(Optional.of(lease), 1);
  }

  /** Gives a lease back if its holder and token still have it; returns whether they had. */
  boolean release(SqlSession session, Lease lease) throws SQLException, ProviderException {
    Row row = find(session, lease.name());
    if (row == null
        || row.holder() == null
        || !row.holder().equals(lease.holder())
        || row.token() != lease.token()) {
      return false;
    }
    put(session, lease.name(), new Row(null, row.token(), 0, 0));
    return true;
  }

  /** Reads every lease and compares its checksum; returns their number. */
  long verify(SqlSession session) throws SQLException, ProviderException {
    long rowCount = 0;
    try (ResultSet rows = session.prepared(NAMES).executeQuery()) {
      while (rows.next()) {
        find(session, rows.getString(1));
        rowCount++;
      }
    }
    return rowCount;
  }

  private @Nullable Row find(SqlSession session, String name)
      throws SQLException, ProviderException {
    PreparedStatement statement = session.prepared(FIND);
    statement.setString(1, name);
    try (ResultSet rows = statement.executeQuery()) {
      if (!rows.next()) {
        return null;
      }
      Row row = new Row(rows.getString(1), rows.getLong(2), rows.getLong(3), rows.getLong(4));
      if (rows.getLong(5) != sum(name, row)) {
        throw SqliteErrors.damaged(
            "read", file, "the lease " + name + " does not match its checksum", null);
      }
      return row;
    }
  }

  private static void put(SqlSession session, String name, Row row) throws SQLException {
    PreparedStatement statement = session.prepared(PUT);
    statement.setString(1, name);
    if (row.holder() == null) {
      statement.setNull(2, Types.VARCHAR);
    } else {
      statement.setString(2, row.holder());
    }
    statement.setLong(3, row.token());
    statement.setLong(4, row.expires());
    statement.setLong(5, row.ttl());
    statement.setLong(6, sum(name, row));
    statement.executeUpdate();
  }

  private static long sum(String name, Row row) {
    RowChecksum checksum = new RowChecksum().add(name).add(row.holder() == null ? 0 : 1);
    return checksum
        .add(row.holder() == null ? "" : row.holder())
        .add(row.token())
        .add(row.expires())
        .add(row.ttl())
        .sum();
  }
}
