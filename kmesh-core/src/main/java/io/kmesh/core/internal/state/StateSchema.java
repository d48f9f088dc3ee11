// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;

/**
 * The tables of a state and their versions; docs/format/state.md describes them. Stateless.
 *
 * @param applicationId SQLite's mark of whose file it is
 * @param version the version that this schema has
 * @param creation the statements that make an empty file one of this version
 * @param migrations the statements that lead from version {@code i} to {@code i + 1}
 */
record StateSchema(
    int applicationId, int version, List<String> creation, List<List<String>> migrations) {
  /** {@code "KMSH"}, the mark of a state. */
  static final int APPLICATION_ID = 0x4b4d5348;

  /** The schema of this build. */
  static final StateSchema CURRENT =
      new StateSchema(
          0,
          List.of(
              """
              CREATE TABLE record (
                kind TEXT NOT NULL, id TEXT NOT NULL, owner TEXT NOT NULL,
                format INTEGER NOT NULL, version INTEGER NOT NULL, payload BLOB NOT NULL,
                crc INTEGER NOT NULL,
                PRIMARY KEY (kind, id)) WITHOUT ROWID, STRICT""",
              """
              CREATE TABLE event (
                sequence INTEGER PRIMARY KEY, time INTEGER NOT NULL, owner TEXT NOT NULL,
                subject TEXT NOT NULL, type TEXT NOT NULL, detail TEXT NOT NULL,
                crc INTEGER NOT NULL) STRICT""",
              """
              CREATE TABLE lease (
                name TEXT PRIMARY KEY, holder TEXT, token INTEGER NOT NULL,
                expires INTEGER NOT NULL, ttl INTEGER NOT NULL, crc INTEGER NOT NULL)
                WITHOUT ROWID, STRICT"""),
          List.of());

  /** A schema of a state. */
  StateSchema(int version, List<String> creation, List<List<String>> migrations) {
    this(APPLICATION_ID, version, creation, migrations);
  }

  /** Copies the lists. */
  StateSchema {
    creation = List.copyOf(creation);
    migrations = List.copyOf(migrations);
  }

  /**
   * Brings a file to this version: creates the tables in an empty one, migrates an older one, each
   * in one transaction.
   *
   * @throws ProviderException INVALID for another program's file, UNSUPPORTED for a newer version
   */
  void prepare(SqlSession session, Path file) throws IOException, SQLException {
    long found = session.number("PRAGMA application_id");
    if (found == 0 && session.number("SELECT count(*) FROM sqlite_master") == 0) {
      inTransaction(session, creation, version);
      return;
    }
    if (found != applicationId) {
      throw notOurs(file, found);
    }
    long foundVersion = session.number("PRAGMA user_version");
    if (foundVersion > version || foundVersion < 0) {
      throw SqliteErrors.error(
          ErrorKind.UNSUPPORTED,
          "open",
          file,
          "its schema has version " + foundVersion + ", this Kmesh knows versions 0 to " + version,
          "Use the Kmesh that wrote it, or a newer one; or choose another file.",
          null);
    }
    for (int from = (int) foundVersion; from < version; from++) {
      inTransaction(session, migrations.get(from), from + 1);
    }
  }

  private void inTransaction(SqlSession session, List<String> statements, int reached)
      throws SQLException {
    session.execute("BEGIN IMMEDIATE");
    try {
      for (String statement : statements) {
        session.execute(statement);
      }
      session.execute("PRAGMA application_id=" + applicationId);
      session.execute("PRAGMA user_version=" + reached);
      session.execute("COMMIT");
    } catch (SQLException e) {
      try {
        session.execute("ROLLBACK");
      } catch (SQLException again) {
        e.addSuppressed(again); // SQLite has rolled back by itself
      }
      throw e;
    }
  }

  /** The file belongs to another program, or holds something else of Kmesh. */
  ProviderException notOurs(Path file, long found) {
    return SqliteErrors.error(
        ErrorKind.INVALID,
        "open",
        file,
        String.format(
            "it is an SQLite file of another program or use (application id %#x, not %#x)",
            found, applicationId),
        "Choose another file; this one was left as it is.",
        null);
  }
}
