// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.engine.TreeCopyReport.Reason;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Copies the bytes of one file into an empty one, range by range, holes as holes. Several threads
 * may take ranges at once, each with its own buffer. A failure is a {@link CopyProblem} (UNREADABLE
 * or UNWRITABLE, or CHANGED when the file got shorter), or what ends the whole copy.
 */
final class ContentCopy implements WorkCrew.Shared<ByteBuffer> {
  private static final int BLOCK = 512;

  private final PosixFile from;
  private final PosixFile to;
  private final long size;
  private final long rangeSize;
  private final boolean mayHaveHoles;
  private final CopyTally tally;
  private final Stop stop;
  private final AtomicLong copied = new AtomicLong();
  private long next; // guarded by this

  /** Asked between pieces. */
  interface Stop {
    void check() throws IOException;
  }

  private record Range(long start, long end) {}

  /**
   * A copy of all that a file has.
   *
   * @param stat the source's
   * @param canSeek whether the source can tell its holes
   * @param rangeSize the most bytes that one thread takes at a time
   */
  ContentCopy(
      PosixFile from,
      FileStat stat,
      boolean canSeek,
      PosixFile to,
      long rangeSize,
      CopyTally tally,
      Stop stop) {
    this.from = from;
    this.to = to;
    this.size = stat.size();
    this.rangeSize = rangeSize;
    this.mayHaveHoles = canSeek && stat.blocks() * BLOCK < stat.size();
    this.tally = tally;
    this.stop = stop;
  }

  /** Whether it is worth more than one thread. */
  boolean isLarge() {
    return size > rangeSize;
  }

  /** Copies the next range; false when there is none. */
  @Override
  public boolean step(ByteBuffer buffer) throws IOException {
    Range range = claim();
    if (range == null) {
      return false;
    }
    long at = range.start;
    while (at < range.end) {
      long end = range.end;
      if (mayHaveHoles) {
        OptionalLong data = nextData(at);
        if (data.isEmpty() || data.getAsLong() >= range.end) {
          break;
        }
        at = data.getAsLong();
        end = Math.min(range.end, nextHole(at));
      }
      move(at, end, buffer);
      at = end;
    }
    return true;
  }

  /** Gives the target its size, and says how many bytes were copied. */
  long end() throws IOException {
    try {
      if (to.stat().size() != size) {
        to.truncate(size);
      }
    } catch (IOException e) {
      throw unwritable(e);
    }
    tally.content(size - copied.get());
    return copied.get();
  }

  /** What was counted counts no more: it is read again, or was in vain. */
  void forget() {
    tally.content(-copied.getAndSet(0));
  }

  private synchronized @Nullable Range claim() throws IOException {
    long start = next;
    if (mayHaveHoles && start < size) {
      start = nextData(start).orElse(size);
    }
    if (start >= size) {
      next = size;
      return null;
    }
    next = Math.min(size, start - start % rangeSize + rangeSize);
    return new Range(start, next);
  }

  private OptionalLong nextData(long at) throws IOException {
    try {
      return from.nextData(at);
    } catch (IOException e) {
      throw CopyProblem.of(Reason.UNREADABLE, e);
    }
  }

  private long nextHole(long at) throws IOException {
    try {
      return from.nextHole(at);
    } catch (IOException e) {
      throw CopyProblem.of(Reason.UNREADABLE, e);
    }
  }

  private void move(long start, long end, ByteBuffer buffer) throws IOException {
    long at = start;
    while (at < end) {
      stop.check();
      buffer.clear().limit((int) Math.min(buffer.capacity(), end - at));
      int n;
      try {
        n = from.read(buffer, at);
      } catch (IOException e) {
        throw CopyProblem.of(Reason.UNREADABLE, e);
      }
      if (n <= 0) {
        throw new CopyProblem(
            Reason.CHANGED, "It got shorter than " + end + " bytes while it was read.", null);
      }
      buffer.flip();
      try {
        to.write(buffer, at);
      } catch (IOException e) {
        throw unwritable(e);
      }
      at += n;
      copied.addAndGet(n);
      tally.content(n);
    }
  }

  private static IOException unwritable(IOException e) {
    return e instanceof ProviderException p && p.kind() == ErrorKind.NO_SPACE
        ? e
        : CopyProblem.of(Reason.UNWRITABLE, e);
  }
}
