// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** One file of records; appended to by its log, read by cursors. */
final class ChangelogSegment {
  /** A record is found from at most so many bytes before it. */
  private static final long MARKED = 16 << 10;

  final long firstIndex;
  final Path path;

  /** Bytes of whole records. */
  volatile long bytes;

  /** The index of its last record; one below its first while it has none. */
  volatile long lastIndex;

  /** Where some of its records begin. */
  private final ConcurrentSkipListMap<Long, Long> marks = new ConcurrentSkipListMap<>();

  ChangelogSegment(long firstIndex, Path path) {
    this.firstIndex = firstIndex;
    this.path = path;
    this.lastIndex = firstIndex - 1;
  }

  /** Notes where a record begins; called in order. */
  void mark(long index, long offset) {
    Map.Entry<Long, Long> last = marks.lastEntry();
    if (offset - (last == null ? 0 : last.getValue()) >= MARKED) {
      marks.put(index, offset);
    }
  }

  /** Where to begin to read for a record. */
  long offsetBefore(long index) {
    Map.Entry<Long, Long> mark = marks.floorEntry(index);
    return mark == null ? 0 : mark.getValue();
  }
}
