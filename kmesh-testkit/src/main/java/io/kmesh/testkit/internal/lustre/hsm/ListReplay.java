// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.lustre.HsmActionKind;
import io.kmesh.testkit.lustre.ActionStatus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Rebuilds a coordinator's list from its log, as if the MDT had kept running meanwhile. */
final class ListReplay implements ActionLog.Replay {
  /** A record with what the log said last. */
  private static final class Line {
    final ActionRecord record;
    LogEntry.Changed last;

    Line(ActionRecord record, LogEntry.Changed last) {
      this.record = record;
      this.last = last;
    }
  }

  private final String where;
  private final Map<Long, Line> lines = new LinkedHashMap<>();
  private LogEntry.@Nullable Settings settings;
  private long lastIndex;
  private long lastCookie;

  ListReplay(String where) {
    this.where = where;
  }

  @Override
  public void entry(LogEntry entry) throws IOException {
    if (entry instanceof LogEntry.Added a) {
      ActionRecord record =
          new ActionRecord(
              a.index(),
              a.cookie(),
              a.action(),
              a.fid(),
              a.dataFid(),
              a.archiveId(),
              a.flags(),
              a.payload());
      LogEntry.Changed first =
          new LogEntry.Changed(a.index(), ActionStatus.WAITING, false, false, a.time());
      if (lines.put(a.index(), new Line(record, first)) != null) {
        throw LogCodec.corrupt(where, "record " + a.index() + " is there twice");
      }
      lastIndex = Math.max(lastIndex, a.index());
      lastCookie = Math.max(lastCookie, a.cookie());
    } else if (entry instanceof LogEntry.Changed c) {
      line(c.index()).last = c;
    } else if (entry instanceof LogEntry.DataFid d) {
      Line line = line(d.index());
      line.record.dataFid = d.fid();
      touch(line, d.time());
    } else if (entry instanceof LogEntry.Touched t) {
      touch(line(t.index()), t.time());
    } else if (entry instanceof LogEntry.Dropped d) {
      Line line = line(d.index());
      if (line.last.active() && line.record.listed) {
        line.record.listed = false;
      } else {
        lines.remove(d.index());
      }
    } else if (entry instanceof LogEntry.Settings s) {
      settings = s;
    } else if (entry instanceof LogEntry.Counters c) {
      lastIndex = Math.max(lastIndex, c.lastIndex());
      lastCookie = Math.max(lastCookie, c.lastCookie());
    }
  }

  private Line line(long index) throws IOException {
    Line line = lines.get(index);
    if (line == null) {
      throw LogCodec.corrupt(where, "an entry names the record " + index + ", which is not there");
    }
    return line;
  }

  private static void touch(Line line, long time) {
    LogEntry.Changed c = line.last;
    line.last = new LogEntry.Changed(c.index(), c.status(), c.active(), c.canceled(), time);
  }

  /** Puts the list into a fresh state. */
  void install(MdtState state) {
    LogEntry.Settings saved = settings;
    if (saved != null) {
      state.state = saved.state();
      state.settings = saved.settings();
    }
    state.lastIndex = lastIndex;
    state.lastCookie = Math.max(lastCookie, state.time.now().getEpochSecond());
    List<Line> all = new ArrayList<>(lines.values());
    all.sort(Comparator.comparingLong(l -> l.record.index));
    for (Line line : all) {
      ActionRecord r = line.record;
      r.touched = state.momentOf(line.last.time());
      r.canceled = line.last.canceled();
      if (r.listed) {
        state.table.add(r);
      } else {
        r.status = line.last.status();
      }
      if (line.last.active()) {
        state.table.setActive(r, true);
      }
    }
    installStatuses(state, all);
  }

  /** Ended records come in the order of their ends: that is how their grace is over. */
  private static void installStatuses(MdtState state, List<Line> all) {
    all.sort(Comparator.comparingLong(l -> l.last.time()));
    for (Line line : all) {
      ActionRecord r = line.record;
      if (r.listed && line.last.status() != ActionStatus.WAITING) {
        state.table.setStatus(r, line.last.status());
      }
      if (r.action == HsmActionKind.RESTORE && !r.status.isFinal()) {
        state.makeGate(r.fid);
      }
    }
  }
}
