// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection with its prepared statements. Not thread-safe. */
final class SqlSession implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SqlSession.class);

  private final Connection connection;
  private final Map<String, PreparedStatement> statements = new HashMap<>();

  /** Takes over a connection in auto-commit mode. */
  SqlSession(Connection connection) {
    this.connection = connection;
  }

  /**
   * The prepared form of a statement; one per text, so close its result set before the next use.
   */
  PreparedStatement prepared(String sql) throws SQLException {
    PreparedStatement statement = statements.get(sql);
    if (statement == null) {
      statement = connection.prepareStatement(sql);
      statements.put(sql, statement);
    }
    return statement;
  }

  /** Runs a statement that has no parameters and whose result does not matter. */
  void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The first column of the first row, as a number. */
  long number(String sql) throws SQLException {
    return row(sql, 1)[0];
  }

  /** The first columns of the first row, as numbers. */
  long[] row(String sql, int columns) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      if (!rows.next()) {
        throw new SQLException("no row from " + sql);
      }
      long[] values = new long[columns];
      for (int i = 0; i < columns; i++) {
        values[i] = rows.getLong(i + 1);
      }
      return values;
    }
  }

  /** Drops the prepared statements: after an error the driver may hold one half executed. */
  void forgetStatements() {
    for (PreparedStatement statement : statements.values()) {
      try {
        statement.close();
      } catch (SQLException e) {
        LOG.debug("A statement reports when it is closed how it failed before.", e);
      }
    }
    statements.clear();
  }

  @Override
  public void close() throws SQLException {
    forgetStatements();
    connection.close();
  }
}
