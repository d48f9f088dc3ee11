// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool;

import static io.kmesh.lustre.HsmActionKind.ARCHIVE;
import static io.kmesh.lustre.HsmActionKind.CANCEL;
import static io.kmesh.lustre.HsmActionKind.RELEASE;
import static io.kmesh.lustre.HsmActionKind.REMOVE;
import static io.kmesh.lustre.HsmActionKind.RESTORE;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.testkit.fault.FaultInjector;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyLustre;
import io.kmesh.testkit.fault.FaultyObjectStore;
import io.kmesh.testkit.fault.FaultyStateStore;
import io.kmesh.testkit.junit.KmeshExtension;
import io.kmesh.testkit.lustre.ActionStatus;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong while a copytool works, and how it says so. */
@ExtendWith(KmeshExtension.class)
class CopytoolFailureTest {
  @TempDir Path directory;
  private Site site;

  @BeforeEach
  void open() throws IOException {
    site = Site.open(directory);
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  private Copytool onStore(FaultPlan plan) throws IOException {
    return site.start(site.copytoolOn(FaultyObjectStore.of(site.store, plan, site.time)));
  }

  private Fid released(byte[] content) throws IOException {
    Fid fid = site.write("data", content);
    try (Copytool copytool = site.start(site.copytool())) {
      site.act(ARCHIVE, fid);
      site.act(RELEASE, fid);
      assertThat(copytool.status().archived()).isEqualTo(1);
    }
    return fid;
  }

  // ---- files that change

  @Test
  void archive_fileWrittenMeanwhile_isNotArchivedUntilItIsAskedAgain() throws IOException {
    Fid fid = site.write("data", Site.bytes(1000, 1));
    byte[] later = Site.bytes(1000, 2);
    FakeBackend backend = new FakeBackend();
    try (Copytool copytool = site.start(site.copytool(backend))) {
      backend.whenCopied = () -> site.write("data", later);
      site.act(ARCHIVE, fid);
      assertThat(site.status(fid)).isEqualTo(ActionStatus.FAILED);
      assertThat(site.isArchived(fid)).isFalse();
      assertThat(site.has(fid, HsmFlag.ARCHIVED)).isFalse();
      assertThat(backend.committed.get()).isZero();
      assertThat(backend.closed.get()).as("the copy is dropped").isEqualTo(1);
      assertThat(site.messages("copytool.action.failed"))
          .singleElement()
          .asString()
          .contains("it changed while it was read");

      backend.whenCopied = () -> {};
      site.act(ARCHIVE, fid);
      assertThat(site.isArchived(fid)).isTrue();
      assertThat(copytool.status().archived()).isEqualTo(1);
    }
  }

  @Test
  void archive_fileWrittenBetweenCheckAndEnd_failsAndKeepsTheJournalClean() throws IOException {
    Fid fid = site.write("data", Site.bytes(1000, 1));
    FakeBackend backend = new FakeBackend();
    try (Copytool copytool = site.start(site.copytool(backend))) {
      backend.whenCommitted = () -> site.write("data", Site.bytes(1000, 2));
      site.act(ARCHIVE, fid);
      assertThat(site.status(fid)).isEqualTo(ActionStatus.FAILED);
      assertThat(site.isArchived(fid)).isFalse();
      assertThat(backend.settled.get()).isZero();
      assertThat(copytool.status().failed()).isEqualTo(1);
      assertThat(site.slotsTaken()).isZero();
    }
    assertThat(site.state.count("copytool.action", "")).isZero();
  }

  // ---- cancels

  @Test
  void cancel_waitingArchive_endsItAndFreesItsSlot() throws IOException {
    Fid busy = site.write("busy", Site.bytes(10, 1));
    Fid waiting = site.write("waiting", Site.bytes(10, 2));
    CopytoolRoundTripTest.Gate gate = new CopytoolRoundTripTest.Gate();
    try (Copytool copytool =
        site.start(site.copytool(gate.lustre(site.lustre)).workers(2).maxQueued(1))) {
      Fid busyToo = site.write("busy2", Site.bytes(10, 3));
      site.request(ARCHIVE, Site.ONE, busy, busyToo);
      site.until("both work", () -> copytool.status().running() == 2);
      Fid spilled = site.write("spilled", Site.bytes(10, 3));
      site.request(ARCHIVE, Site.ONE, waiting, spilled);
      site.until("one spills", () -> copytool.status().queued() + copytool.status().spilled() == 2);
      site.request(CANCEL, Site.ONE, waiting, spilled);
      site.until(
          "the cancels are here",
          () -> {
            return site.lustre.coordinator().actions().stream()
                    .filter(a -> a.action() == CANCEL)
                    .filter(a -> a.status() == ActionStatus.STARTED)
                    .count()
                == 2;
          });
      gate.open();
      site.untilQuiet();
      assertThat(site.isArchived(waiting)).isFalse();
      assertThat(site.isArchived(spilled)).isFalse();
      assertThat(site.isArchived(busy)).isTrue();
      assertThat(copytool.status().cancelled()).isEqualTo(2);
      assertThat(copytool.status().failed()).isZero();
      assertThat(site.slotsTaken()).isZero();
    }
  }

  @Test
  void cancel_runningArchiveAndRestore_endsThemWithoutAnyEffect() throws IOException {
    byte[] content = Site.bytes(3 << 20, 1);
    Fid fid = site.write("data", content);
    FakeBackend backend = new FakeBackend();
    try (Copytool copytool = site.start(site.copytool(backend))) {
      backend.hold();
      site.request(ARCHIVE, Site.ONE, fid);
      site.until("it copies", () -> backend.isHeld());
      site.request(CANCEL, Site.ONE, fid);
      site.until("the cancel is here", () -> backend.seesCancel());
      backend.release();
      site.untilQuiet();
      assertThat(site.has(fid, HsmFlag.ARCHIVED)).isFalse();
      assertThat(backend.committed.get()).isZero();
      assertThat(copytool.status().cancelled()).isEqualTo(1);

      site.act(ARCHIVE, fid);
      site.act(RELEASE, fid);
      backend.hold();
      site.request(RESTORE, Site.ONE, fid);
      site.until("it copies", () -> backend.isHeld());
      site.request(CANCEL, Site.ONE, fid);
      site.until("the cancel is here", () -> backend.seesCancel());
      backend.release();
      site.untilQuiet();
      assertThat(site.has(fid, HsmFlag.RELEASED)).as("no half-restored file").isTrue();
      assertThat(copytool.status().cancelled()).isEqualTo(2);
      site.act(RESTORE, fid);
      assertThat(site.read(fid)).isEqualTo(content);
    }
  }

  // ---- stores that fail

  @Test
  void archive_storeThrottlesAWhile_isTriedAgainByItsTime() throws IOException {
    Fid fid = site.write("data", Site.bytes(1000, 1));
    FaultPlan plan = FaultPlan.on("put").fail(20, ErrorKind.THROTTLED);
    try (Copytool copytool = onStore(plan)) {
      site.act(ARCHIVE, fid);
      assertThat(site.isArchived(fid)).isTrue();
      assertThat(copytool.status().failed()).isZero();
      assertThat(site.saw("copytool.action.retried")).isTrue();
    }
  }

  @Test
  void archive_storeDenies_failsAtOnceAndNamesTheFile() throws IOException {
    Fid fid = site.write("data", Site.bytes(1000, 1));
    FaultPlan plan = FaultPlan.on("put").failAlways(ErrorKind.DENIED);
    try (Copytool copytool = onStore(plan)) {
      site.act(ARCHIVE, fid);
      assertThat(site.status(fid)).isEqualTo(ActionStatus.FAILED);
      assertThat(site.isArchived(fid)).isFalse();
      assertThat(copytool.status().failed()).isEqualTo(1);
      assertThat(site.saw("copytool.action.retried")).isFalse();
      assertThat(site.messages("copytool.action.failed"))
          .singleElement()
          .asString()
          .contains("archive " + fid, "DENIED");
    }
  }

  @Test
  void archive_replyOfThePutIsLost_isArchivedOnce() throws IOException {
    byte[] content = Site.bytes(1000, 1);
    Fid fid = site.write("data", content);
    try (Copytool copytool = onStore(FaultPlan.on("put").loseReplyOnce())) {
      site.act(ARCHIVE, fid);
      assertThat(site.isArchived(fid)).isTrue();
      assertThat(site.store.keys()).containsExactly("data");
      assertThat(site.store.requests("put")).isEqualTo(1);
      assertThat(copytool.status().archived()).isEqualTo(1);
      site.act(RELEASE, fid);
      site.act(RESTORE, fid);
      assertThat(site.read(fid)).isEqualTo(content);
    }
  }

  @Test
  void restore_aBitFlipsInTheStore_staysReleasedAndNamesTheFile() throws IOException {
    byte[] content = Site.bytes(1000, 1);
    Fid fid = released(content);
    try (Copytool copytool = onStore(FaultPlan.on("read").flipBits(1))) {
      site.act(RESTORE, fid);
      assertThat(site.has(fid, HsmFlag.RELEASED)).isTrue();
      assertThat(site.status(fid)).isEqualTo(ActionStatus.FAILED);
      assertThat(copytool.status().restored()).isZero();
      assertThat(site.messages("copytool.action.failed"))
          .singleElement()
          .asString()
          .contains("restore " + fid, "SHA-256");
      site.act(RESTORE, fid);
      assertThat(site.read(fid)).isEqualTo(content);
    }
  }

  @Test
  void restore_objectIsGone_staysReleasedAndSaysWhy() throws IOException {
    Fid fid = released(Site.bytes(1000, 1));
    site.store.blocking().delete(List.of(DeleteTarget.of("data")));
    try (Copytool copytool = site.start(site.copytool())) {
      site.act(RESTORE, fid);
      assertThat(site.has(fid, HsmFlag.RELEASED)).isTrue();
      assertThat(copytool.status().failed()).isEqualTo(1);
    }
  }

  @Test
  void remove_replyOfTheDeleteIsLost_isDone() throws IOException {
    Fid fid = site.write("data", Site.bytes(1000, 1));
    try (Copytool copytool = onStore(FaultPlan.on("delete").loseReplyOnce())) {
      site.act(ARCHIVE, fid);
      site.act(REMOVE, fid);
      assertThat(site.lustre.hsm().state(fid).flags()).isEmpty();
      assertThat(copytool.status().removed()).isEqualTo(1);
      assertThat(site.store.keys()).isEmpty();
    }
  }

  @Test
  void remove_ofABackEndWhoseAnswerIsUnknown_isRepeatedAndAMissingCopyIsTheGoal()
      throws IOException {
    Fid fid = site.write("data", Site.bytes(10, 1));
    FakeBackend backend = new FakeBackend();
    backend.removeFailures.set(1);
    try (Copytool copytool = site.start(site.copytool(backend))) {
      site.act(ARCHIVE, fid);
      site.act(REMOVE, fid);
      assertThat(copytool.status().removed()).isEqualTo(1);
      assertThat(site.lustre.hsm().state(fid).flags()).isEmpty();
    }
  }

  @Test
  void restore_backEndCanOnlyArchive_failsAndNamesWhatIsMissing() throws IOException {
    Fid fid = site.write("data", Site.bytes(10, 1));
    try (Copytool copytool = site.start(site.copytool(TestBackends.archiverOnly()))) {
      site.act(ARCHIVE, fid);
      site.act(RELEASE, fid);
      site.act(RESTORE, fid);
      assertThat(site.has(fid, HsmFlag.RELEASED)).isTrue();
      assertThat(site.messages("copytool.action.failed"))
          .singleElement()
          .asString()
          .contains("is no Restorer", "archive 1");
      assertThat(copytool.status().failed()).isEqualTo(1);
    }
  }

  @Test
  void archive_backEndThrowsAnything_failsTheItemAndTheNextIsServed() throws IOException {
    Fid fid = site.write("data", Site.bytes(10, 1));
    FakeBackend backend = new FakeBackend();
    try (Copytool copytool = site.start(site.copytool(backend).workers(1))) {
      backend.whenCopied =
          () -> {
            throw new NoClassDefFoundError("com/example/Missing");
          };
      site.act(ARCHIVE, fid);
      assertThat(site.status(fid)).isEqualTo(ActionStatus.FAILED);
      assertThat(site.messages("copytool.action.failed"))
          .singleElement()
          .asString()
          .contains("NoClassDefFoundError");
      backend.whenCopied = () -> {};
      site.act(ARCHIVE, fid);
      assertThat(site.isArchived(fid)).isTrue();
      assertThat(copytool.status().failed()).isEqualTo(1);
    }
  }

  @Test
  void archive_notARegularFile_isRefusedByName() throws IOException {
    try (PosixDirectory root = site.lustre.tree().openRoot()) {
      root.makeDirectory(PathBytes.of("folder"), 0755);
    }
    Fid fid = site.lustre.identity().fid(PathBytes.of("folder"));
    try (Copytool copytool = site.start(site.copytool())) {
      site.act(ARCHIVE, fid);
      assertThat(site.status(fid)).isEqualTo(ActionStatus.FAILED);
      assertThat(copytool.status().failed()).isEqualTo(1);
    }
  }

  // ---- the state

  @Test
  void receive_journalFailsAWhile_losesNothing() throws IOException {
    Fid fid = site.write("data", Site.bytes(10, 1));
    FaultInjector faults =
        FaultInjector.start(
            FaultPlan.on("apply").matching("copytool.action").fail(3, ErrorKind.TRANSIENT),
            site.time);
    try (Copytool copytool =
        site.start(site.copytool().state(FaultyStateStore.of(site.state, faults)))) {
      site.act(ARCHIVE, fid);
      assertThat(site.isArchived(fid)).isTrue();
      assertThat(site.saw("copytool.receive.failed")).isTrue();
      assertThat(copytool.status().archived()).isEqualTo(1);
    }
    assertThat(site.state.count("copytool.action", "")).isZero();
  }

  // ---- life signs

  @Test
  void longAction_isKeptAlivePastTheTimeout_runningAndWaiting() throws IOException {
    site.lustre
        .coordinator()
        .configure(
            CoordinatorSettings.DEFAULTS
                .withMaxRequests(10)
                .withLoopPeriod(Duration.ofSeconds(10))
                .withActiveRequestTimeout(Duration.ofSeconds(60)));
    Fid running = site.write("running", Site.bytes(10, 1));
    Fid waiting = site.write("waiting", Site.bytes(10, 2));
    Fid spilled = site.write("spilled", Site.bytes(10, 3));
    FakeBackend backend = new FakeBackend();
    FaultyLustre lustre = FaultyLustre.of(site.lustre, FaultPlan.none(), site.time);
    try (Copytool copytool =
        site.start(
            site.copytool(lustre, backend)
                .workers(1)
                .maxQueued(1)
                .heartbeat(Duration.ofSeconds(20)))) {
      backend.hold();
      site.request(ARCHIVE, Site.ONE, running);
      site.until("it copies", () -> backend.isHeld());
      site.request(ARCHIVE, Site.ONE, waiting, spilled);
      site.until(
          "the others wait",
          () -> copytool.status().queued() == 1 && copytool.status().spilled() == 1);
      for (int i = 0; i < 15; i++) {
        // Of this beat: there may have been others while the actions came.
        long beats = lustre.faults().calls("keepAlive") + 3;
        site.time.advance(Duration.ofSeconds(20));
        site.until(
            "a heartbeat",
            () -> lustre.faults().calls("keepAlive") >= beats && site.time.waiting() >= 2);
      }
      assertThat(site.time.nanoTime()).isGreaterThan(Duration.ofSeconds(60).toNanos());
      assertThat(site.status(running)).isEqualTo(ActionStatus.STARTED);
      assertThat(site.status(waiting)).isEqualTo(ActionStatus.STARTED);
      assertThat(site.status(spilled)).isEqualTo(ActionStatus.STARTED);
      backend.release();
      site.untilQuiet();
      assertThat(copytool.status().archived()).isEqualTo(3);
    }
  }

  @Test
  void heartbeat_oneItemCannotBeKept_theOthersAre() throws IOException {
    Fid first = site.write("first", Site.bytes(10, 1));
    Fid second = site.write("second", Site.bytes(10, 2));
    FaultyLustre lustre =
        FaultyLustre.of(
            site.lustre,
            FaultPlan.on("keepAlive").matching(first.toString()).failAlways(ErrorKind.INVALID),
            site.time);
    FakeBackend backend = new FakeBackend();
    try (Copytool copytool =
        site.start(site.copytool(lustre, backend).workers(1).heartbeat(Duration.ofSeconds(20)))) {
      backend.hold();
      site.request(ARCHIVE, Site.ONE, first, second);
      site.until("it copies", () -> backend.isHeld() && copytool.status().queued() == 1);
      site.until(
          "a heartbeat", Duration.ofSeconds(1), () -> lustre.faults().calls("keepAlive") >= 4);
      backend.release();
      site.untilQuiet();
      assertThat(copytool.status().archived()).isEqualTo(2);
    }
  }
}
