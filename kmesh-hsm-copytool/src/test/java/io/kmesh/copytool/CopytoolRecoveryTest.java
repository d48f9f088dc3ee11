// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool;

import static io.kmesh.lustre.HsmActionKind.ARCHIVE;
import static io.kmesh.lustre.HsmActionKind.RELEASE;
import static io.kmesh.lustre.HsmActionKind.REMOVE;
import static io.kmesh.lustre.HsmActionKind.RESTORE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyLustre;
import io.kmesh.testkit.junit.KmeshExtension;
import io.kmesh.testkit.lustre.ActionStatus;
import io.kmesh.testkit.lustre.CoordinatorCommand;
import io.kmesh.testkit.lustre.CoordinatorPolicy;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Registrations that are lost, coordinators that restart, copytools that close and go on. */
@ExtendWith(KmeshExtension.class)
class CopytoolRecoveryTest {
  @TempDir Path directory;
  private Site site;
  private final FakeBackend backend = new FakeBackend();

  @BeforeEach
  void open() throws IOException {
    site = Site.open(directory);
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  @Test
  void registrationLost_whileAnArchiveRuns_isMadeAnewAndTheArchiveEnds() throws IOException {
    Fid fid = site.write("data", Site.bytes(1000, 1));
    Fid next = site.write("next", Site.bytes(1000, 2));
    try (Copytool copytool = site.start(site.copytool(backend))) {
      backend.hold();
      site.request(ARCHIVE, Site.ONE, fid);
      site.until("it copies", () -> backend.isHeld());
      site.killRegistration();
      site.until("it is noticed", () -> copytool.status().reconnects() == 1);
      backend.release();
      site.untilQuiet();
      assertThat(site.isArchived(fid)).isTrue();
      assertThat(site.slotsTaken()).isZero();
      assertThat(copytool.status().archived()).isEqualTo(1);
      assertThat(copytool.status().failed()).isZero();
      site.act(ARCHIVE, next);
      assertThat(site.isArchived(next)).isTrue();
    }
  }

  @Test
  void registrationLost_afterARestoreReportedProgress_isEndedAndAskedAnew() throws IOException {
    byte[] content = Site.bytes(3 << 20, 1);
    Fid fid = site.write("data", content);
    // Each piece that is copied is reported, which binds the restore to its volatile file.
    try (Copytool copytool = site.start(site.copytool(backend).heartbeat(Duration.ofMillis(1)))) {
      site.act(ARCHIVE, fid);
      site.act(RELEASE, fid);
      backend.hold();
      backend.whenRestoring = () -> site.time.advance(Duration.ofSeconds(1));
      site.request(RESTORE, Site.ONE, fid);
      site.until("it copies", () -> backend.isHeld());
      site.killRegistration();
      site.until("it is noticed", () -> copytool.status().reconnects() == 1);
      backend.release();
      site.until("it is restored", Duration.ofMillis(100), () -> !site.has(fid, HsmFlag.RELEASED));
      site.untilQuiet();
      assertThat(site.read(fid)).isEqualTo(content);
      assertThat(site.saw("copytool.restore.anew")).isTrue();
      assertThat(site.slotsTaken()).isZero();
      assertThat(site.state.count("copytool.ask-anew", "")).isZero();
    }
    assertThat(site.state.count("copytool.", "")).isZero();
  }

  @Test
  void removeOrphans_copiesOfFilesThatAreGone_removesThoseOnly() throws IOException {
    Fid kept = site.write("kept", Site.bytes(1000, 1));
    Fid open = site.write("open", Site.bytes(1000, 2));
    Fid gone = site.write("gone", Site.bytes(1000, 3));
    try (Copytool copytool = site.start(site.copytool())) {
      for (Fid fid : List.of(kept, open, gone)) {
        site.act(ARCHIVE, fid);
      }
      assertThat(copytool.removeOrphans()).isZero();
      // A file that is open lives on without a name.
      try (PosixDirectory top = site.lustre.tree().openDirectory(PathBytes.EMPTY);
          PosixFile held = top.openFile(PathBytes.of("open"), Set.of())) {
        top.unlink(PathBytes.of("open"));
        top.unlink(PathBytes.of("gone"));
        assertThat(site.store.keys()).hasSize(3);
        assertThat(copytool.removeOrphans()).isEqualTo(1);
        site.untilQuiet();
        assertThat(site.store.keys()).hasSize(2);
        assertThat(held.stat().size()).isEqualTo(1000);
      }
      assertThat(copytool.removeOrphans()).isEqualTo(1);
      site.untilQuiet();
      assertThat(site.store.keys()).hasSize(1);
      assertThat(site.isArchived(kept)).isTrue();
    }
  }

  @Test
  void mdtRestarts_whileARestoreRuns_theRestoreEndsOnceAndWell() throws IOException {
    byte[] content = Site.bytes(1000, 1);
    Fid fid = site.write("data", content);
    try (Copytool copytool = site.start(site.copytool(backend).heartbeat(Duration.ofSeconds(1)))) {
      site.act(ARCHIVE, fid);
      site.act(RELEASE, fid);
      backend.hold();
      site.request(RESTORE, Site.ONE, fid);
      site.until("it copies", () -> backend.isHeld());
      for (int mdt : site.lustre.coordinator().mdts()) {
        site.lustre.coordinator().restartMdt(mdt);
      }
      // Until it is sent again, the coordinator does not know it.
      site.time.advance(Duration.ofSeconds(2));
      site.until("it is sent again", () -> site.status(fid) == ActionStatus.STARTED);
      backend.release();
      site.until("it is restored", Duration.ofMillis(100), () -> !site.has(fid, HsmFlag.RELEASED));
      site.untilQuiet();
      assertThat(site.read(fid)).isEqualTo(content);
      assertThat(site.slotsTaken()).isZero();
      assertThat(copytool.status().restored()).isEqualTo(1);
    }
  }

  @Test
  void coordinatorShutDown_andEnabledAgain_isServedAnew() throws IOException {
    Fid before = site.write("before", Site.bytes(1000, 1));
    Fid after = site.write("after", Site.bytes(1000, 2));
    try (Copytool copytool = site.start(site.copytool(backend).heartbeat(Duration.ofSeconds(1)))) {
      site.act(ARCHIVE, before);
      site.lustre.coordinator().control(CoordinatorCommand.SHUTDOWN);
      site.until(
          "the heartbeat notices",
          Duration.ofMillis(100),
          () -> site.saw("copytool.heartbeat.failed"));
      site.lustre.coordinator().control(CoordinatorCommand.ENABLED);
      site.awaitEvent("copytool.registration.renewed");
      site.act(ARCHIVE, after);
      assertThat(site.isArchived(after)).isTrue();
      assertThat(copytool.status().reconnects()).isEqualTo(1);
    }
  }

  @Test
  void coordinatorRetries_aTransientFailure_theSameItemIsServedAgain() throws IOException {
    site.lustre
        .coordinator()
        .configure(CoordinatorSettings.DEFAULTS.withPolicy(new CoordinatorPolicy[0]));
    Fid fid = site.write("data", Site.bytes(1000, 1));
    backend.archiveFailures.set(2);
    try (Copytool copytool = site.start(site.copytool(backend).attempts(1))) {
      site.act(ARCHIVE, fid);
      assertThat(site.isArchived(fid)).isTrue();
      assertThat(copytool.status().failed()).isEqualTo(2);
      assertThat(copytool.status().archived()).isEqualTo(1);
    }
    assertThat(site.state.count("copytool.action", "")).isZero();
  }

  @Test
  void close_whileItemsWaitAndRun_parksThemAndTheNextGoesOn() throws IOException {
    Fid running = site.write("running", Site.bytes(1000, 1));
    Fid waiting = site.write("waiting", Site.bytes(1000, 2));
    Copytool first = site.start(site.copytool(backend).workers(1));
    backend.hold();
    site.request(ARCHIVE, Site.ONE, running, waiting);
    site.until("one works", () -> backend.isHeld() && first.status().queued() == 1);
    first.close();
    first.close();
    assertThat(site.status(running)).isEqualTo(ActionStatus.STARTED);
    assertThat(site.status(waiting)).isEqualTo(ActionStatus.STARTED);
    assertThat(first.status().failed()).isZero();
    assertThat(first.status().cancelled()).isZero();
    assertThat(site.state.count("copytool.action", "")).isEqualTo(2);
    assertThat(backend.committed.get()).isZero();

    backend.release();
    try (Copytool second = site.start(site.copytool(backend))) {
      site.untilQuiet();
      assertThat(site.isArchived(running)).isTrue();
      assertThat(site.isArchived(waiting)).isTrue();
      assertThat(second.status().archived()).isEqualTo(2);
    }
    assertThat(site.state.count("copytool.action", "")).isZero();
    assertThat(site.slotsTaken()).isZero();
  }

  @Test
  void start_journalledItemsTheCoordinatorForgot_areDroppedAndTouchNothing() throws IOException {
    Fid fid = site.write("data", Site.bytes(1000, 1));
    Copytool first = site.start(site.copytool(backend).workers(1));
    site.act(ARCHIVE, fid);
    backend.hold();
    backend.holdsRemoves = true;
    site.request(REMOVE, Site.ONE, fid);
    site.until("it removes", () -> backend.isHeld());
    first.close();
    assertThat(site.state.count("copytool.action", "")).isEqualTo(1);
    // The coordinator times it out, and the file is archived anew by another copytool.
    site.time.advance(Duration.ofHours(2));
    site.until("it timed out", Duration.ofSeconds(10), site::isQuiet);
    backend.release();
    site.write("data", Site.bytes(1000, 2));
    io.kmesh.testkit.state.MemoryState kept = site.state;
    site.state = io.kmesh.testkit.state.MemoryState.create(site.time);
    try (Copytool other = site.start(site.copytool(backend))) {
      site.act(ARCHIVE, fid);
      site.act(RELEASE, fid);
      assertThat(other.status().archived()).isEqualTo(1);
    }
    site.state = kept;
    try (Copytool second = site.start(site.copytool(backend))) {
      site.awaitEvent("copytool.action.dropped");
      site.act(RESTORE, fid);
      assertThat(site.read(fid)).isEqualTo(Site.bytes(1000, 2));
      assertThat(second.status().removed()).isZero();
      assertThat(second.status().failed()).isZero();
    }
  }

  @Test
  void remove_replayedWhenItsObjectIsGone_isSuccess() throws IOException {
    Fid fid = site.write("data", Site.bytes(1000, 1));
    try (Copytool first = site.start(site.copytool(backend))) {
      site.act(ARCHIVE, fid);
      assertThat(first.status().archived()).isEqualTo(1);
    }
    FaultyLustre lustre =
        FaultyLustre.of(
            site.lustre, FaultPlan.on("succeed").fail(1, io.kmesh.spi.Errno.EPIPE), site.time);
    try (Copytool second = site.start(site.copytool(lustre, backend))) {
      site.act(REMOVE, fid);
      assertThat(second.status().removed()).isEqualTo(1);
      assertThat(second.status().failed()).isZero();
      assertThat(site.lustre.hsm().state(fid).flags()).isEmpty();
    }
  }

  @Test
  void start_journalOfANewerKmesh_isRefusedAndTheMountIsFree() throws IOException {
    site.state.apply(
        List.of(
            new StateChange.Put(
                new RecordKey("copytool.action", "lustre/0000-0000000000000001"),
                "",
                1,
                new byte[0],
                StateChange.ANY)));
    assertThatThrownBy(() -> site.copytool(backend).start())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("format 1")
        .hasMessageContaining("knows 0");
    site.state = io.kmesh.testkit.state.MemoryState.create(site.time);
    site.start(site.copytool(backend)).close();
  }

  @Test
  void start_damagedJournalRecord_isNamedAndTheRestIsServed() throws IOException {
    Fid fid = site.write("data", Site.bytes(1000, 1));
    site.state.apply(
        List.of(
            new StateChange.Put(
                new RecordKey("copytool.action", "lustre/0000-0000000000000001"),
                "",
                0,
                new byte[] {1, 2, 3},
                StateChange.ANY)));
    try (Copytool copytool = site.start(site.copytool(backend))) {
      assertThat(site.messages("copytool.journal.failed"))
          .singleElement()
          .asString()
          .contains("lustre/0000-0000000000000001");
      site.act(ARCHIVE, fid);
      assertThat(copytool.status().archived()).isEqualTo(1);
    }
  }
}
