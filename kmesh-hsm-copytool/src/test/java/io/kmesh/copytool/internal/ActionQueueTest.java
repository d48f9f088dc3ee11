// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.spi.lustre.ActionItem;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ActionQueueTest {
  private final ActionQueue queue = new ActionQueue();

  @Test
  void poll_blockedReaderBehindArchives_servesTheReaderFirst() {
    add(HsmActionKind.ARCHIVE, 1, 0, 7);
    add(HsmActionKind.REMOVE, 2, 0, 7);
    add(HsmActionKind.RESTORE, 3, 0, 7);
    add(HsmActionKind.RESTORE, 4, ActionItem.BLOCKING, 7);
    assertThat(drain()).containsExactly(4L, 3L, 2L, 1L);
  }

  @Test
  void poll_twoOwners_takesTurns() {
    for (int i = 0; i < 4; i++) {
      add(HsmActionKind.ARCHIVE, i, 0, 100);
    }
    add(HsmActionKind.ARCHIVE, 10, 0, 200);
    add(HsmActionKind.ARCHIVE, 11, 0, 200);
    assertThat(drain()).containsExactly(0L, 10L, 1L, 11L, 2L, 3L);
  }

  @Test
  void poll_endlessRestores_neverStarvesAnArchive() {
    add(HsmActionKind.ARCHIVE, 999, 0, 1);
    for (int i = 0; i < 3 * ActionQueue.STARVATION; i++) {
      add(HsmActionKind.RESTORE, i, 0, 1);
    }
    assertThat(drain().indexOf(999L)).isEqualTo(ActionQueue.STARVATION);
  }

  @Property
  void poll_anyItems_givesEachOnce(
      @ForAll @Size(max = 200) List<@IntRange(min = 0, max = 11) Integer> kinds) {
    ActionQueue any = new ActionQueue();
    HsmActionKind[] actions = {HsmActionKind.ARCHIVE, HsmActionKind.RESTORE, HsmActionKind.REMOVE};
    for (int i = 0; i < kinds.size(); i++) {
      any.add(
          new ActiveAction(
              item(actions[kinds.get(i) % 3], i, 0), kinds.get(i) / 3, ActiveAction.Origin.SENT));
    }
    List<Long> seen = new ArrayList<>();
    for (ActiveAction next = any.poll(); next != null; next = any.poll()) {
      seen.add(next.item().cookie());
    }
    assertThat(seen).hasSize(kinds.size()).doesNotHaveDuplicates();
    assertThat(any.size()).isZero();
  }

  private void add(HsmActionKind action, long cookie, long flags, long owner) {
    queue.add(new ActiveAction(item(action, cookie, flags), owner, ActiveAction.Origin.SENT));
  }

  private static ActionItem item(HsmActionKind action, long cookie, long flags) {
    Fid fid = new Fid(0x200000401L, (int) cookie + 1, 0);
    return new ActionItem(
        0, action, cookie, fid, fid, ArchiveId.of(1), flags, Extent.WHOLE_FILE, new byte[0]);
  }

  private List<Long> drain() {
    List<Long> cookies = new ArrayList<>();
    for (ActiveAction next = queue.poll(); next != null; next = queue.poll()) {
      cookies.add(next.item().cookie());
    }
    return cookies;
  }
}
