// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import io.kmesh.core.internal.transfer.BuddyBudget;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A bound on the bytes that transfers hold in memory. Thread-safe; who waits is served in the order
 * of arrival.
 *
 * <p>To stay free of deadlock a thread waits for one piece only while it holds none; more it takes
 * with {@link #tryAcquire}.
 */
public interface ByteBudget {
  /** A budget of direct buffers; memory is taken when first used and then kept. */
  static ByteBudget of(DataSize total) {
    return new BuddyBudget(total);
  }

  /** The bound. */
  DataSize total();

  /** What is held now. */
  DataSize used();

  /** The largest piece that can ever be had. */
  DataSize largestPiece();

  /**
   * Waits for a direct buffer of at least {@code bytes}; its limit is {@code bytes}.
   *
   * @throws io.kmesh.spi.ProviderException INVALID when it is larger than {@link #largestPiece}
   * @throws java.io.InterruptedIOException when interrupted
   */
  Piece acquire(int bytes) throws IOException;

  /** A buffer as {@link #acquire} gives it when it can be had now and nobody waits. */
  Optional<Piece> tryAcquire(int bytes) throws IOException;

  /**
   * Waits until {@code bytes} fit that somebody else allocates, such as a store's answer.
   *
   * @throws java.io.InterruptedIOException when interrupted
   */
  Reservation reserve(int bytes) throws IOException;

  /** A reservation when it can be had now and nobody waits. */
  Optional<Reservation> tryReserve(int bytes) throws IOException;

  /** A buffer on loan. */
  interface Piece extends Reservation {
    /** The buffer, cleared. Do not use it after {@link #close}. */
    ByteBuffer buffer();
  }

  /** A part of the budget on loan. */
  interface Reservation extends AutoCloseable {
    /** Gives it back; a second call does nothing. */
    @Override
    void close();
  }
}
