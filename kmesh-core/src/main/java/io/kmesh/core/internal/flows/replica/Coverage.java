// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import java.util.Map;
import java.util.TreeMap;

/** Which ranges of a file have come. Not thread-safe. */
public final class Coverage {
  private final TreeMap<Long, Long> ends = new TreeMap<>();

  /** A range came; perhaps parts of it before. */
  public void add(long from, long to) {
    if (to <= from) {
      return;
    }
    long begin = from;
    long end = to;
    Map.Entry<Long, Long> before = ends.floorEntry(from);
    if (before != null && before.getValue() >= from) {
      begin = before.getKey();
      end = Math.max(end, before.getValue());
    }
    for (Map.Entry<Long, Long> next = ends.ceilingEntry(begin);
        next != null && next.getKey() <= end;
        next = ends.ceilingEntry(begin)) {
      end = Math.max(end, next.getValue());
      ends.remove(next.getKey());
    }
    ends.put(begin, end);
  }

  /** Whether all of a range has come. */
  public boolean has(long from, long to) {
    Map.Entry<Long, Long> before = ends.floorEntry(from);
    return to <= from || (before != null && before.getValue() >= to);
  }

  /** What has not come of a file of a size: the first bytes, and those behind the last ones. */
  public Map<Long, Long> missing(long size) {
    Map<Long, Long> gaps = new TreeMap<>();
    long at = 0;
    for (Map.Entry<Long, Long> one : ends.entrySet()) {
      if (one.getKey() > at) {
        gaps.put(at, Math.min(size, one.getKey()));
      }
      at = one.getValue();
    }
    if (at < size) {
      gaps.put(at, size);
    }
    return gaps;
  }

  /** Whether all of a file of a size has come. */
  public boolean isWhole(long size) {
    Map.Entry<Long, Long> first = ends.firstEntry();
    return size == 0 || (first != null && first.getKey() == 0 && first.getValue() >= size);
  }
}
