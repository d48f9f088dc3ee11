// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Extent;
import io.kmesh.spi.lustre.ActionItem;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Records of one archive that go to one copytool in one {@code hsm_action_list} of at most 5 KiB.
 * Guarded by its {@link MdtState}.
 */
final class ActionBatch {
  private static final int MAX_SIZE = 5 * 1024;

  /** The list's head and the file system's name, padded. */
  private static final int HEAD = 40;

  final int archiveId;

  /** The client that must get it; null for the least loaded one. */
  @Nullable String agent;

  final List<ActionRecord> records = new ArrayList<>();
  private int size = HEAD;

  ActionBatch(int archiveId, @Nullable String agent) {
    this.archiveId = archiveId;
    this.agent = agent;
  }

  boolean hasRoomFor(ActionRecord record) {
    return size + record.itemSize() <= MAX_SIZE;
  }

  void add(ActionRecord record) {
    records.add(record);
    size += record.itemSize();
  }

  void remove(ActionRecord record) {
    if (records.remove(record)) {
      size -= record.itemSize();
    }
  }

  int size() {
    return size;
  }

  /** The items as the copytool gets them: all with the flags of the last one. */
  List<ActionItem> items(int mdt) {
    long flags = records.get(records.size() - 1).flags;
    List<ActionItem> items = new ArrayList<>(records.size());
    for (ActionRecord r : records) {
      items.add(
          new ActionItem(
              mdt,
              r.action,
              r.cookie,
              r.fid,
              r.dataFid,
              ArchiveId.of(archiveId),
              flags,
              Extent.WHOLE_FILE,
              r.payload));
    }
    return items;
  }
}
