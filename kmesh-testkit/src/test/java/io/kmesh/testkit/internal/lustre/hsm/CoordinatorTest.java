// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import static io.kmesh.testkit.internal.lustre.hsm.HsmFixture.assertErrno;
import static io.kmesh.testkit.internal.lustre.hsm.HsmFixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.spi.Errno;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.RunningAction;
import io.kmesh.testkit.internal.lustre.HsmAttributes;
import io.kmesh.testkit.lustre.ActionStatus;
import io.kmesh.testkit.lustre.Coordinator;
import io.kmesh.testkit.lustre.CoordinatorCommand;
import io.kmesh.testkit.lustre.CoordinatorPolicy;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import io.kmesh.testkit.lustre.CoordinatorState;
import io.kmesh.testkit.lustre.LastUnlink;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Requests, the queue, hsm_control, restarts and blocked readers. */
@Timeout(60)
class CoordinatorTest {
  @TempDir Path directory;
  private HsmFixture hsm;
  private final List<Thread> readers = new ArrayList<>();

  @BeforeEach
  void open() throws IOException {
    hsm = new HsmFixture(directory, 1);
  }

  @AfterEach
  void close() throws Exception {
    hsm.close();
    for (Thread reader : readers) {
      reader.join();
    }
  }

  private Coordinator coordinator() {
    return hsm.coordinator();
  }

  // ---- requests

  @Test
  void request_whenNotNeeded_isAcceptedAndDoesNothing() throws Exception {
    CopytoolSession session = hsm.register();
    Fid fresh = hsm.inodes.create(0, "x");
    hsm.request(HsmActionKind.RESTORE, fresh);
    hsm.request(HsmActionKind.REMOVE, fresh);
    hsm.request(HsmActionKind.CANCEL, fresh);
    hsm.request(HsmActionKind.ARCHIVE);
    Fid clean = hsm.archived(session, 0, "x");
    hsm.side.hsm().request(HsmRequest.of(HsmActionKind.ARCHIVE, ArchiveId.of(40), List.of(clean)));
    assertThat(hsm.side.hsm().state(clean).archiveId()).isEqualTo(ArchiveId.of(1));
    hsm.side.hsm().changeState(clean, Set.of(HsmFlag.NOARCHIVE), Set.of(), ArchiveId.ANY);
    hsm.request(HsmActionKind.ARCHIVE, clean);
    assertThat(hsm.statuses(0)).hasSize(1);
    assertThat(hsm.deliver(session)).isEmpty();
  }

  @Test
  void request_whenTheStateForbids_isEpermAndItemsBeforeAreQueued() throws Exception {
    CopytoolSession session = hsm.register();
    Fid released = hsm.released(session, 0, "r");
    Fid first = hsm.archived(session, 0, "a");
    Fid last = hsm.archived(session, 0, "b");
    assertErrno(() -> hsm.request(HsmActionKind.REMOVE, first, released, last), Errno.EPERM);
    assertThat(hsm.deliver(session)).extracting(ActionItem::fid).containsExactly(first);
    hsm.inodes.set(
        released,
        HsmAttributes.NONE.with(HsmFlag.EXISTS, HsmFlag.ARCHIVED, HsmFlag.RELEASED, HsmFlag.LOST));
    assertErrno(() -> hsm.request(HsmActionKind.RESTORE, released), Errno.EPERM);
    Fid marked = hsm.inodes.create(0, "n");
    hsm.side.hsm().changeState(marked, Set.of(HsmFlag.NOARCHIVE), Set.of(), ArchiveId.ANY);
    assertErrno(() -> hsm.request(HsmActionKind.ARCHIVE, marked), Errno.EPERM);
    hsm.inodes.write(last, "dirty");
    assertErrno(
        () ->
            hsm.side
                .hsm()
                .request(HsmRequest.of(HsmActionKind.ARCHIVE, ArchiveId.of(2), List.of(last))),
        Errno.EPERM);
  }

  @Test
  void request_whenTheStateForbidsAtSending_fails() throws Exception {
    Fid fid = hsm.inodes.create(0, "x");
    Fid good = hsm.inodes.create(0, "y");
    Fid gone = hsm.inodes.create(0, "z");
    hsm.request(HsmActionKind.ARCHIVE, fid, good, gone);
    hsm.side.hsm().changeState(fid, Set.of(HsmFlag.NOARCHIVE), Set.of(), ArchiveId.ANY);
    hsm.inodes.unlink(gone);
    CopytoolSession session = hsm.register();
    assertThat(hsm.deliver(session)).extracting(ActionItem::fid).containsExactly(good);
    assertThat(hsm.statuses(0))
        .containsExactly(ActionStatus.FAILED, ActionStatus.STARTED, ActionStatus.FAILED);
  }

  @Test
  void request_whenOneIsOpenForTheFile_isSwallowedWithItsPayload() throws Exception {
    CopytoolSession session = hsm.register();
    Fid fid = hsm.released(session, 0, "x");
    hsm.request(HsmActionKind.RESTORE, fid);
    hsm.side
        .hsm()
        .request(
            new HsmRequest(
                HsmActionKind.RESTORE, ArchiveId.ANY, List.of(fid, fid), new byte[] {1, 2}));
    hsm.request(HsmActionKind.REMOVE, fid);
    ActionItem item = hsm.deliverOne(session);
    assertThat(item.payload()).isEmpty();
    assertThat(coordinator().statistics().queued(HsmActionKind.RESTORE)).isEqualTo(1);
  }

  @Test
  void request_whenNotRoot_mayRestoreOnly() throws Exception {
    CopytoolSession session = hsm.register();
    Fid fid = hsm.released(session, 0, "x");
    Fid own = hsm.inodes.create(0, "own");
    hsm.inodes.chown(own, 1000);
    hsm.inodes.callAs(1000);
    hsm.side
        .hsm()
        .request(
            new HsmRequest(
                HsmActionKind.RESTORE, ArchiveId.ANY, List.of(fid), new byte[] {1, 2, 3}));
    assertErrno(() -> hsm.request(HsmActionKind.ARCHIVE, own), Errno.EPERM);
    assertErrno(() -> hsm.request(HsmActionKind.CANCEL, fid), Errno.EPERM);
    assertErrno(() -> hsm.request(HsmActionKind.RELEASE, fid), Errno.EPERM);
    assertThat(hsm.deliverOne(session).payload()).containsExactly(1, 2, 3);
    coordinator()
        .configure(
            CoordinatorSettings.DEFAULTS.withOwnerRequests(
                HsmActionKind.ARCHIVE, HsmActionKind.RESTORE));
    hsm.request(HsmActionKind.ARCHIVE, own);
    assertThat(hsm.deliver(session)).hasSize(1);
  }

  @Test
  void request_whenTheFileIsGone_isEnoentButForRemoveOfRoot() throws Exception {
    Fid gone = hsm.inodes.create(0, "x");
    hsm.inodes.unlink(gone);
    assertErrno(() -> hsm.request(HsmActionKind.ARCHIVE, gone), Errno.ENOENT);
    hsm.request(HsmActionKind.REMOVE, gone);
    assertThat(hsm.statuses(0)).containsExactly(ActionStatus.WAITING);
    // No copytool serves all archives: one REMOVE for each that is served.
    CopytoolSession session = hsm.register(2, 5);
    assertThat(hsm.deliver(session)).isEmpty();
    List<ActionItem> items = hsm.deliver(session);
    assertThat(items)
        .extracting(ActionItem::archiveId)
        .containsExactlyInAnyOrder(ArchiveId.of(2), ArchiveId.of(5));
    for (ActionItem item : items) {
      session.begin(item).succeed();
    }
    assertThat(hsm.statuses(0)).containsOnly(ActionStatus.SUCCEED).hasSize(3);
  }

  @Test
  void request_whenThePayloadIsTooLarge_isE2big() throws Exception {
    Fid fid = hsm.inodes.create(0, "x");
    assertErrno(
        () ->
            hsm.side
                .hsm()
                .request(
                    new HsmRequest(
                        HsmActionKind.ARCHIVE, ArchiveId.ANY, List.of(fid), new byte[1650])),
        Errno.E2BIG);
    hsm.side
        .hsm()
        .request(
            new HsmRequest(HsmActionKind.ARCHIVE, ArchiveId.ANY, List.of(fid), new byte[1649]));
    assertErrno(() -> hsm.request(HsmActionKind.ARCHIVE, Fid.ZERO), Errno.EINVAL);
  }

  // ---- the queue

  @Test
  void step_whenMoreWaitThanSlots_sendsInOrderAndOneRestoreTakesAPlace() throws Exception {
    CopytoolSession setup = hsm.register();
    Fid released = hsm.released(setup, 0, "r");
    setup.close();
    Fid[] files = new Fid[5];
    for (int i = 0; i < files.length; i++) {
      files[i] = hsm.inodes.create(0, "f" + i);
      hsm.request(HsmActionKind.ARCHIVE, files[i]);
    }
    hsm.request(HsmActionKind.RESTORE, released);
    CopytoolSession session = hsm.register();
    List<ActionItem> items = hsm.deliver(session);
    assertThat(items).extracting(ActionItem::fid).containsExactly(files[0], files[1], released);
    assertThat(hsm.deliver(session)).as("the table is full").isEmpty();
    session.begin(items.get(0)).succeed();
    assertThat(hsm.deliver(session)).extracting(ActionItem::fid).containsExactly(files[2]);
  }

  @Test
  void step_whenTheLastItemBlocksAReader_theListHasItsFlag() throws Exception {
    CopytoolSession session = hsm.register();
    Fid released = hsm.released(session, 0, "r");
    hsm.request(HsmActionKind.ARCHIVE, hsm.inodes.create(0, "a"));
    read(released);
    awaitQueued(3);
    List<ActionItem> items = hsm.deliver(session);
    assertThat(items).extracting(ActionItem::flags).containsExactly(4L, 4L);
    RunningAction running = session.begin(items.get(1));
    write(running, "r");
    running.succeed();
  }

  @Test
  void actions_whenEnded_stayForTheGraceDelay() throws Exception {
    CopytoolSession session = hsm.register();
    hsm.archived(session, 0, "x");
    hsm.pass(Duration.ofSeconds(60));
    assertThat(hsm.statuses(0)).hasSize(1);
    hsm.pass(Duration.ofSeconds(11));
    assertThat(hsm.statuses(0)).isEmpty();
  }

  @Test
  void configure_whenOutOfRange_isRefused() {
    CoordinatorSettings d = CoordinatorSettings.DEFAULTS;
    assertThatThrownBy(() -> d.withMaxRequests(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> d.withLoopPeriod(Duration.ZERO)).hasMessageContaining("loop_period");
    assertThatThrownBy(() -> d.withDefaultArchiveId(ArchiveId.ANY))
        .hasMessageContaining("default_archive_id");
  }

  @Test
  void setParameter_whenAsLctlWritesIt_setsIt() throws Exception {
    coordinator().setParameter("hsm.max_requests", "64");
    coordinator().setParameter("hsm.active_request_timeout", "30");
    coordinator().setParameter("hsm.loop_period", "1");
    coordinator().setParameter("hsm.grace_delay", "5");
    coordinator().setParameter("hsm.default_archive_id", "3");
    coordinator().setParameter("hsm.policy", "+NBR -NRA");
    coordinator().setParameter("hsm.remove_archive_on_last_unlink", "1");
    coordinator().setParameter("hsm.user_request_mask", "ARCHIVE restore");
    coordinator().setParameter("hsm.other_request_mask", "");
    assertThat(coordinator().settings(0))
        .isEqualTo(
            new CoordinatorSettings(
                64,
                Duration.ofSeconds(1),
                Duration.ofSeconds(30),
                Duration.ofSeconds(5),
                ArchiveId.of(3),
                Set.of(CoordinatorPolicy.NON_BLOCKING_RESTORE),
                LastUnlink.REMOVE_ARCHIVE,
                Set.of(HsmActionKind.ARCHIVE, HsmActionKind.RESTORE),
                Set.of()));
    coordinator().setParameter("hsm.policy", "NRA");
    assertThat(coordinator().settings(0).policy())
        .containsExactly(CoordinatorPolicy.NO_RETRY_ACTION);
    coordinator().setParameter("hsm_control", "disabled");
    assertThat(coordinator().state(0)).isEqualTo(CoordinatorState.DISABLED);
    assertErrno(() -> coordinator().setParameter("hsm_control", "off"), Errno.EINVAL);
    assertErrno(() -> coordinator().setParameter("hsm.max_requests", "0"), Errno.EINVAL);
    assertErrno(() -> coordinator().setParameter("hsm.max_requests", "x"), Errno.EINVAL);
    assertErrno(() -> coordinator().setParameter("hsm.policy", "XYZ"), Errno.EINVAL);
    assertErrno(() -> coordinator().setParameter("hsm.nothing", "1"), Errno.EINVAL);
  }

  @Test
  void control_whenNotPossible_isRefused() throws Exception {
    coordinator().control(CoordinatorCommand.ENABLED);
    coordinator().control(CoordinatorCommand.SHUTDOWN);
    assertErrno(() -> coordinator().control(CoordinatorCommand.SHUTDOWN), Errno.EALREADY);
    assertErrno(() -> coordinator().control(CoordinatorCommand.DISABLED), Errno.EINVAL);
    assertErrno(() -> coordinator().control(CoordinatorCommand.PURGE), Errno.EINVAL);
    assertErrno(() -> hsm.register(), Errno.ENXIO);
    Fid fid = hsm.inodes.create(0, "x");
    assertErrno(() -> hsm.request(HsmActionKind.ARCHIVE, fid), Errno.EAGAIN);
    assertThat(coordinator().state(0)).isEqualTo(CoordinatorState.STOPPED);
  }

  @Test
  void control_whenDisabled_queuesAndSendsNothing() throws Exception {
    CopytoolSession session = hsm.register();
    coordinator().control(CoordinatorCommand.DISABLED);
    hsm.request(HsmActionKind.ARCHIVE, hsm.inodes.create(0, "x"));
    assertThat(hsm.deliver(session)).isEmpty();
    coordinator().control(CoordinatorCommand.ENABLED);
    assertThat(hsm.deliver(session)).hasSize(1);
  }

  @Test
  void control_whenSlotsAreOfADeadCopytool_purgeKeepsAndShutdownFreesThem() throws Exception {
    CopytoolSession dead = hsm.register();
    for (int i = 0; i < 4; i++) {
      hsm.request(HsmActionKind.ARCHIVE, hsm.inodes.create(0, "x" + i));
    }
    assertThat(hsm.deliver(dead)).hasSize(3);
    coordinator().killCopytool(coordinator().agents(0).get(0).uuid());
    CopytoolSession session = hsm.register();
    coordinator().control(CoordinatorCommand.PURGE);
    assertThat(hsm.statuses(0)).containsOnly(ActionStatus.CANCELED).hasSize(4);
    assertThat(coordinator().activeRequests(0)).isEqualTo(3);
    Fid next = hsm.inodes.create(0, "next");
    hsm.request(HsmActionKind.ARCHIVE, next);
    hsm.pass(Duration.ofHours(3));
    assertThat(HsmFixture.drain(session))
        .as("not even the timeout frees them")
        .extracting(ActionItem::action)
        .containsOnly(HsmActionKind.CANCEL);

    coordinator().control(CoordinatorCommand.SHUTDOWN);
    coordinator().control(CoordinatorCommand.ENABLED);
    coordinator().control(CoordinatorCommand.PURGE);
    coordinator().control(CoordinatorCommand.ENABLED);
    assertThat(coordinator().activeRequests(0)).isZero();
    assertThat(coordinator().agents(0)).as("a copytool registers again").isEmpty();
    session.close();
    CopytoolSession again = hsm.register();
    hsm.request(HsmActionKind.ARCHIVE, next);
    assertThat(hsm.deliver(again)).extracting(ActionItem::fid).containsExactly(next);
  }

  @Test
  void control_whenPurged_theCopytoolIsToldAndItsEndFreesTheSlot() throws Exception {
    CopytoolSession session = hsm.register();
    Fid fid = hsm.inodes.create(0, "x");
    hsm.request(HsmActionKind.ARCHIVE, fid);
    RunningAction running = session.begin(hsm.deliverOne(session));
    coordinator().control(CoordinatorCommand.PURGE);
    ActionItem cancel = session.receive(Duration.ZERO).get(0);
    assertThat(cancel.action()).isEqualTo(HsmActionKind.CANCEL);
    assertThat(cancel.cookie()).isEqualTo(running.item().cookie());
    running.fail(Errno.ECANCELED, null);
    assertThat(hsm.statuses(0)).containsExactly(ActionStatus.CANCELED);
    assertThat(coordinator().activeRequests(0)).isZero();
  }

  @Test
  void restartMdt_whenActionsRun_restoresWaitAgainAndOthersAreUnknown() throws Exception {
    CopytoolSession session = hsm.register();
    Fid released = hsm.released(session, 0, "r");
    Fid fid = hsm.inodes.create(0, "a");
    hsm.request(HsmActionKind.ARCHIVE, fid);
    hsm.request(HsmActionKind.RESTORE, released);
    List<ActionItem> items = hsm.deliver(session);
    RunningAction archive = session.begin(items.get(0));
    RunningAction restore = session.begin(items.get(1));
    restore.progress(new Extent(0, 1));
    coordinator().restartMdt(0);
    assertThat(hsm.statuses(0))
        .containsExactly(ActionStatus.SUCCEED, ActionStatus.STARTED, ActionStatus.WAITING);
    assertErrno(() -> archive.progress(new Extent(0, 1)), Errno.ENOENT);
    assertErrno(archive::succeed, Errno.ENOENT);
    ActionItem again = hsm.deliverOne(session);
    assertThat(again.cookie()).isEqualTo(items.get(1).cookie());
    RunningAction second = session.begin(again);
    write(second, "r");
    second.succeed();
    assertThat(hsm.state(released)).isEqualTo("0x9");
    hsm.pass(Duration.ofHours(1).plusSeconds(11));
    assertThat(hsm.statuses(0)).containsExactly(ActionStatus.CANCELED);
  }

  @Test
  void cancel_whenTheCopytoolIsDead_waitsAndTheTargetIsCanceled() throws Exception {
    CopytoolSession dead = hsm.register("dead");
    Fid fid = hsm.inodes.create(0, "x");
    hsm.request(HsmActionKind.ARCHIVE, fid);
    ActionItem item = hsm.deliverOne(dead);
    coordinator().killCopytool(coordinator().agents(0).get(0).uuid());
    CopytoolSession other = hsm.register("other");
    hsm.request(HsmActionKind.CANCEL, fid);
    assertThat(hsm.deliver(other)).isEmpty();
    assertThat(hsm.statuses(0)).containsExactly(ActionStatus.CANCELED, ActionStatus.WAITING);
    assertErrno(() -> other.begin(item), Errno.ECANCELED);
    CopytoolSession back = hsm.register("dead");
    assertThat(hsm.deliver(back))
        .extracting(ActionItem::action)
        .containsExactly(HsmActionKind.CANCEL);
    back.fail(item, Errno.ECANCELED, null);
    assertThat(hsm.statuses(0)).containsExactly(ActionStatus.CANCELED, ActionStatus.SUCCEED);
  }

  @Test
  void cancel_whenNeverAnswered_timesOutAndFreesTheSlot() throws Exception {
    CopytoolSession session = hsm.register();
    Fid fid = hsm.inodes.create(0, "x");
    hsm.request(HsmActionKind.ARCHIVE, fid);
    hsm.deliver(session);
    hsm.request(HsmActionKind.CANCEL, fid);
    hsm.step();
    assertThat(hsm.statuses(0)).containsExactly(ActionStatus.CANCELED, ActionStatus.STARTED);
    coordinator().configure(CoordinatorSettings.DEFAULTS.withGraceDelay(Duration.ofHours(9)));
    hsm.pass(Duration.ofHours(1).plusSeconds(11));
    assertThat(hsm.statuses(0)).containsExactly(ActionStatus.CANCELED, ActionStatus.CANCELED);
    assertThat(coordinator().activeRequests(0)).isZero();
  }

  @Test
  void onLastUnlink_whenAskedFor_queuesOneRemove() throws Exception {
    CopytoolSession session = hsm.register();
    Fid fid = hsm.released(session, 0, "x");
    HsmAttributes attributes = hsm.inodes.attributes(fid);
    hsm.side.onLastUnlink(fid, attributes);
    assertThat(hsm.statuses(0)).hasSize(1);
    coordinator().configure(CoordinatorSettings.DEFAULTS.withLastUnlink(LastUnlink.REMOVE_ARCHIVE));
    hsm.side.onLastUnlink(fid, attributes);
    hsm.side.onLastUnlink(fid, attributes);
    ActionItem item = hsm.deliverOne(session);
    assertThat(item.action()).isEqualTo(HsmActionKind.REMOVE);
    assertThat(item.fid()).isEqualTo(fid);
    assertThat(item.dataFid()).isEqualTo(Fid.ZERO);
    hsm.inodes.unlink(fid);
    session.begin(item).succeed();
    assertThat(hsm.statuses(0)).containsOnly(ActionStatus.SUCCEED).hasSize(2);
  }

  // ---- blocked readers

  private final List<String> outcomes = new CopyOnWriteArrayList<>();

  private void read(Fid fid) {
    Thread reader =
        new Thread(
            () -> {
              try {
                hsm.side.restoreAndWait(fid);
                outcomes.add("read");
              } catch (IOException e) {
                outcomes.add(Refusals.is(e, Errno.ENODATA) ? "ENODATA" : e.toString());
              }
            },
            "kmesh-test-reader");
    reader.setDaemon(true);
    readers.add(reader);
    reader.start();
  }

  private void awaitBlocked(int threads) throws InterruptedException {
    hsm.time.awaitWaiting(threads);
  }

  private void awaitQueued(int actions) {
    while (coordinator().actions(0).size() < actions) {
      Thread.onSpinWait();
    }
  }

  private void join() throws InterruptedException {
    for (Thread reader : readers) {
      reader.join();
    }
  }

  @Test
  void restoreAndWait_whenManyReaders_asksForOneRestore() throws Exception {
    CopytoolSession session = hsm.register();
    Fid fid = hsm.released(session, 0, "content");
    for (int i = 0; i < 20; i++) {
      read(fid);
    }
    awaitBlocked(20);
    ActionItem item = hsm.deliverOne(session);
    assertThat(item.flags()).isEqualTo(ActionItem.BLOCKING);
    RunningAction running = session.begin(item);
    write(running, "content");
    running.succeed();
    join();
    assertThat(outcomes).hasSize(20).containsOnly("read");
    assertThat(coordinator().statistics().delivered(HsmActionKind.RESTORE)).isEqualTo(1);
  }

  @Test
  void restoreAndWait_whenItsOwnRestoreFails_isEnodata() throws Exception {
    CopytoolSession session = hsm.register();
    Fid fid = hsm.released(session, 0, "content");
    read(fid);
    awaitBlocked(1);
    session.begin(hsm.deliverOne(session)).fail(Errno.EIO, null);
    join();
    assertThat(outcomes).containsExactly("ENODATA");
    assertThat(hsm.state(fid)).isEqualTo("0xd");
    assertThat(hsm.deliver(session)).isEmpty();
  }

  @Test
  void restoreAndWait_whenAnothersRestoreFails_asksOnceMore() throws Exception {
    CopytoolSession session = hsm.register();
    Fid fid = hsm.released(session, 0, "content");
    hsm.request(HsmActionKind.RESTORE, fid);
    ActionItem first = hsm.deliverOne(session);
    read(fid);
    read(fid);
    awaitBlocked(2);
    session.begin(first).fail(Errno.EIO, null);
    List<ActionItem> more = new ArrayList<>();
    while (readers.stream().anyMatch(Thread::isAlive)) {
      for (ActionItem item : hsm.deliver(session)) {
        more.add(item);
        session.begin(item).fail(Errno.EIO, null);
      }
    }
    assertThat(outcomes).containsExactly("ENODATA", "ENODATA");
    assertThat(more).as("at most one of each reader").hasSizeBetween(1, 2);
    assertThat(more).extracting(ActionItem::flags).containsOnly(ActionItem.BLOCKING);
    assertThat(more).extracting(ActionItem::cookie).doesNotContain(first.cookie());
  }

  @Test
  void restoreAndWait_whenLostOrCoordinatorOff_isEnodata() throws Exception {
    CopytoolSession session = hsm.register();
    Fid fid = hsm.released(session, 0, "content");
    hsm.side.hsm().changeState(fid, Set.of(HsmFlag.LOST), Set.of(), ArchiveId.ANY);
    assertErrno(() -> hsm.side.restoreAndWait(fid), Errno.ENODATA);
    hsm.side.hsm().changeState(fid, Set.of(), Set.of(HsmFlag.LOST), ArchiveId.ANY);
    coordinator().control(CoordinatorCommand.SHUTDOWN);
    assertErrno(() -> hsm.side.restoreAndWait(fid), Errno.ENODATA);
    Fid online = hsm.inodes.create(0, "x");
    hsm.side.restoreAndWait(online);
  }

  @Test
  void restoreAndWait_whenTheTimeoutComes_wakesWithEnodata() throws Exception {
    CopytoolSession session = hsm.register();
    Fid fid = hsm.released(session, 0, "content");
    read(fid);
    awaitBlocked(1);
    hsm.deliverOne(session);
    // Waits longer than one await of the reader; the pass comes after them all.
    hsm.time.advance(Duration.ofHours(1).plusSeconds(11));
    hsm.step();
    join();
    assertThat(outcomes).containsExactly("ENODATA");
  }

  @Test
  void restoreAndWait_whenTheMdtRestarts_goesOnWaiting() throws Exception {
    CopytoolSession session = hsm.register();
    Fid fid = hsm.released(session, 0, "content");
    read(fid);
    awaitBlocked(1);
    hsm.deliverOne(session);
    coordinator().restartMdt(0);
    RunningAction running = session.begin(hsm.deliverOne(session));
    write(running, "content");
    running.succeed();
    join();
    assertThat(outcomes).containsExactly("read");
  }

  @Test
  void restoreAndWait_whenClosedOrShutDown_wakesWithEnodata() throws Exception {
    CopytoolSession session = hsm.register();
    Fid fid = hsm.released(session, 0, "content");
    read(fid);
    awaitBlocked(1);
    hsm.close();
    join();
    assertThat(outcomes).containsExactly("ENODATA");
  }

  @Test
  void restoreAndWait_whenInterrupted_waitsOnAndKeepsTheFlag() throws Exception {
    CopytoolSession session = hsm.register();
    Fid fid = hsm.released(session, 0, "content");
    List<Boolean> flag = new CopyOnWriteArrayList<>();
    Thread reader =
        new Thread(
            () -> {
              try {
                hsm.side.restoreAndWait(fid);
                flag.add(Thread.currentThread().isInterrupted());
              } catch (IOException e) {
                outcomes.add(e.toString());
              }
            });
    readers.add(reader);
    reader.start();
    awaitBlocked(1);
    reader.interrupt();
    RunningAction running = session.begin(hsm.deliverOne(session));
    write(running, "content");
    running.succeed();
    join();
    assertThat(flag).containsExactly(true);
  }

  @Test
  void dataVersion_whenARestoreRuns_waits() throws Exception {
    CopytoolSession session = hsm.register();
    Fid fid = hsm.released(session, 0, "content");
    assertThat(hsm.side.hsm().dataVersion(fid)).isZero();
    hsm.request(HsmActionKind.RESTORE, fid);
    RunningAction running = session.begin(hsm.deliverOne(session));
    List<Long> versions = new CopyOnWriteArrayList<>();
    Thread asking =
        new Thread(
            () -> {
              try {
                versions.add(hsm.side.hsm().dataVersion(fid));
              } catch (IOException e) {
                outcomes.add(e.toString());
              }
            });
    readers.add(asking);
    asking.start();
    awaitBlocked(1);
    write(running, "content");
    running.succeed();
    join();
    assertThat(versions).hasSize(1);
    assertThat(versions.get(0)).isPositive();
  }

  // ---- persistence

  @Test
  void reopen_whenActionsWaitAndRun_keepsThemAndASecondCopytoolEndsThem() throws Exception {
    coordinator()
        .configure(
            CoordinatorSettings.DEFAULTS
                .withMaxRequests(2)
                .withActiveRequestTimeout(Duration.ofSeconds(100)));
    CopytoolSession session = hsm.register();
    Fid[] files = new Fid[4];
    for (int i = 0; i < files.length; i++) {
      files[i] = hsm.inodes.create(0, "f" + i);
    }
    hsm.request(HsmActionKind.ARCHIVE, files);
    List<ActionItem> items = hsm.deliver(session);
    hsm.time.advance(Duration.ofSeconds(60));
    hsm.reopen();
    assertErrno(() -> session.receive(Duration.ZERO), Errno.ESHUTDOWN);
    assertThat(coordinator().settings(0).maxRequests()).isEqualTo(2);
    assertThat(hsm.statuses(0))
        .containsExactly(
            ActionStatus.STARTED, ActionStatus.STARTED, ActionStatus.WAITING, ActionStatus.WAITING);
    assertThat(coordinator().activeRequests(0)).isEqualTo(2);
    CopytoolSession second = hsm.register();
    assertThat(hsm.deliver(second)).isEmpty();
    second.begin(items.get(0)).succeed();
    assertThat(hsm.deliver(second)).extracting(ActionItem::fid).containsExactly(files[2]);
    // What is left of the timeout is 40 seconds.
    hsm.pass(Duration.ofSeconds(41));
    assertThat(hsm.statuses(0).get(1)).isEqualTo(ActionStatus.CANCELED);
    hsm.request(HsmActionKind.ARCHIVE, files[1]);
    assertThat(coordinator().actions(0)).extracting(a -> a.cookie()).doesNotHaveDuplicates();
  }

  @Test
  void reopen_whenARestoreHadReachedTheFile_endsIt() throws Exception {
    CopytoolSession session = hsm.register();
    Fid fid = hsm.released(session, 0, "r");
    hsm.request(HsmActionKind.RESTORE, fid);
    ActionItem item = hsm.deliverOne(session);
    RunningAction running = session.begin(item);
    running.progress(new Extent(0, 1));
    // The process dies after the swap and before the list knows of it.
    hsm.inodes.swapRestored(fid, running.dataFid(), null);
    hsm.reopen();
    assertThat(hsm.statuses(0)).containsOnly(ActionStatus.SUCCEED);
    assertThat(coordinator().activeRequests(0)).isZero();
  }

  @Test
  void reopen_whenAllWasDropped_repeatsNoCookie() throws Exception {
    CopytoolSession session = hsm.register();
    for (int i = 0; i < 100; i++) {
      hsm.archived(session, 0, "x");
    }
    long last = coordinator().actions(0).get(99).cookie();
    hsm.pass(Duration.ofMinutes(2));
    assertThat(hsm.statuses(0)).isEmpty();
    hsm.reopen();
    hsm.request(HsmActionKind.ARCHIVE, hsm.inodes.create(0, "y"));
    assertThat(coordinator().actions(0).get(0).cookie()).isGreaterThan(last);
  }

  @Test
  void step_whenTheSeedIsTheSame_choosesTheSame() throws Exception {
    assertThat(run(directory.resolve("a"), 3)).isEqualTo(run(directory.resolve("b"), 3));
  }

  private static List<String> run(Path directory, long seed) throws IOException {
    java.nio.file.Files.createDirectories(directory);
    List<String> sent = new ArrayList<>();
    try (HsmFixture hsm = new HsmFixture(directory, 3, seed)) {
      CopytoolSession one = hsm.register("one");
      CopytoolSession two = hsm.register("two");
      for (int i = 0; i < 30; i++) {
        hsm.request(HsmActionKind.ARCHIVE, hsm.inodes.create(i % 3, "x"));
      }
      for (int i = 0; i < 12; i++) {
        hsm.step();
        for (CopytoolSession s : List.of(one, two)) {
          for (ActionItem item : HsmFixture.drain(s)) {
            sent.add((s == one ? "one " : "two ") + item.mdt() + " " + item.cookie());
            s.begin(item).succeed();
          }
        }
      }
    }
    assertThat(sent).hasSize(30);
    return sent;
  }
}
