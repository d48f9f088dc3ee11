// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.sim;

import static io.kmesh.lustre.jna.sim.SimFixture.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.lustre.ChangelogType;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.spi.Errno;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.ChangelogCursor;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.RunningAction;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Deterministic mode: the same seed and clock give the same events, to the last record. */
class SimDeterminismTest {
  @TempDir Path directory;

  @Test
  void events_whenTheSeedIsTheSame_areTheSame() throws IOException {
    List<String> first = run("a", 11);
    assertThat(first).hasSizeGreaterThan(100);
    assertThat(run("b", 11)).isEqualTo(first);
    assertThat(run("c", 12)).isNotEqualTo(first);
  }

  @Test
  void step_whenNotCalled_nothingHappens() throws IOException {
    ManualTime time = ManualTime.create();
    try (SimulatedLustre lustre = open("d", 1, time);
        CopytoolSession session = lustre.copytools().register(Set.of())) {
      Fid fid = write(lustre, "f");
      lustre.hsm().request(HsmRequest.of(HsmActionKind.ARCHIVE, ArchiveId.ANY, List.of(fid)));
      time.advance(Duration.ofHours(1));
      assertThat(session.receive(Duration.ZERO)).isEmpty();
      assertThat(lustre.coordinator().step()).isEqualTo(1);
      assertThat(session.receive(Duration.ZERO)).hasSize(1);
      assertThat(lustre.coordinator().step()).isZero();
    }
  }

  @Test
  void named_whenItIsSimAndADirectory_opensIt() throws IOException {
    try (SimulatedLustre lustre = SimulatedLustre.named("sim:" + directory.resolve("e"))) {
      assertThat(lustre.description()).isEqualTo("sim:" + directory.resolve("e"));
      assertThat(SimulatedLustre.isName(lustre.description())).isTrue();
    }
    for (String name : List.of("sim:", "/mnt/lustre", "SIM:x")) {
      assertThatThrownBy(() -> SimulatedLustre.named(name))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("sim:DIR");
    }
  }

  private SimulatedLustre open(String folder, long seed, ManualTime time) throws IOException {
    return SimulatedLustre.builder(directory.resolve(folder))
        .caller(0, 0)
        .time(time)
        .seed(seed)
        .coordinator(CoordinatorSettings.DEFAULTS.withMaxRequests(5))
        .open();
  }

  private static Fid write(SimulatedLustre lustre, String path) throws IOException {
    try (PosixFile file =
        lustre.tree().openFile(name(path), EnumSet.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
      file.write(ByteBuffer.allocate(100), 0);
      return lustre.identity().fid(file);
    }
  }

  /** Files on both MDTs, two copytools, failures and timeouts; what came in which order. */
  private List<String> run(String folder, long seed) throws IOException {
    ManualTime time = ManualTime.create();
    List<String> events = new ArrayList<>();
    // The choices of the script are the same for every seed of the simulator.
    Random script = new Random(5);
    try (SimulatedLustre lustre = open(folder, seed, time)) {
      for (int mdt : lustre.identity().mdts()) {
        lustre.changelogAdmin().changeMask(mdt, EnumSet.allOf(ChangelogType.class));
        lustre.changelogs().register(mdt, Optional.empty());
      }
      try (PosixDirectory root = lustre.tree().openRoot();
          CopytoolSession one = lustre.copytools().register(Set.of());
          CopytoolSession two = lustre.mount("node-1").copytools().register(Set.of())) {
        List<Fid> fids = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
          if (i < 4) {
            root.makeDirectory(name("d" + i), 0755);
          }
          fids.add(write(lustre, "d" + i % 4 + "/f" + i));
        }
        lustre.hsm().request(HsmRequest.of(HsmActionKind.ARCHIVE, ArchiveId.ANY, fids));
        for (int i = 0; i < 60; i++) {
          time.advance(Duration.ofSeconds(1 + script.nextInt(20)));
          events.add("sent " + lustre.coordinator().step());
          drain(one, "one", script, events);
          drain(two, "two", script, events);
        }
      }
      lustre.coordinator().actions().forEach(a -> events.add(a.toString()));
      for (int mdt : lustre.identity().mdts()) {
        try (ChangelogCursor cursor = lustre.changelogs().open(mdt, 0)) {
          for (List<ChangelogRecord> some = cursor.next(50);
              !some.isEmpty();
              some = cursor.next(50)) {
            some.forEach(r -> events.add(r.toString()));
          }
        }
      }
    }
    return events;
  }

  private static void drain(CopytoolSession session, String who, Random script, List<String> events)
      throws IOException {
    for (List<ActionItem> items = session.receive(Duration.ZERO);
        !items.isEmpty();
        items = session.receive(Duration.ZERO)) {
      for (ActionItem item : items) {
        events.add(who + " " + item);
        try (RunningAction running = session.begin(item)) {
          if (script.nextInt(5) == 0) {
            running.fail(Errno.EIO, null);
          } else {
            running.succeed();
          }
        }
      }
    }
  }
}
