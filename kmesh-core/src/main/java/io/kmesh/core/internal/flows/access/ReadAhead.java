// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

/**
 * How far to read ahead of one reader: nothing while it reads here and there, twice as far with
 * each read that goes on where the last one ended, up to 8 MiB. Not thread-safe.
 */
final class ReadAhead {
  private static final long FIRST = 256 << 10;
  private static final long MOST = 8 << 20;

  private long end = -1;
  private long window;
  private long ahead;

  /** A range in bytes. */
  record Range(long from, long to) {
    static final Range NONE = new Range(0, 0);

    boolean isEmpty() {
      return to <= from;
    }
  }

  /** What to fetch ahead, when a read covers a range. */
  Range next(long from, long to, long size) {
    boolean isSequential = from == end;
    end = to;
    if (!isSequential) {
      window = 0;
      ahead = to;
      return Range.NONE;
    }
    window = Math.min(MOST, Math.max(FIRST, window * 2));
    long begin = Math.max(ahead, to);
    if (begin - to > window / 2) {
      return Range.NONE; // enough is on its way
    }
    long until = Math.min(size, to + window);
    ahead = Math.max(ahead, until);
    return new Range(begin, until);
  }
}
