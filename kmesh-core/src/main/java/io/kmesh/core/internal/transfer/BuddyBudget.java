// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.engine.ByteBudget;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A byte budget over a {@link BuddyArena}: blocks count with their rounded size. Thread-safe. */
public final class BuddyBudget implements ByteBudget {
  private static final int LARGEST_CHUNK = 64 << 20;
  private static final int SMALLEST_TOTAL = 64 << 10;

  private final Object monitor = new Object();
  private final Deque<Object> waiting = new ArrayDeque<>();
  private final BuddyArena arena;
  private final int chunkSize;
  private final long total;
  private long used;

  /**
   * A budget.
   *
   * @param total its bound, at least 64 KiB; rounded down to whole chunks
   */
  public BuddyBudget(DataSize total) {
    if (total.bytes() < SMALLEST_TOTAL) {
      throw new IllegalArgumentException(
          "A byte budget needs at least 64 KiB, not " + total + ". Raise it.");
    }
    this.chunkSize = (int) Math.min(LARGEST_CHUNK, Long.highestOneBit(total.bytes() / 4));
    int chunks = (int) Math.min(Integer.MAX_VALUE, total.bytes() / chunkSize);
    this.total = (long) chunks * chunkSize;
    this.arena = new BuddyArena(chunkSize, chunks);
  }

  @Override
  public DataSize total() {
    return DataSize.ofBytes(total);
  }

  @Override
  public DataSize used() {
    synchronized (monitor) {
      return DataSize.ofBytes(used);
    }
  }

  @Override
  public DataSize largestPiece() {
    return DataSize.ofBytes(chunkSize);
  }

  @Override
  public Piece acquire(int bytes) throws IOException {
    check(bytes);
    synchronized (monitor) {
      Object ticket = enqueue();
      try {
        while (true) {
          BlockPiece piece = waiting.peekFirst() == ticket ? take(bytes) : null;
          if (piece != null) {
            return piece;
          }
          monitor.wait();
        }
      } catch (InterruptedException e) {
        throw interrupted(bytes, e);
      } finally {
        waiting.remove(ticket);
        monitor.notifyAll();
      }
    }
  }

  @Override
  public Optional<Piece> tryAcquire(int bytes) throws IOException {
    check(bytes);
    synchronized (monitor) {
      return waiting.isEmpty() ? Optional.ofNullable(take(bytes)) : Optional.empty();
    }
  }

  @Override
  public Reservation reserve(int bytes) throws IOException {
    check(bytes);
    synchronized (monitor) {
      Object ticket = enqueue();
      try {
        while (waiting.peekFirst() != ticket || used + bytes > total) {
          monitor.wait();
        }
        return reserved(bytes);
      } catch (InterruptedException e) {
        throw interrupted(bytes, e);
      } finally {
        waiting.remove(ticket);
        monitor.notifyAll();
      }
    }
  }

  @Override
  public Optional<Reservation> tryReserve(int bytes) throws IOException {
    check(bytes);
    synchronized (monitor) {
      return waiting.isEmpty() && used + bytes <= total
          ? Optional.of(reserved(bytes))
          : Optional.empty();
    }
  }

  private Object enqueue() {
    Object ticket = new Object();
    waiting.addLast(ticket);
    return ticket;
  }

  private @Nullable BlockPiece take(int bytes) {
    int block = BuddyArena.blockSize(bytes);
    if (used + block > total) {
      return null;
    }
    OptionalLong address = arena.allocate(bytes);
    if (address.isEmpty()) {
      return null;
    }
    used += block;
    return new BlockPiece(address.getAsLong(), bytes, arena.buffer(address.getAsLong(), bytes));
  }

  private Share reserved(int bytes) {
    used += bytes;
    return new Share(bytes);
  }

  private void check(int bytes) throws ProviderException {
    if (bytes < 0 || bytes > chunkSize) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot take a buffer of "
              + bytes
              + " bytes: the largest is "
              + largestPiece()
              + " of a budget of "
              + total()
              + ". Raise the byte budget.");
    }
  }

  private static InterruptedIOException interrupted(int bytes, InterruptedException cause) {
    Thread.currentThread().interrupt();
    InterruptedIOException e =
        new InterruptedIOException(
            "Cannot take a buffer of " + bytes + " bytes: the waiting thread was interrupted.");
    e.initCause(cause);
    return e;
  }

  /** A part of the budget without memory. */
  private class Share implements Reservation {
    private final long counted;
    private boolean isClosed;

    Share(long counted) {
      this.counted = counted;
    }

    @Override
    public void close() {
      synchronized (monitor) {
        if (!isClosed) {
          isClosed = true;
          used -= counted;
          giveBack();
          monitor.notifyAll();
        }
      }
    }

    void giveBack() {}
  }

  /** A block of the arena. */
  private final class BlockPiece extends Share implements Piece {
    private final long address;
    private final int bytes;
    private final ByteBuffer buffer;

    BlockPiece(long address, int bytes, ByteBuffer buffer) {
      super(BuddyArena.blockSize(bytes));
      this.address = address;
      this.bytes = bytes;
      this.buffer = buffer;
    }

    @Override
    public ByteBuffer buffer() {
      return buffer;
    }

    @Override
    void giveBack() {
      arena.release(address, bytes);
    }
  }
}
