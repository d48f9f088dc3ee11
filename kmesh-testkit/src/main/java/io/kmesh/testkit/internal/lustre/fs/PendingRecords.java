// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The changelog records of one change: collected, stored before it, published after it. One thread.
 */
final class PendingRecords {
  private final Changelogs logs;
  private final Map<Integer, List<RecordDraft>> drafts = new TreeMap<>();
  private final Map<Integer, Long> stored = new TreeMap<>();

  PendingRecords(Changelogs logs) {
    this.logs = logs;
  }

  /** Adds a record to the log of an MDT, if it keeps such records. */
  PendingRecords add(int mdt, RecordDraft draft) {
    if (logs.log(mdt).kept(draft) != null) {
      drafts.computeIfAbsent(mdt, m -> new ArrayList<>()).add(draft);
    }
    return this;
  }

  /** Stores what was added. */
  PendingRecords store() throws IOException {
    for (Map.Entry<Integer, List<RecordDraft>> entry : drafts.entrySet()) {
      long first = logs.log(entry.getKey()).store(entry.getValue(), logs.attribution());
      stored.put(entry.getKey(), first);
    }
    drafts.clear();
    return this;
  }

  /** Shows what was stored; in any case, also when the change failed: a record is a hint. */
  void publish() {
    stored.forEach((mdt, first) -> logs.log(mdt).publish(first));
    stored.clear();
  }
}
