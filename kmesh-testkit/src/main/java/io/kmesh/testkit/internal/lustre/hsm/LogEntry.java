// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.testkit.lustre.ActionStatus;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import io.kmesh.testkit.lustre.CoordinatorState;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One entry of an action log. All times are milliseconds since the epoch. */
sealed interface LogEntry {
  /** A new record, WAITING. */
  record Added(
      long index,
      long cookie,
      HsmActionKind action,
      Fid fid,
      Fid dataFid,
      int archiveId,
      int flags,
      long time,
      byte[] payload)
      implements LogEntry {
    @Override
    public boolean equals(@Nullable Object o) {
      return o instanceof Added a
          && a.index == index
          && a.cookie == cookie
          && a.action == action
          && a.fid.equals(fid)
          && a.dataFid.equals(dataFid)
          && a.archiveId == archiveId
          && a.flags == flags
          && a.time == time
          && Arrays.equals(a.payload, payload);
    }

    @Override
    public int hashCode() {
      return Long.hashCode(index);
    }
  }

  /** A record's status, slot and cancel mark. */
  record Changed(long index, ActionStatus status, boolean active, boolean canceled, long time)
      implements LogEntry {}

  /** The volatile file that a restore reported. */
  record DataFid(long index, Fid fid, long time) implements LogEntry {}

  /** A sign of life. */
  record Touched(long index, long time) implements LogEntry {}

  /** A record left the list; it is forgotten when it holds no slot. */
  record Dropped(long index) implements LogEntry {}

  /** The tunables and the state. */
  record Settings(CoordinatorState state, CoordinatorSettings settings) implements LogEntry {}

  /** The last index and cookie that were given, so that a compacted log repeats none. */
  record Counters(long lastIndex, long lastCookie) implements LogEntry {}
}
