// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.spi.lustre.ChangelogCursor;
import io.kmesh.spi.lustre.LustreChangelogs;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One MDT's changelog, read once for all who follow it: the last records stay in memory, who is
 * further behind reads for itself. Thread-safe.
 */
final class MdtLog implements Closeable {
  static final int KEPT = 1 << 14;
  private static final int BATCH = 1024;

  private final LustreChangelogs logs;
  private final int mdt;

  /** In a ring, by the order of reading. */
  private final ChangelogRecord[] kept = new ChangelogRecord[KEPT]; // guarded by this

  private int first; // guarded by this
  private int count; // guarded by this
  private long before = -1; // all above it that were read are kept; guarded by this
  private long last; // guarded by this
  private @Nullable ChangelogCursor cursor; // guarded by this

  MdtLog(LustreChangelogs logs, int mdt) {
    this.logs = logs;
    this.mdt = mdt;
  }

  /** Where one reader is; used by one thread. */
  static final class Place implements Closeable {
    private @Nullable ChangelogCursor own;

    @Override
    public void close() throws IOException {
      if (own != null) {
        own.close();
        own = null;
      }
    }
  }

  /**
   * The next records behind an index; an empty list when there are none yet.
   *
   * @param most at most so many, above 0
   */
  List<ChangelogRecord> read(Place place, long after, int most) throws IOException {
    synchronized (this) {
      if (before < 0) {
        before = after;
        last = after;
      }
      if (after >= before) {
        place.close();
        while (after >= last && pull()) {
          // Another reader was less far.
        }
        return keptAfter(after, most);
      }
    }
    ChangelogCursor own = place.own;
    if (own == null) {
      own = logs.open(mdt, after + 1);
      place.own = own;
    }
    List<ChangelogRecord> some = own.next(Math.min(most, BATCH));
    if (some.isEmpty()) {
      place.close();
    }
    return some;
  }

  /** The index of the last record that there is. */
  synchronized long end(long from) throws IOException {
    if (before < 0) {
      before = from;
      last = from;
    }
    while (pull()) {
      // All up to the end.
    }
    return last;
  }

  /** Reads some more; false at the end. Guarded by this. */
  private boolean pull() throws IOException {
    ChangelogCursor at = cursor;
    if (at == null) {
      at = logs.open(mdt, last + 1);
      cursor = at;
    }
    List<ChangelogRecord> some = at.next(BATCH);
    if (some.isEmpty()) {
      // A reader at the end of a log may stay there: the next one is opened behind it.
      cursor = null;
      at.close();
      return false;
    }
    for (ChangelogRecord record : some) {
      if (record.index() <= last) {
        throw new LogBrokenException(
            "the changelog of MDT "
                + mdt
                + " went back from record "
                + last
                + " to record "
                + record.index());
      }
      keep(record);
    }
    return true;
  }

  private void keep(ChangelogRecord record) {
    if (count == KEPT) {
      before = kept[first].index();
      first = (first + 1) % KEPT;
      count--;
    }
    kept[(first + count) % KEPT] = record;
    count++;
    last = record.index();
  }

  private List<ChangelogRecord> keptAfter(long after, int most) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (kept[(first + middle) % KEPT].index() <= after) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    List<ChangelogRecord> some = new ArrayList<>(Math.min(most, count - low));
    for (int i = low; i < count && some.size() < most; i++) {
      some.add(kept[(first + i) % KEPT]);
    }
    return some;
  }

  /** Begins anew behind what is there, once the log was found broken. */
  synchronized void reset() throws IOException {
    close();
    before = -1;
    last = 0;
    first = 0;
    count = 0;
  }

  @Override
  public synchronized void close() throws IOException {
    if (cursor != null) {
      cursor.close();
      cursor = null;
    }
  }
}
