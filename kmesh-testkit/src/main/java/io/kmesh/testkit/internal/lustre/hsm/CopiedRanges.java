// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.lustre.Extent;
import java.util.Map;
import java.util.TreeMap;

/** The union of the ranges that a copytool reported. Not thread-safe. */
final class CopiedRanges {
  private final TreeMap<Long, Long> ends = new TreeMap<>();
  private long total;

  /** Adds a range; one to the end of the file counts from its offset to the largest size. */
  void add(Extent range) {
    long start = range.offset();
    long end = range.isToEnd() ? Long.MAX_VALUE : start + range.length();
    if (end < start) {
      end = Long.MAX_VALUE;
    }
    if (end == start) {
      return;
    }
    Map.Entry<Long, Long> before = ends.floorEntry(start);
    if (before != null && before.getValue() >= start) {
      start = before.getKey();
    }
    for (Map.Entry<Long, Long> e = ends.ceilingEntry(start);
        e != null && e.getKey() <= end;
        e = ends.ceilingEntry(start)) {
      end = Math.max(end, e.getValue());
      total -= e.getValue() - e.getKey();
      ends.remove(e.getKey());
    }
    ends.put(start, end);
    total += end - start;
  }

  /** The number of bytes, each counted once. */
  long bytes() {
    return total;
  }
}
