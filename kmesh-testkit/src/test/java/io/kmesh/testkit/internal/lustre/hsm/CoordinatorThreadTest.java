// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import io.kmesh.testkit.time.RunningTime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The coordinators in their thread. */
@Timeout(120)
class CoordinatorThreadTest {
  @TempDir Path directory;

  private HsmSide open(MemoryInodes inodes, CoordinatorSettings settings) throws Exception {
    return new HsmSide(inodes, RunningTime.instance(), settings, OptionalLong.empty());
  }

  @Test
  void request_whenASlotIsFree_isSentWithoutWaitingForTheLoopPeriod() throws Exception {
    MemoryInodes inodes = new MemoryInodes(directory, 2);
    CoordinatorSettings slow =
        CoordinatorSettings.DEFAULTS.withLoopPeriod(Duration.ofDays(1)).withMaxRequests(2);
    int files = 500;
    try (HsmSide side = open(inodes, slow);
        CopytoolSession session = side.copytools("client").register(Set.of())) {
      List<Fid> fids = new ArrayList<>();
      for (int i = 0; i < files; i++) {
        fids.add(inodes.create(i % 2, "x"));
      }
      side.hsm().request(HsmRequest.of(HsmActionKind.ARCHIVE, ArchiveId.ANY, fids));
      int done = 0;
      while (done < files) {
        for (ActionItem item : session.receive(Duration.ofMinutes(1))) {
          session.begin(item).succeed();
          done++;
        }
      }
      for (Fid fid : fids) {
        assertThat(side.hsm().state(fid).isArchivedAndClean()).isTrue();
      }
      assertThat(side.coordinator().statistics().succeeded(HsmActionKind.ARCHIVE)).isEqualTo(files);
      assertThatThrownBy(() -> side.coordinator().step()).isInstanceOf(IllegalStateException.class);
      assertThat(side.coordinator().violations()).isEmpty();
    }
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .doesNotContain("kmesh-sim-coordinator");
  }

  @Test
  void receive_whenStalled_goesOnByItself() throws Exception {
    MemoryInodes inodes = new MemoryInodes(directory, 1);
    try (HsmSide side = open(inodes, CoordinatorSettings.DEFAULTS.withMaxRequests(5000));
        CopytoolSession session = side.copytools("client").register(Set.of())) {
      List<Fid> fids = new ArrayList<>();
      for (int i = 0; i < 3000; i++) {
        fids.add(inodes.create(0, ""));
      }
      side.hsm().request(HsmRequest.of(HsmActionKind.ARCHIVE, ArchiveId.ANY, fids));
      int received = 0;
      while (received < fids.size()) {
        List<ActionItem> items = session.receive(Duration.ofMinutes(1));
        assertThat(items).hasSizeBetween(1, 70);
        received += items.size();
      }
      assertThat(received).isEqualTo(fids.size());
    }
  }
}
