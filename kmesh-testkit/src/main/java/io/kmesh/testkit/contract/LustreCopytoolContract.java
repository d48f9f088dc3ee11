// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.RunningAction;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.XattrMode;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * What every {@link io.kmesh.spi.lustre.LustreCopytools} does: registering, receiving, and the life
 * of an action. Each test is a thing that a running Lustre was seen to do.
 */
public abstract class LustreCopytoolContract extends LustreFixture {
  /** For subclasses. */
  protected LustreCopytoolContract() {}

  // ---- registering and receiving

  @Test
  final void register_whenHeldAlready_isEexist() throws Exception {
    session();
    assertFails(() -> lustre().copytools().register(Set.of()), Errno.EEXIST);
    endSession();
    lustre()
        .copytools()
        .register(Set.of(ArchiveId.of(33), ArchiveId.of(1000), ArchiveId.of(0x7fffffff)))
        .close();
    session();
  }

  @Test
  final void receive_whenNothingComes_returnsNothing() throws Exception {
    assertThat(session().receive(Duration.ZERO)).isEmpty();
    assertThat(session().receive(Duration.ofMillis(20))).isEmpty();
  }

  @Test
  final void wakeUp_whenReceiving_endsTheWait() throws Exception {
    CopytoolSession session = session();
    CompletableFuture<List<ActionItem>> waiting =
        inThread(() -> session.receive(timeBudget().multipliedBy(10)));
    session.wakeUp();
    assertThat(result(waiting)).isEmpty();
  }

  @Test
  final void receive_whenClosed_fails() throws Exception {
    CopytoolSession session = session();
    endSession();
    assertFails(() -> session.receive(Duration.ZERO), Errno.ESHUTDOWN, Errno.EPIPE, Errno.EBADF);
    session.close();
  }

  @Test
  final void receive_whenRequested_givesTheItemAsItWasAsked() throws Exception {
    session();
    Fid fid = create("file", CONTENT);
    byte[] payload = {0, 1, -1, 'x', '\n'};
    lustre()
        .hsm()
        .request(
            new HsmRequest(HsmActionKind.ARCHIVE, ArchiveId.of(9), List.of(fid, fid), payload));
    ActionItem item = next(HsmActionKind.ARCHIVE, fid);
    assertThat(item.payload()).isEqualTo(payload);
    assertThat(item.archiveId()).isEqualTo(ArchiveId.of(9));
    assertThat(item.dataFid()).isEqualTo(fid);
    assertThat(item.extent()).isEqualTo(Extent.WHOLE_FILE);
    assertThat(item.cookie()).isNotZero();
    assertThat(item.mdt()).isEqualTo(lustre().identity().mdt(fid));
    session().fail(item, Errno.EIO, null);
    assertThat(comes(HsmActionKind.ARCHIVE, fid)).as("the same file twice is one action").isFalse();
  }

  @Test
  final void receive_whenAReaderWaits_theRestoreHasTheFlag() throws Exception {
    Fid fid = released("file", CONTENT);
    CompletableFuture<byte[]> reader = inThread(() -> read("file"));
    ActionItem item = restore(fid);
    assertThat(item.flags() & ActionItem.BLOCKING).isEqualTo(ActionItem.BLOCKING);
    assertThat(result(reader)).isEqualTo(CONTENT);
  }

  @Test
  final void receive_whenARestoreIsOpen_aSecondIsSwallowed() throws Exception {
    Fid fid = released("file", CONTENT);
    request(HsmActionKind.RESTORE, fid);
    ActionItem item = next(HsmActionKind.RESTORE, fid);
    lustre()
        .hsm()
        .request(
            new HsmRequest(HsmActionKind.RESTORE, ArchiveId.ANY, List.of(fid), new byte[] {1}));
    assertThat(comes(HsmActionKind.RESTORE, fid)).isFalse();
    session().fail(item, Errno.EIO, null);
    assertThat(comes(HsmActionKind.RESTORE, fid)).isFalse();
  }

  @Test
  final void receive_whenManyWait_givesEachOnce() throws Exception {
    session();
    List<Fid> fids = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      fids.add(create("file-" + i, CONTENT));
    }
    request(HsmActionKind.ARCHIVE, fids.toArray(Fid[]::new));
    Set<String> cookies = new HashSet<>();
    for (Fid fid : fids) {
      ActionItem item = next(HsmActionKind.ARCHIVE, fid);
      assertThat(cookies.add(item.mdt() + ":" + item.cookie())).as("%s is new", item).isTrue();
      session().begin(item).succeed();
    }
    assertThat(settle()).isEmpty();
  }

  // ---- archive

  @Test
  final void archive_whenBegun_readsTheFileAndEndsWell() throws Exception {
    session();
    Fid fid = create("file", CONTENT);
    request(HsmActionKind.ARCHIVE, fid);
    ActionItem item = next(HsmActionKind.ARCHIVE, fid);
    assertThat(flags(fid)).as("EXISTS from the sending on").containsExactly(HsmFlag.EXISTS);
    session().keepAlive(item);
    try (RunningAction running = session().begin(item)) {
      assertThat(running.item()).isEqualTo(item);
      assertThat(running.dataFid()).isEqualTo(fid);
      assertThat(running.dataVersion()).isEqualTo(lustre().hsm().dataVersion(fid));
      assertThat(read(running.data())).isEqualTo(CONTENT);
      running.progress(new Extent(0, CONTENT.length));
      running.succeed();
    }
    assertThat(flags(fid)).containsExactlyInAnyOrder(HsmFlag.EXISTS, HsmFlag.ARCHIVED);
    assertFails(() -> session().keepAlive(item), Errno.ENOENT);
    assertFails(() -> session().begin(item), Errno.ENOENT);
    assertFails(() -> session().fail(item, Errno.EIO, null), Errno.ENOENT);
  }

  @Test
  final void archive_whenTheFileChangesMeanwhile_isEbusyAndFailed() throws Exception {
    session();
    Fid fid = create("file", CONTENT);
    request(HsmActionKind.ARCHIVE, fid);
    RunningAction running = session().begin(next(HsmActionKind.ARCHIVE, fid));
    write("file", CONTENT, CONTENT.length);
    assertFails(running::succeed, Errno.EBUSY);
    assertThat(flags(fid)).containsExactlyInAnyOrder(HsmFlag.EXISTS, HsmFlag.DIRTY);
    assertThat(comes(HsmActionKind.ARCHIVE, fid)).as("it is not queued again").isFalse();
    running.close();
  }

  @Test
  final void archive_whenOnlyAttributesChangeMeanwhile_endsWell() throws Exception {
    session();
    Fid fid = create("file", CONTENT);
    request(HsmActionKind.ARCHIVE, fid);
    RunningAction running = session().begin(next(HsmActionKind.ARCHIVE, fid));
    try (PosixFile file = open("file", OpenFlag.READ)) {
      file.setMode(0600);
      file.setXattr(PathBytes.of("user.meanwhile"), new byte[] {1}, XattrMode.SET);
    }
    running.succeed();
    assertThat(flags(fid)).containsExactlyInAnyOrder(HsmFlag.EXISTS, HsmFlag.ARCHIVED);
  }

  @Test
  final void fail_whenBegunOrNot_keepsExistsAndDoesNotComeAgain() throws Exception {
    session();
    Fid begun = create("begun", CONTENT);
    Fid received = create("received", CONTENT);
    request(HsmActionKind.ARCHIVE, begun, received);
    session().begin(next(HsmActionKind.ARCHIVE, begun)).fail(Errno.EIO, null);
    session().fail(next(HsmActionKind.ARCHIVE, received), Errno.EIO, null);
    for (Fid fid : List.of(begun, received)) {
      assertThat(flags(fid)).containsExactly(HsmFlag.EXISTS);
    }
    assertThat(settle()).isEmpty();
  }

  @Test
  final void begin_whenASymbolicLink_isEloop() throws Exception {
    session();
    try (PosixDirectory directory = openDirectory()) {
      directory.makeSymlink(PathBytes.of("link"), PathBytes.of("nowhere"));
    }
    Fid fid = lustre().identity().fid(path("link"));
    request(HsmActionKind.ARCHIVE, fid);
    ActionItem item = next(HsmActionKind.ARCHIVE, fid);
    assertFails(() -> session().begin(item), Errno.ELOOP);
    session().fail(item, Errno.EINVAL, null);
  }

  @Test
  final void begin_whenTheFileIsGone_isEnoentButForARemove() throws Exception {
    Fid fid = create("file", CONTENT);
    Fid copied = archived("copied", CONTENT);
    request(HsmActionKind.ARCHIVE, fid);
    request(HsmActionKind.REMOVE, copied);
    ActionItem archive = next(HsmActionKind.ARCHIVE, fid);
    ActionItem remove = next(HsmActionKind.REMOVE, copied);
    try (PosixDirectory directory = openDirectory()) {
      directory.unlink(PathBytes.of("file"));
      directory.unlink(PathBytes.of("copied"));
    }
    assertFails(() -> session().begin(archive), Errno.ENOENT, Errno.ESTALE);
    session().fail(archive, Errno.ENOENT, null);
    RunningAction running = session().begin(remove);
    assertFails(running::data, Errno.EINVAL);
    running.succeed();
  }

  // ---- restore

  @Test
  final void restore_whenDone_keepsAttributesAndNames() throws Exception {
    Fid fid = create("file", CONTENT);
    PathBytes attribute = PathBytes.of("user.contract");
    try (PosixFile file = open("file", OpenFlag.READ);
        PosixDirectory directory = openDirectory()) {
      file.setMode(0750);
      file.setXattr(attribute, new byte[] {1, 2}, XattrMode.SET);
      directory.link(PathBytes.of("file"), directory, PathBytes.of("second"));
    }
    archive(fid);
    request(HsmActionKind.RELEASE, fid);
    FileStat before = lustre().identity().stat(fid);
    request(HsmActionKind.RESTORE, fid);
    RunningAction running = session().begin(next(HsmActionKind.RESTORE, fid));
    assertThat(running.dataFid()).isNotEqualTo(fid);
    running.data().write(ByteBuffer.wrap(CONTENT, 0, 5), 0);
    running.progress(new Extent(0, 5));
    assertThat(flags(fid)).contains(HsmFlag.RELEASED);
    running.data().write(ByteBuffer.wrap(CONTENT, 5, CONTENT.length - 5), 5);
    running.succeed();
    FileStat after = lustre().identity().stat(fid);
    assertThat(after.mode()).isEqualTo(before.mode());
    assertThat(after.uid()).isEqualTo(before.uid());
    assertThat(after.mtime()).isEqualTo(before.mtime());
    assertThat(after.links()).isEqualTo(2);
    assertThat(after.size()).isEqualTo(CONTENT.length);
    try (PosixFile file = open("second", OpenFlag.READ)) {
      assertThat(file.xattr(attribute)).hasValue(new byte[] {1, 2});
      assertThat(read(file)).isEqualTo(CONTENT);
    }
    assertThat(flags(fid)).containsExactlyInAnyOrder(HsmFlag.EXISTS, HsmFlag.ARCHIVED);
    assertFails(() -> lustre().identity().stat(running.dataFid()), Errno.ENOENT, Errno.ESTALE);
  }

  @Test
  final void restore_whenFailed_leavesTheFileReleased() throws Exception {
    Fid fid = released("file", CONTENT);
    request(HsmActionKind.RESTORE, fid);
    RunningAction running = session().begin(next(HsmActionKind.RESTORE, fid));
    running.data().write(ByteBuffer.wrap(new byte[] {9, 9}), 0);
    running.progress(new Extent(0, 2));
    running.fail(Errno.EIO, null);
    assertThat(flags(fid)).contains(HsmFlag.RELEASED);
    assertThat(lustre().identity().stat(fid).size()).isEqualTo(CONTENT.length);
    request(HsmActionKind.RESTORE, fid);
    restore(fid);
    assertThat(read("file")).isEqualTo(CONTENT);
  }

  @Test
  final void restore_whenEnded_theHandleIsOver() throws Exception {
    Fid fid = released("file", CONTENT);
    request(HsmActionKind.RESTORE, fid);
    RunningAction running = session().begin(next(HsmActionKind.RESTORE, fid));
    running.data().write(ByteBuffer.wrap(CONTENT), 0);
    running.succeed();
    assertFails(running::succeed, Errno.EBADF, Errno.ENOENT);
    running.close();
    running.close();
    assertThat(read("file")).isEqualTo(CONTENT);
  }

  @Test
  final void restore_whenAnotherCopytoolTakesItOver_endsWell() throws Exception {
    Fid fid = released("file", CONTENT);
    request(HsmActionKind.RESTORE, fid);
    ActionItem item = next(HsmActionKind.RESTORE, fid);
    session().begin(item);
    endSession();
    RunningAction again = session().begin(item);
    again.data().write(ByteBuffer.wrap(CONTENT), 0);
    again.succeed();
    assertThat(read("file")).isEqualTo(CONTENT);
  }

  @Test
  final void restore_whenTakenOverAfterProgress_isEinvalAndOnlyAnErrorEndsIt() throws Exception {
    Fid fid = released("file", CONTENT);
    request(HsmActionKind.RESTORE, fid);
    ActionItem item = next(HsmActionKind.RESTORE, fid);
    session().begin(item).progress(new Extent(0, 1));
    endSession();
    RunningAction again = session().begin(item);
    again.data().write(ByteBuffer.wrap(CONTENT), 0);
    assertFails(again::succeed, Errno.EINVAL);
    session().fail(item, Errno.EIO, null);
    assertThat(flags(fid)).contains(HsmFlag.RELEASED);
    request(HsmActionKind.RESTORE, fid);
    restore(fid);
    assertThat(read("file")).isEqualTo(CONTENT);
  }

  // ---- cancel

  @Test
  final void cancel_whenRunning_isToldByProgressAndByAnItem() throws Exception {
    session();
    Fid fid = create("file", CONTENT);
    request(HsmActionKind.ARCHIVE, fid);
    ActionItem item = next(HsmActionKind.ARCHIVE, fid);
    RunningAction running = session().begin(item);
    request(HsmActionKind.CANCEL, fid);
    ActionItem cancel = next(HsmActionKind.CANCEL, fid);
    assertThat(cancel.cookie()).isEqualTo(item.cookie());
    assertFails(() -> session().begin(cancel), Errno.EINVAL);
    assertFails(() -> running.progress(new Extent(0, 1)), Errno.ECANCELED);
    assertFails(() -> session().keepAlive(item), Errno.ECANCELED);
    running.fail(Errno.ECANCELED, null);
    assertThat(flags(fid)).containsExactly(HsmFlag.EXISTS);
    archive(fid);
  }

  @Test
  final void cancel_whenNoCopytoolIsThere_comesWithItsTarget() throws Exception {
    Fid fid = create("file", CONTENT);
    request(HsmActionKind.ARCHIVE, fid);
    request(HsmActionKind.CANCEL, fid);
    ActionItem archive = next(HsmActionKind.ARCHIVE, fid);
    ActionItem cancel = next(HsmActionKind.CANCEL, fid);
    assertThat(cancel.cookie()).isEqualTo(archive.cookie());
    assertFails(() -> session().begin(archive), Errno.ECANCELED);
    session().fail(archive, Errno.ECANCELED, null);
    archive(fid);
  }

  // ---- what needs the servers

  private ServerParameters servers() {
    assumeThat(serverParameters()).as("the servers' parameters can be set").isPresent();
    return serverParameters().orElseThrow();
  }

  @Test
  final void timeout_whenNeverAnswered_frees() throws Exception {
    ServerParameters servers = servers();
    Fid fid = released("file", CONTENT);
    Fid other = create("other", CONTENT);
    servers.set("hsm.active_request_timeout", "2");
    servers.set("hsm.loop_period", "1");
    CompletableFuture<byte[]> reader = inThread(() -> read("file"));
    ActionItem late = next(HsmActionKind.RESTORE, fid);
    request(HsmActionKind.ARCHIVE, other);
    ActionItem kept = next(HsmActionKind.ARCHIVE, other);
    eventually(
        "the reader's end",
        () -> {
          session().keepAlive(kept);
          return reader.isDone();
        });
    assertFails(() -> result(reader), Errno.ENODATA);
    assertFails(() -> session().keepAlive(late), Errno.ENOENT);
    session().begin(kept).succeed();
  }

  @Test
  final void control_whenDisabled_takesRequestsAndSendsNothing() throws Exception {
    ServerParameters servers = servers();
    session();
    Fid fid = create("file", CONTENT);
    servers.set("hsm_control", "disabled");
    request(HsmActionKind.ARCHIVE, fid);
    assertThat(comes(HsmActionKind.ARCHIVE, fid)).isFalse();
    servers.set("hsm_control", "enabled");
    session().begin(next(HsmActionKind.ARCHIVE, fid)).succeed();
  }

  @Test
  final void control_whenShutDown_requestsAreEagain() throws Exception {
    ServerParameters servers = servers();
    Fid fid = create("file", CONTENT);
    servers.set("hsm_control", "shutdown");
    try {
      assertFails(() -> request(HsmActionKind.ARCHIVE, fid), Errno.EAGAIN);
    } finally {
      servers.set("hsm_control", "enabled");
    }
    archive(fid);
  }
}
