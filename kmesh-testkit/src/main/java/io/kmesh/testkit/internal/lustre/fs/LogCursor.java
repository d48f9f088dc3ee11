// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.spi.lustre.ChangelogCursor;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads one changelog from an index on. One thread at a time. */
final class LogCursor implements ChangelogCursor {
  private final ChangelogLog log;
  private long next;
  private @Nullable ChangelogSegment segment;
  private @Nullable StableChannel file;
  private @Nullable RecordReader reader;
  private @Nullable ChangelogRecord held;

  LogCursor(ChangelogLog log, long from) {
    this.log = log;
    this.next = from;
  }

  @Override
  public List<ChangelogRecord> next(int limit) throws IOException {
    if (limit < 1) {
      throw new IllegalArgumentException("A limit is at least 1, not " + limit + ".");
    }
    ChangelogLog.Snapshot snapshot = log.snapshot(next);
    next = snapshot.from();
    List<ChangelogRecord> found = new ArrayList<>();
    for (ChangelogSegment wanted : snapshot.segments()) {
      if (!read(wanted, snapshot.end(), limit, found)) {
        break;
      }
    }
    return found;
  }

  /** Reads one segment; false when no further one is to be read now. */
  private boolean read(ChangelogSegment wanted, long end, int limit, List<ChangelogRecord> found)
      throws IOException {
    RecordReader records = open(wanted);
    if (records == null) {
      return true;
    }
    while (found.size() < limit) {
      ChangelogRecord record = held != null ? held : records.next(wanted.bytes);
      held = null;
      if (record == null) {
        return true;
      }
      if (record.index() >= end) {
        held = record;
        return false;
      }
      if (record.index() >= next) {
        found.add(record);
        next = record.index() + 1;
      }
    }
    return false;
  }

  private @Nullable RecordReader open(ChangelogSegment wanted) throws IOException {
    if (segment == wanted) {
      return reader;
    }
    close();
    StableChannel opened;
    try {
      opened = StableChannel.openForReading(wanted.path);
    } catch (NoSuchFileException e) {
      // A purge removed it since the snapshot.
      return null;
    }
    segment = wanted;
    file = opened;
    reader = new RecordReader(opened, log.mdt(), wanted.offsetBefore(next));
    return reader;
  }

  @Override
  public void close() throws IOException {
    StableChannel opened = file;
    segment = null;
    file = null;
    reader = null;
    held = null;
    if (opened != null) {
      opened.close();
    }
  }
}
