// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import io.kmesh.spi.ProviderException;
import java.sql.SQLException;

/**
 * One caller's write, run by the writer thread inside a transaction that it shares with others.
 *
 * @param <T> what it answers
 */
interface StateWrite<T> {
  /**
   * Does it. Whoever throws a {@link ProviderException} must not have written anything: the others
   * of the transaction are committed.
   */
  Result<T> run(SqlSession session) throws SQLException, ProviderException;

  /** About how many rows it changes, for batching. */
  int weight();

  /**
   * What came out.
   *
   * @param value the answer
   * @param rowsChanged how many rows it changed
   */
  record Result<T>(T value, int rowsChanged) {}
}
