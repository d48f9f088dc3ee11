// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import static io.kmesh.testkit.internal.lustre.hsm.HsmFixture.assertErrno;
import static io.kmesh.testkit.internal.lustre.hsm.HsmFixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.ChangelogRecord.HsmEvent;
import io.kmesh.lustre.CurrentAction;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.spi.Errno;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.lustre.CopytoolSession.Retry;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.RunningAction;
import io.kmesh.spi.posix.FileType;
import io.kmesh.testkit.internal.lustre.HsmAttributes;
import io.kmesh.testkit.internal.lustre.hsm.MemoryInodes.Written;
import io.kmesh.testkit.lustre.ActionStatus;
import io.kmesh.testkit.lustre.CoordinatorPolicy;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import io.kmesh.testkit.lustre.CopytoolAgent;
import io.kmesh.testkit.lustre.QueuedAction;
import io.kmesh.testkit.lustre.UnsafeSuccessException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a copytool sees, fact by fact of the references. */
class CopytoolTest {
  @TempDir Path directory;
  private HsmFixture hsm;

  @BeforeEach
  void open() throws IOException {
    hsm = new HsmFixture(directory, 2);
  }

  @AfterEach
  void close() throws IOException {
    hsm.close();
  }

  @Test
  void succeed_whenArchiveReleaseRestore_goesThroughTheStatesAndRecordsOfLustre() throws Exception {
    CopytoolSession session = hsm.register();
    Fid fid = hsm.inodes.create(0, "content");
    hsm.request(HsmActionKind.ARCHIVE, fid);
    assertThat(hsm.side.hsm().currentAction(fid))
        .isEqualTo(new CurrentAction(CurrentAction.Phase.WAITING, HsmActionKind.ARCHIVE, 0));
    ActionItem archive = hsm.deliverOne(session);
    assertThat(archive.action()).isEqualTo(HsmActionKind.ARCHIVE);
    assertThat(archive.dataFid()).isEqualTo(fid);
    assertThat(archive.archiveId()).isEqualTo(ArchiveId.of(1));
    assertThat(archive.extent()).isEqualTo(Extent.WHOLE_FILE);
    assertThat(hsm.state(fid)).isEqualTo("0x1");
    RunningAction running = session.begin(archive);
    assertThat(running.dataVersion()).isEqualTo(hsm.side.hsm().dataVersion(fid));
    running.progress(new Extent(0, 3));
    running.progress(new Extent(2, 3));
    assertThat(hsm.side.hsm().currentAction(fid))
        .isEqualTo(new CurrentAction(CurrentAction.Phase.RUNNING, HsmActionKind.ARCHIVE, 5));
    running.succeed();
    assertThat(hsm.state(fid)).isEqualTo("0x9");
    assertThat(hsm.side.hsm().currentAction(fid)).isEqualTo(CurrentAction.IDLE);

    hsm.request(HsmActionKind.RELEASE, fid);
    assertThat(hsm.state(fid)).isEqualTo("0xd");
    hsm.request(HsmActionKind.RESTORE, fid);
    ActionItem restore = hsm.deliverOne(session);
    RunningAction back = session.begin(restore);
    assertThat(back.dataFid()).isNotEqualTo(fid);
    write(back, "content");
    back.progress(new Extent(0, 7));
    back.succeed();
    assertThat(hsm.state(fid)).isEqualTo("0x9");
    assertThat(hsm.inodes.content(fid)).isEqualTo("content");

    hsm.request(HsmActionKind.REMOVE, fid);
    session.begin(hsm.deliverOne(session)).succeed();
    assertThat(hsm.state(fid)).isEqualTo("0x0");
    assertThat(hsm.side.hsm().state(fid).archiveId()).isEqualTo(ArchiveId.of(1));

    assertThat(hsm.inodes.records(fid))
        .containsExactly(
            new Written(fid, HsmEvent.STATE, 0),
            new Written(fid, HsmEvent.STATE, 0),
            new Written(fid, HsmEvent.ARCHIVE, 0),
            new Written(fid, HsmEvent.RESTORE, 0),
            new Written(fid, HsmEvent.STATE, 0),
            new Written(fid, HsmEvent.REMOVE, 0));
    assertThat(hsm.statuses(0)).containsOnly(ActionStatus.SUCCEED).hasSize(3);
    assertThat(hsm.coordinator().actions(0).get(1).dataFid()).isEqualTo(back.dataFid());
    assertThat(hsm.coordinator().agents(0))
        .singleElement()
        .satisfies(a -> assertThat(a.toString()).endsWith("requests=[current:0 ok:3 errors:0]"));
    assertThat(hsm.inodes.count()).as("no volatile file is left").isEqualTo(1);
  }

  @Test
  void succeed_whenAppendedDuringArchive_isEbusyAndFailed() throws Exception {
    CopytoolSession session = hsm.register();
    Fid fid = hsm.inodes.create(0, "one");
    hsm.request(HsmActionKind.ARCHIVE, fid);
    RunningAction running = session.begin(hsm.deliverOne(session));
    hsm.inodes.write(fid, "one more");
    assertErrno(running::succeed, Errno.EBUSY);
    assertThat(hsm.state(fid)).isEqualTo("0x3");
    assertThat(hsm.statuses(0)).containsExactly(ActionStatus.FAILED);
    assertThat(hsm.deliver(session)).as("it is not queued again").isEmpty();
    assertThat(hsm.inodes.records(fid)).contains(new Written(fid, HsmEvent.ARCHIVE, 16));
  }

  @Test
  void begin_whenCancelledBeforeAnyCopytoolCame_isEcanceledAndBothComeInOneList() throws Exception {
    Fid fid = hsm.inodes.create(0, "x");
    hsm.request(HsmActionKind.ARCHIVE, fid);
    hsm.step();
    hsm.request(HsmActionKind.CANCEL, fid);
    assertThat(hsm.statuses(0)).containsExactly(ActionStatus.WAITING, ActionStatus.WAITING);
    CopytoolSession session = hsm.register();
    hsm.step();
    List<ActionItem> items = session.receive(Duration.ZERO);
    assertThat(items)
        .extracting(ActionItem::action)
        .containsExactly(HsmActionKind.ARCHIVE, HsmActionKind.CANCEL);
    assertThat(items.get(1).cookie()).isEqualTo(items.get(0).cookie());
    assertErrno(() -> session.begin(items.get(0)), Errno.ECANCELED);
    session.fail(items.get(0), Errno.EIO, null);
    assertThat(hsm.statuses(0)).containsExactly(ActionStatus.CANCELED, ActionStatus.FAILED);
    assertThat(hsm.inodes.records(fid)).endsWith(new Written(fid, HsmEvent.ARCHIVE, 5));
    assertThat(hsm.coordinator().agents(0).get(0).failed()).isEqualTo(1);
  }

  @Test
  void progress_whenCancelledDuringWork_isEcanceledAndTheCancelSucceeds() throws Exception {
    CopytoolSession session = hsm.register();
    Fid fid = hsm.inodes.create(0, "x");
    hsm.request(HsmActionKind.ARCHIVE, fid);
    RunningAction running = session.begin(hsm.deliverOne(session));
    running.progress(new Extent(0, 1));
    hsm.request(HsmActionKind.CANCEL, fid);
    hsm.step();
    assertErrno(() -> running.progress(new Extent(1, 1)), Errno.ECANCELED);
    running.fail(Errno.ECANCELED, null);
    ActionItem cancel = HsmFixture.drain(session).get(0);
    assertThat(cancel.action()).isEqualTo(HsmActionKind.CANCEL);
    assertErrno(() -> session.begin(cancel), Errno.EINVAL);
    assertThat(hsm.statuses(0)).containsExactly(ActionStatus.CANCELED, ActionStatus.SUCCEED);
    assertThat(hsm.state(fid)).as("EXISTS stays").isEqualTo("0x1");
  }

  @Test
  void fail_whenAsked_keepsFlagsAndFails() throws Exception {
    CopytoolSession session = hsm.register();
    Fid fid = hsm.inodes.create(0, "x");
    hsm.request(HsmActionKind.ARCHIVE, fid);
    session.begin(hsm.deliverOne(session)).fail(Errno.EIO, Retry.RETRY);
    assertThat(hsm.statuses(0)).as("NoRetryAction").containsExactly(ActionStatus.FAILED);
    assertThat(hsm.state(fid)).isEqualTo("0x1");
  }

  @Test
  void fail_whenRetryIsAllowed_waitsAgainUnderItsCookie() throws Exception {
    hsm.coordinator().configure(CoordinatorSettings.DEFAULTS.withPolicy());
    CopytoolSession session = hsm.register();
    Fid fid = hsm.inodes.create(0, "x");
    hsm.request(HsmActionKind.ARCHIVE, fid);
    ActionItem first = hsm.deliverOne(session);
    session.begin(first).fail(Errno.EIO, Retry.RETRY);
    assertThat(hsm.statuses(0)).containsExactly(ActionStatus.WAITING);
    ActionItem again = hsm.deliverOne(session);
    assertThat(again.cookie()).isEqualTo(first.cookie());
    session.begin(again).fail(Errno.EIO, null);
    assertThat(hsm.statuses(0)).containsExactly(ActionStatus.FAILED);
  }

  @Test
  void register_whenHeldAlready_isEexistNamingTheHolder() throws Exception {
    CopytoolSession session = hsm.register();
    String uuid = hsm.coordinator().agents(0).get(0).uuid();
    assertThatThrownBy(() -> hsm.register()).hasMessageContaining(uuid);
    assertErrno(() -> hsm.register(), Errno.EEXIST);
    session.close();
    assertThat(hsm.coordinator().agents(0)).isEmpty();
    hsm.register().close();
    for (int archive : new int[] {33, 1000, 0x7fffffff}) {
      hsm.register(archive).close();
    }
  }

  @Test
  void register_whenNotRoot_isEperm() {
    hsm.inodes.callAs(1000);
    assertErrno(() -> hsm.register(), Errno.EPERM);
  }

  @Test
  void receive_whenKilled_isEpipeAndSlotsStay() throws Exception {
    CopytoolSession session = hsm.register();
    for (int i = 0; i < 5; i++) {
      hsm.request(HsmActionKind.ARCHIVE, hsm.inodes.create(0, "x" + i));
    }
    List<ActionItem> items = hsm.deliver(session);
    assertThat(items).as("max_requests").hasSize(3);
    RunningAction begun = session.begin(items.get(0));
    hsm.coordinator().killCopytool(hsm.coordinator().agents(0).get(0).uuid());
    assertErrno(() -> session.receive(Duration.ZERO), Errno.EPIPE);
    assertErrno(begun::succeed, Errno.EPIPE);
    assertThat(hsm.coordinator().agents(0)).isEmpty();
    assertThat(hsm.coordinator().activeRequests(0)).isEqualTo(3);

    // A new one can end what the dead one was sent, but is sent nothing new until then.
    CopytoolSession second = hsm.register();
    assertThat(hsm.deliver(second)).isEmpty();
    RunningAction again = second.begin(items.get(1));
    assertThat(again.dataVersion()).isPositive();
    again.succeed();
    assertThat(hsm.state(items.get(1).fid())).isEqualTo("0x9");
    assertThat(hsm.deliver(second)).hasSize(1);
    second.fail(items.get(0), Errno.EIO, null);
    assertThat(hsm.deliver(second)).hasSize(1);
  }

  @Test
  void succeed_whenRestoreOfADeadCopytoolHadNoProgress_restores() throws Exception {
    CopytoolSession first = hsm.register();
    Fid fid = hsm.released(first, 0, "abc");
    hsm.request(HsmActionKind.RESTORE, fid);
    ActionItem item = hsm.deliverOne(first);
    first.begin(item);
    kill();
    CopytoolSession second = hsm.register();
    RunningAction again = second.begin(item);
    write(again, "abc");
    again.succeed();
    assertThat(hsm.state(fid)).isEqualTo("0x9");
    assertThat(hsm.inodes.content(fid)).isEqualTo("abc");
    assertThat(hsm.inodes.count()).isEqualTo(1);
  }

  @Test
  void succeed_whenRestoreOfADeadCopytoolHadProgress_isEinvalAndOnlyAnErrorEndsIt()
      throws Exception {
    CopytoolSession first = hsm.register();
    Fid fid = hsm.released(first, 0, "abc");
    hsm.request(HsmActionKind.RESTORE, fid);
    ActionItem item = hsm.deliverOne(first);
    first.begin(item).progress(new Extent(0, 1));
    kill();
    CopytoolSession second = hsm.register();
    RunningAction again = second.begin(item);
    write(again, "abc");
    assertErrno(again::succeed, Errno.EINVAL);
    assertThat(hsm.statuses(0)).contains(ActionStatus.STARTED);
    second.fail(item, Errno.EIO, null);
    assertThat(hsm.statuses(0)).doesNotContain(ActionStatus.STARTED);
    assertThat(hsm.state(fid)).isEqualTo("0xd");
    hsm.request(HsmActionKind.RESTORE, fid);
    RunningAction third = second.begin(hsm.deliverOne(second));
    write(third, "abc");
    third.succeed();
    assertThat(hsm.state(fid)).isEqualTo("0x9");
  }

  private void kill() throws IOException {
    hsm.coordinator().killCopytool(hsm.coordinator().agents(0).get(0).uuid());
  }

  @Test
  void end_whenRestoreSucceedsWithoutVolatile_isRecordedAsViolation() throws Exception {
    CopytoolSession session = hsm.register();
    Fid fid = hsm.released(session, 0, "abc");
    hsm.request(HsmActionKind.RESTORE, fid);
    ActionItem item = hsm.deliverOne(session);
    // As a copytool that takes the CANCEL of a restore for a REMOVE, and reports success.
    ActionItem forged =
        new ActionItem(
            item.mdt(),
            HsmActionKind.REMOVE,
            item.cookie(),
            item.fid(),
            item.dataFid(),
            item.archiveId(),
            item.flags(),
            item.extent(),
            item.payload());
    RunningAction running = session.begin(forged);
    assertThatThrownBy(running::succeed).isInstanceOf(UnsafeSuccessException.class);
    assertThat(hsm.coordinator().violations()).singleElement().asString().contains("volatile");
    assertThat(hsm.coordinator().activeRequests(0)).isEqualTo(1);
  }

  @Test
  void keepAlive_whenCalledBeforeTheTimeout_keepsTheItemAndItsSiblingIsCanceled() throws Exception {
    hsm.coordinator()
        .configure(
            CoordinatorSettings.DEFAULTS
                .withActiveRequestTimeout(Duration.ofSeconds(15))
                .withLoopPeriod(Duration.ofSeconds(1)));
    CopytoolSession session = hsm.register();
    Fid kept = hsm.inodes.create(0, "kept");
    Fid lost = hsm.inodes.create(0, "lost");
    hsm.request(HsmActionKind.ARCHIVE, kept, lost);
    List<ActionItem> items = hsm.deliver(session);
    for (int i = 0; i < 4; i++) {
      hsm.pass(Duration.ofSeconds(5));
      session.keepAlive(items.get(0));
    }
    assertThat(hsm.statuses(0)).containsExactly(ActionStatus.STARTED, ActionStatus.CANCELED);
    assertErrno(() -> session.keepAlive(items.get(1)), Errno.ENOENT);
    assertErrno(() -> session.begin(items.get(1)), Errno.ENOENT);
    assertErrno(() -> session.fail(items.get(1), Errno.EIO, null), Errno.ENOENT);
    assertThat(hsm.inodes.records(lost)).endsWith(new Written(lost, HsmEvent.ARCHIVE, 125));
    assertThat(hsm.coordinator().agents(0).get(0))
        .extracting(CopytoolAgent::current, CopytoolAgent::failed)
        .containsExactly(1, 1);
    session.begin(items.get(0)).succeed();
    assertThat(hsm.state(kept)).isEqualTo("0x9");
  }

  @Test
  void receive_whenNobodyReceives_stallsAfterSevenHundredAndLosesNothing() throws Exception {
    hsm.coordinator().configure(CoordinatorSettings.DEFAULTS.withMaxRequests(2000));
    CopytoolSession session = hsm.register();
    for (int i = 0; i < 1500; i++) {
      hsm.request(HsmActionKind.ARCHIVE, hsm.inodes.create(0, ""));
    }
    hsm.step();
    hsm.step();
    assertThat(hsm.statuses(0)).filteredOn(s -> s == ActionStatus.STARTED).hasSize(700);
    Fid other = hsm.inodes.create(0, "");
    hsm.request(HsmActionKind.ARCHIVE, other);
    assertThat(hsm.statuses(0)).as("requests are taken meanwhile").hasSize(1501);
    int received = 0;
    for (List<ActionItem> items = session.receive(Duration.ZERO);
        !items.isEmpty();
        items = session.receive(Duration.ZERO)) {
      assertThat(items.size()).isLessThanOrEqualTo(70);
      received += items.size();
      hsm.step();
    }
    assertThat(received).isEqualTo(1501);
    assertThat(hsm.statuses(0)).containsOnly(ActionStatus.STARTED);
  }

  @Test
  void begin_whenNotARegularFile_behavesAsObserved() throws Exception {
    hsm.coordinator().configure(CoordinatorSettings.DEFAULTS.withMaxRequests(10));
    CopytoolSession session = hsm.register();
    Fid directory = hsm.inodes.create(0, FileType.DIRECTORY, "");
    Fid link = hsm.inodes.create(0, FileType.SYMLINK, "");
    Fid pipe = hsm.inodes.create(0, FileType.FIFO, "");
    hsm.request(HsmActionKind.ARCHIVE, directory, link, pipe);
    List<ActionItem> items = hsm.deliver(session);
    assertThat(items).hasSize(3);
    RunningAction begun = session.begin(items.get(0));
    assertErrno(begun::data, Errno.EINVAL);
    assertErrno(() -> session.begin(items.get(1)), Errno.ELOOP);
    session.begin(items.get(2)).fail(Errno.EINVAL, null);
    Fid gone = hsm.inodes.create(0, "x");
    hsm.request(HsmActionKind.ARCHIVE, gone);
    ActionItem item = hsm.deliverOne(session);
    hsm.inodes.unlink(gone);
    assertErrno(() -> session.begin(item), Errno.ENOENT);
  }

  @Test
  void receive_whenSeveralArchives_groupsByArchiveAndGivesTheLastFlags() throws Exception {
    hsm.coordinator().configure(CoordinatorSettings.DEFAULTS.withMaxRequests(100));
    Fid a = hsm.inodes.create(0, "a");
    Fid b = hsm.inodes.create(0, "b");
    Fid c = hsm.inodes.create(0, "c");
    byte[] payload = "opaque-data-123".getBytes(java.nio.charset.StandardCharsets.UTF_8);
    hsm.side
        .hsm()
        .request(new HsmRequest(HsmActionKind.ARCHIVE, ArchiveId.of(2), List.of(a, b), payload));
    hsm.request(HsmActionKind.ARCHIVE, c);
    CopytoolSession two = hsm.register("node2", 2);
    hsm.step();
    List<ActionItem> items = two.receive(Duration.ZERO);
    assertThat(items).extracting(ActionItem::fid).containsExactly(a, b);
    assertThat(items.get(0).payload()).isEqualTo(payload);
    assertThat(two.receive(Duration.ZERO)).isEmpty();
    assertThat(hsm.statuses(0))
        .containsExactly(ActionStatus.STARTED, ActionStatus.STARTED, ActionStatus.WAITING);
    CopytoolSession all = hsm.register("node1");
    assertThat(hsm.deliver(all)).extracting(ActionItem::fid).containsExactly(c);
    assertThat(hsm.coordinator().agents(0)).hasSize(2);
  }

  @Test
  void receive_whenTwoClients_theLeastLoadedGetsTheNext() throws Exception {
    hsm.coordinator().configure(CoordinatorSettings.DEFAULTS.withMaxRequests(100));
    CopytoolSession one = hsm.register("one");
    CopytoolSession two = hsm.register("two");
    for (int i = 0; i < 4; i++) {
      hsm.request(HsmActionKind.ARCHIVE, hsm.inodes.create(0, "x"));
      hsm.step();
    }
    assertThat(HsmFixture.drain(one)).hasSize(2);
    assertThat(HsmFixture.drain(two)).hasSize(2);
  }

  @Test
  void receive_whenWokenUp_returnsNothing() throws Exception {
    CopytoolSession session = hsm.register();
    session.wakeUp();
    assertThat(session.receive(Duration.ofDays(1))).isEmpty();
  }

  @Test
  void receive_whenTwoMdts_cookiesMayBeEqualAndItemsSayTheirMdt() throws Exception {
    CopytoolSession session = hsm.register();
    Fid zero = hsm.inodes.create(0, "0");
    Fid one = hsm.inodes.create(1, "1");
    hsm.request(HsmActionKind.ARCHIVE, zero, one);
    List<ActionItem> items = hsm.deliver(session);
    assertThat(items).extracting(ActionItem::mdt).containsExactlyInAnyOrder(0, 1);
    assertThat(items.get(0).cookie()).isEqualTo(items.get(1).cookie());
    for (ActionItem item : items) {
      session.begin(item).succeed();
    }
    assertThat(hsm.state(zero)).isEqualTo("0x9");
    assertThat(hsm.state(one)).isEqualTo("0x9");
  }

  @Test
  void fail_whenErrnoIsTooLargeForAChangelog_isEinvalAndFailed() throws Exception {
    CopytoolSession session = hsm.register();
    Fid fid = hsm.inodes.create(0, "x");
    hsm.request(HsmActionKind.ARCHIVE, fid);
    ActionItem item = hsm.deliverOne(session);
    assertErrno(() -> session.fail(item, Errno.of(200), null), Errno.EINVAL);
    assertThat(hsm.statuses(0)).containsExactly(ActionStatus.FAILED);
    assertThat(hsm.inodes.records(fid)).endsWith(new Written(fid, HsmEvent.ARCHIVE, 127));
    assertThatThrownBy(() -> session.fail(item, Errno.of(0), null))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void close_whenActionsRun_freesVolatilesAndKeepsSlots() throws Exception {
    CopytoolSession session = hsm.register();
    Fid fid = hsm.released(session, 0, "abc");
    hsm.request(HsmActionKind.RESTORE, fid);
    RunningAction running = session.begin(hsm.deliverOne(session));
    write(running, "a");
    session.close();
    assertThat(hsm.inodes.count()).isEqualTo(1);
    assertThat(hsm.coordinator().activeRequests(0)).isEqualTo(1);
    assertErrno(() -> session.receive(Duration.ZERO), Errno.ESHUTDOWN);
    running.close();
  }

  @Test
  void succeed_whenEndedTwice_isEbadf() throws Exception {
    CopytoolSession session = hsm.register();
    Fid fid = hsm.inodes.create(0, "x");
    hsm.request(HsmActionKind.ARCHIVE, fid);
    RunningAction running = session.begin(hsm.deliverOne(session));
    running.succeed();
    assertErrno(running::succeed, Errno.EBADF);
    running.close();
    assertThat(hsm.coordinator().agents(0).get(0).succeeded()).isEqualTo(1);
  }

  @Test
  void succeed_whenCancelledButIgnored_archivesAllTheSame() throws Exception {
    CopytoolSession session = hsm.register();
    Fid fid = hsm.inodes.create(0, "x");
    hsm.request(HsmActionKind.ARCHIVE, fid);
    RunningAction running = session.begin(hsm.deliverOne(session));
    hsm.request(HsmActionKind.CANCEL, fid);
    hsm.step();
    running.succeed();
    assertThat(hsm.state(fid)).isEqualTo("0x9");
    assertThat(hsm.statuses(0)).containsExactly(ActionStatus.CANCELED, ActionStatus.SUCCEED);
  }

  @Test
  void request_whenRestoreUnderPolicyNonBlocking_isEnodataButQueued() throws Exception {
    CopytoolSession session = hsm.register();
    Fid fid = hsm.released(session, 0, "abc");
    hsm.coordinator()
        .configure(CoordinatorSettings.DEFAULTS.withPolicy(CoordinatorPolicy.NON_BLOCKING_RESTORE));
    assertErrno(() -> hsm.request(HsmActionKind.RESTORE, fid), Errno.ENODATA);
    assertThat(hsm.deliver(session)).hasSize(1);
  }

  @Test
  void currentAction_whenFileIsGone_isEnoent() {
    assertErrno(() -> hsm.side.hsm().currentAction(new Fid(0x200000400L, 99, 0)), Errno.ENOENT);
  }

  @Test
  void changeState_whenArchiveIdWithoutExists_isRefusedLoudly() throws Exception {
    Fid fid = hsm.inodes.create(0, "x");
    assertErrno(
        () -> hsm.side.hsm().changeState(fid, Set.of(HsmFlag.NOARCHIVE), Set.of(), ArchiveId.of(3)),
        Errno.EINVAL);
    assertThat(hsm.state(fid)).isEqualTo("0x0");
    hsm.side.hsm().changeState(fid, Set.of(HsmFlag.EXISTS), Set.of(), ArchiveId.of(3));
    assertThat(hsm.side.hsm().state(fid).archiveId()).isEqualTo(ArchiveId.of(3));
    assertThat(hsm.inodes.records(fid)).containsExactly(new Written(fid, HsmEvent.STATE, 0));
  }

  @Test
  void changeState_whenIllegal_isEinval() throws Exception {
    Fid fid = hsm.inodes.create(0, "x");
    for (HsmFlag flag : List.of(HsmFlag.DIRTY, HsmFlag.RELEASED, HsmFlag.LOST)) {
      assertErrno(
          () -> hsm.side.hsm().changeState(fid, Set.of(flag), Set.of(), ArchiveId.ANY),
          Errno.EINVAL);
    }
    hsm.inodes.set(
        fid, HsmAttributes.NONE.with(HsmFlag.EXISTS, HsmFlag.ARCHIVED, HsmFlag.RELEASED));
    assertErrno(
        () -> hsm.side.hsm().changeState(fid, Set.of(HsmFlag.DIRTY), Set.of(), ArchiveId.ANY),
        Errno.EINVAL);
    hsm.side
        .hsm()
        .changeState(
            fid,
            Set.of(),
            Set.of(HsmFlag.EXISTS, HsmFlag.ARCHIVED, HsmFlag.RELEASED),
            ArchiveId.ANY);
    assertThat(hsm.state(fid)).as("the trap that Lustre leaves open").isEqualTo("0x0");
  }

  @Test
  void changeState_whenNotRoot_mayChangeOwnUserFlagsOnly() throws Exception {
    Fid own = hsm.inodes.create(0, "x");
    hsm.inodes.chown(own, 1000);
    Fid other = hsm.inodes.create(0, "y");
    hsm.inodes.callAs(1000);
    hsm.side.hsm().changeState(own, Set.of(HsmFlag.NOARCHIVE), Set.of(), ArchiveId.ANY);
    assertErrno(
        () -> hsm.side.hsm().changeState(own, Set.of(HsmFlag.EXISTS), Set.of(), ArchiveId.ANY),
        Errno.EPERM);
    assertErrno(
        () -> hsm.side.hsm().changeState(other, Set.of(HsmFlag.NOARCHIVE), Set.of(), ArchiveId.ANY),
        Errno.EACCES);
  }

  @Test
  void toString_ofAnAction_readsAsLctlPrints() throws Exception {
    Fid fid = hsm.inodes.create(0, "x");
    hsm.request(HsmActionKind.ARCHIVE, fid);
    QueuedAction action = hsm.coordinator().actions(0).get(0);
    assertThat(action.toString())
        .isEqualTo(
            "idx=1 fid="
                + fid
                + " dfid="
                + fid
                + " compound/cookie=0x0/0x"
                + Long.toHexString(action.cookie())
                + " action=ARCHIVE archive#=1 flags=0x0 extent=0x0-0xffffffffffffffff gid=0x0"
                + " datalen=0 status=WAITING");
    assertThat(action.cookie()).isEqualTo(hsm.time.now().getEpochSecond() + 1);
  }
}
