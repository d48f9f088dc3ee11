// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.CurrentAction;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmCoordinator;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.HsmState;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.ImportAttributes;
import io.kmesh.spi.lustre.LustreCapability;
import io.kmesh.spi.lustre.LustreServer;
import io.kmesh.spi.lustre.OnServerOnlyException;
import io.kmesh.spi.lustre.RunningAction;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.XattrMode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * What every {@link io.kmesh.spi.lustre.LustreHsm} does: the states of a file, requests, releasing,
 * importing, and readers of released files. Each test is a thing that a running Lustre was seen to
 * do.
 */
public abstract class LustreHsmContract extends LustreFixture {
  /** For subclasses. */
  protected LustreHsmContract() {}

  @Test
  final void server_whereItServesNoMdt_isAnsweredByTheCommandToRunThere() throws Exception {
    LustreServer server = lustre().server();
    assertThat(lustre().capabilities().contains(LustreCapability.SERVER_CONTROL))
        .isEqualTo(!server.mdts().isEmpty());
    for (int mdt : lustre().identity().mdts()) {
      if (server.mdts().contains(mdt)) {
        HsmCoordinator coordinator = server.coordinator(mdt);
        assertThat(coordinator.mdt()).endsWith(String.format("-MDT%04x", mdt));
        assertThat(coordinator.control()).hasValue("enabled");
        assertThat(coordinator.maxRequests().orElseThrow()).isPositive();
        assertThat(coordinator.unknown()).isEmpty();
        assertThat(server.changelogUsers(mdt).unknown()).isEmpty();
        continue;
      }
      OnServerOnlyException e =
          catchThrowableOfType(OnServerOnlyException.class, () -> server.coordinator(mdt));
      assertThat(e.command())
          .matches("lctl get_param mdt\\..*-MDT000" + mdt + "\\.hsm_control mdt\\..*\\.hsm\\.\\*");
      e = catchThrowableOfType(OnServerOnlyException.class, () -> server.changelogUsers(mdt));
      assertThat(e.command())
          .matches("lctl get_param mdd\\..*-MDT000" + mdt + "\\.changelog_users");
    }
  }

  @Test
  final void state_ofANewFile_isNone() throws Exception {
    Fid fid = create("new", CONTENT);
    assertThat(lustre().hsm().state(fid)).isEqualTo(HsmState.NONE);
    try (PosixFile file = open("new", OpenFlag.READ)) {
      assertThat(lustre().hsm().state(file)).isEqualTo(HsmState.NONE);
      assertThat(lustre().hsm().dataVersion(file)).isEqualTo(lustre().hsm().dataVersion(fid));
    }
    assertThat(lustre().hsm().currentAction(fid)).isEqualTo(CurrentAction.IDLE);
  }

  @Test
  final void archive_whenDone_setsExistsAndArchived() throws Exception {
    Fid fid = archived("file", CONTENT);
    assertThat(flags(fid)).containsExactlyInAnyOrder(HsmFlag.EXISTS, HsmFlag.ARCHIVED);
    assertThat(lustre().hsm().state(fid).archiveId()).isNotEqualTo(ArchiveId.ANY);
    assertThat(lustre().hsm().currentAction(fid)).isEqualTo(CurrentAction.IDLE);
  }

  @Test
  final void archive_whenAnArchiveIsNamed_recordsIt() throws Exception {
    session();
    Fid fid = create("file", CONTENT);
    lustre().hsm().request(HsmRequest.of(HsmActionKind.ARCHIVE, ArchiveId.of(7), List.of(fid)));
    session().begin(next(HsmActionKind.ARCHIVE, fid)).succeed();
    assertThat(lustre().hsm().state(fid).archiveId()).isEqualTo(ArchiveId.of(7));
    // A clean file in another archive: accepted, and nothing happens.
    lustre().hsm().request(HsmRequest.of(HsmActionKind.ARCHIVE, ArchiveId.of(8), List.of(fid)));
    assertThat(comes(HsmActionKind.ARCHIVE, fid)).isFalse();
    assertThat(lustre().hsm().state(fid).archiveId()).isEqualTo(ArchiveId.of(7));
  }

  @Test
  final void release_whenArchivedAndClean_dropsTheDataOnly() throws Exception {
    Fid fid = archived("file", CONTENT);
    FileStat before = lustre().identity().stat(fid);
    request(HsmActionKind.RELEASE, fid);
    request(HsmActionKind.RELEASE, fid);
    assertThat(flags(fid))
        .containsExactlyInAnyOrder(HsmFlag.EXISTS, HsmFlag.ARCHIVED, HsmFlag.RELEASED);
    FileStat after = lustre().identity().stat(fid);
    assertThat(after.size()).isEqualTo(CONTENT.length);
    assertThat(after.blocks()).isLessThanOrEqualTo(1);
    assertThat(after.mode()).isEqualTo(before.mode());
    assertThat(after.mtime()).isEqualTo(before.mtime());
    assertThat(lustre().hsm().dataVersion(fid)).isZero();
  }

  @Test
  final void release_whenNotArchivedOrDirtyOrForbidden_isEperm() throws Exception {
    Fid fresh = create("fresh", CONTENT);
    assertFails(() -> request(HsmActionKind.RELEASE, fresh), Errno.EPERM);
    Fid dirty = archived("dirty", CONTENT);
    write("dirty", new byte[] {1}, 0);
    assertFails(() -> request(HsmActionKind.RELEASE, dirty), Errno.EPERM);
    for (HsmFlag flag : List.of(HsmFlag.NORELEASE, HsmFlag.LOST)) {
      Fid fid = archived("forbidden-" + flag, CONTENT);
      change(fid, Set.of(flag), Set.of());
      assertFails(() -> request(HsmActionKind.RELEASE, fid), Errno.EPERM);
      change(fid, Set.of(), Set.of(flag));
      request(HsmActionKind.RELEASE, fid);
    }
  }

  @Test
  final void release_whenDirtyWasClearedByHand_isEperm() throws Exception {
    Fid fid = archived("file", CONTENT);
    write("file", new byte[] {1}, 0);
    change(fid, Set.of(), Set.of(HsmFlag.DIRTY));
    assertFails(() -> request(HsmActionKind.RELEASE, fid), Errno.EPERM);
  }

  private void change(Fid fid, Set<HsmFlag> set, Set<HsmFlag> clear) throws Exception {
    lustre().hsm().changeState(fid, set, clear, ArchiveId.ANY);
  }

  @Test
  final void restore_whenRequested_bringsTheDataBack() throws Exception {
    Fid fid = released("file", CONTENT);
    FileStat before = lustre().identity().stat(fid);
    request(HsmActionKind.RESTORE, fid);
    assertThat(restore(fid).flags()).isZero();
    assertThat(flags(fid)).containsExactlyInAnyOrder(HsmFlag.EXISTS, HsmFlag.ARCHIVED);
    assertThat(read("file")).isEqualTo(CONTENT);
    FileStat after = lustre().identity().stat(fid);
    assertThat(after.mtime()).isEqualTo(before.mtime());
    assertThat(after.mode()).isEqualTo(before.mode());
    assertThat(lustre().identity().fid(path("file"))).isEqualTo(fid);
    request(HsmActionKind.RELEASE, fid);
    assertThat(flags(fid)).contains(HsmFlag.RELEASED);
  }

  @Test
  final void write_whenArchived_makesDirtyWithANewDataVersion() throws Exception {
    List<String> changes = List.of("append", "same-bytes", "truncate-to-same-size");
    for (String change : changes) {
      Fid fid = archived(change, CONTENT);
      long before = lustre().hsm().dataVersion(fid);
      try (PosixFile file = open(change, OpenFlag.WRITE)) {
        switch (change) {
          case "append" -> file.write(java.nio.ByteBuffer.wrap(CONTENT), CONTENT.length);
          case "same-bytes" -> file.write(java.nio.ByteBuffer.wrap(CONTENT), 0);
          default -> file.truncate(CONTENT.length);
        }
      }
      assertThat(flags(fid)).as(change).contains(HsmFlag.DIRTY, HsmFlag.ARCHIVED);
      assertThat(lustre().hsm().dataVersion(fid)).as(change).isNotEqualTo(before);
      archive(fid);
      assertThat(flags(fid)).as(change).doesNotContain(HsmFlag.DIRTY);
    }
  }

  @Test
  final void attributes_whenChanged_leaveTheFileClean() throws Exception {
    Fid fid = archived("file", CONTENT);
    long before = lustre().hsm().dataVersion(fid);
    changeAttributes("file");
    assertThat(flags(fid)).containsExactlyInAnyOrder(HsmFlag.EXISTS, HsmFlag.ARCHIVED);
    assertThat(lustre().hsm().dataVersion(fid)).isEqualTo(before);
    request(HsmActionKind.RELEASE, fid);
  }

  @Test
  final void attributes_whenChangedOnAReleasedFile_restoreNothing() throws Exception {
    Fid fid = released("file", CONTENT);
    changeAttributes("file");
    assertThat(comes(HsmActionKind.RESTORE, fid)).isFalse();
    assertThat(flags(fid))
        .containsExactlyInAnyOrder(HsmFlag.EXISTS, HsmFlag.ARCHIVED, HsmFlag.RELEASED);
  }

  private void changeAttributes(String name) throws Exception {
    try (PosixFile file = open(name, OpenFlag.READ);
        PosixDirectory directory = openDirectory()) {
      file.setMode(0640);
      file.setOwner(-1, -1);
      file.setTimes(new FileTime(1_000_000_000, 5), new FileTime(1_100_000_000, 7));
      file.setXattr(PathBytes.of("user.contract"), new byte[] {1}, XattrMode.SET);
      assertThat(file.stat().size()).isEqualTo(CONTENT.length);
      PathBytes from = PathBytes.of(name);
      PathBytes moved = PathBytes.of(name + ".moved");
      directory.rename(from, directory, moved, RenameMode.REPLACE);
      directory.link(moved, directory, from);
    }
  }

  @Test
  final void remove_whenDone_clearsTheFlagsAndKeepsTheArchiveId() throws Exception {
    Fid fid = archived("file", CONTENT);
    ArchiveId archive = lustre().hsm().state(fid).archiveId();
    request(HsmActionKind.REMOVE, fid);
    session().begin(next(HsmActionKind.REMOVE, fid)).succeed();
    assertThat(flags(fid)).isEmpty();
    assertThat(lustre().hsm().state(fid).archiveId()).isEqualTo(archive);
    assertThat(read("file")).isEqualTo(CONTENT);
  }

  @Test
  final void request_whenTheStateForbids_isEpermAndItemsBeforeAreQueued() throws Exception {
    Fid released = released("released", CONTENT);
    Fid before = archived("before", CONTENT);
    assertFails(() -> request(HsmActionKind.REMOVE, before, released), Errno.EPERM);
    session().begin(next(HsmActionKind.REMOVE, before)).succeed();
    Fid marked = create("marked", CONTENT);
    change(marked, Set.of(HsmFlag.NOARCHIVE), Set.of());
    assertFails(() -> request(HsmActionKind.ARCHIVE, marked), Errno.EPERM);
  }

  @Test
  final void request_whenNotNeeded_isAcceptedAndDoesNothing() throws Exception {
    Fid fresh = create("fresh", CONTENT);
    request(HsmActionKind.RESTORE, fresh);
    request(HsmActionKind.REMOVE, fresh);
    request(HsmActionKind.CANCEL, fresh);
    request(HsmActionKind.ARCHIVE);
    Fid clean = archived("clean", CONTENT);
    request(HsmActionKind.ARCHIVE, clean);
    request(HsmActionKind.RESTORE, clean);
    assertThat(settle()).isEmpty();
  }

  @Test
  final void request_whenManyFiles_isSplitAtTheKernelsLimit() throws Exception {
    List<Fid> fids = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      fids.add(create("file-" + i, new byte[0]));
    }
    archive(fids.toArray(Fid[]::new));
    for (Fid fid : fids) {
      assertThat(flags(fid)).contains(HsmFlag.ARCHIVED);
    }
  }

  @Test
  final void request_whenTheFileIsGone_fails() throws Exception {
    Fid fid = create("gone", CONTENT);
    try (PosixDirectory directory = openDirectory()) {
      directory.unlink(PathBytes.of("gone"));
    }
    assertFails(() -> request(HsmActionKind.ARCHIVE, fid), Errno.ENOENT, Errno.ESTALE);
    assertFails(() -> lustre().hsm().state(fid), Errno.ENOENT, Errno.ESTALE);
  }

  @Test
  final void changeState_whenIllegal_isEinvalAndChangesNothing() throws Exception {
    Fid fid = create("file", CONTENT);
    assertFails(() -> change(fid, Set.of(HsmFlag.DIRTY), Set.of()), Errno.EINVAL);
    assertFails(() -> change(fid, Set.of(HsmFlag.LOST), Set.of()), Errno.EINVAL);
    assertFails(
        () -> lustre().hsm().changeState(fid, Set.of(HsmFlag.NOARCHIVE), Set.of(), ArchiveId.of(3)),
        Errno.EINVAL);
    assertThat(lustre().hsm().state(fid)).isEqualTo(HsmState.NONE);
    Fid released = released("released", CONTENT);
    assertFails(() -> change(released, Set.of(HsmFlag.DIRTY), Set.of()), Errno.EINVAL);
    change(released, Set.of(HsmFlag.NORELEASE), Set.of());
    assertThat(flags(released)).contains(HsmFlag.NORELEASE, HsmFlag.RELEASED);
  }

  @Test
  final void currentAction_whenOneWaitsAndRuns_saysSo() throws Exception {
    session();
    Fid fid = create("file", CONTENT);
    request(HsmActionKind.ARCHIVE, fid);
    RunningAction running = session().begin(next(HsmActionKind.ARCHIVE, fid));
    running.progress(new Extent(0, 10));
    CurrentAction now = lustre().hsm().currentAction(fid);
    assertThat(now.phase()).isEqualTo(CurrentAction.Phase.RUNNING);
    assertThat(now.action()).contains(HsmActionKind.ARCHIVE);
    assertThat(now.bytesDone()).isEqualTo(10);
    running.succeed();
    assertThat(lustre().hsm().currentAction(fid)).isEqualTo(CurrentAction.IDLE);
  }

  // ---- stubs

  @Test
  final void importStub_whenNew_isAReleasedFile() throws Exception {
    FileTime mtime = new FileTime(1_234_567_890, 0);
    ImportAttributes attributes = new ImportAttributes(04755, 12, 34, CONTENT.length, mtime, mtime);
    Fid fid = lustre().hsm().importStub(path("stub"), ArchiveId.of(5), attributes, Layout.plain(1));
    assertThat(lustre().identity().fid(path("stub"))).isEqualTo(fid);
    assertThat(flags(fid))
        .containsExactlyInAnyOrder(HsmFlag.EXISTS, HsmFlag.ARCHIVED, HsmFlag.RELEASED);
    assertThat(lustre().hsm().state(fid).archiveId()).isEqualTo(ArchiveId.of(5));
    FileStat stat = lustre().identity().stat(fid);
    assertThat(stat.size()).isEqualTo(CONTENT.length);
    assertThat(stat.mode()).as("Lustre keeps 0777 of the mode").isEqualTo(0755);
    assertThat(stat.uid()).isEqualTo(12);
    assertThat(stat.gid()).isEqualTo(34);
    assertThat(stat.mtime().seconds()).isEqualTo(mtime.seconds());
    assertThat(stat.blocks()).isLessThanOrEqualTo(1);
    assertThat(lustre().hsm().dataVersion(fid)).isZero();

    session();
    CompletableFuture<byte[]> reader = inThread(() -> read("stub"));
    assertThat(restore(fid).archiveId()).isEqualTo(ArchiveId.of(5));
    assertThat(result(reader)).isEqualTo(CONTENT);
  }

  @Test
  final void importStub_whenTheNameIsTakenOrThePoolUnknown_leavesNothingBehind() throws Exception {
    FileTime time = new FileTime(1, 0);
    ImportAttributes attributes = new ImportAttributes(0644, 0, 0, 1, time, time);
    create("taken", CONTENT);
    assertFails(
        () ->
            lustre().hsm().importStub(path("taken"), ArchiveId.of(1), attributes, Layout.plain(1)),
        Errno.EEXIST);
    assertThat(read("taken")).isEqualTo(CONTENT);
    assertFails(
        () ->
            lustre()
                .hsm()
                .importStub(
                    path("new"), ArchiveId.of(1), attributes, Layout.plain(1, 0, "nosuchpool")),
        Errno.EINVAL);
    assertFails(() -> lustre().identity().fid(path("new")), Errno.ENOENT);
  }

  @Test
  final void importStub_intoAnOpenDirectory_isThatDirectorys() throws Exception {
    FileTime time = new FileTime(1_234_567_890, 0);
    ImportAttributes attributes = new ImportAttributes(0640, 0, 0, 7, time, time);
    try (PosixDirectory directory = openDirectory()) {
      Fid fid =
          lustre()
              .hsm()
              .importStub(
                  directory, PathBytes.of("stub"), ArchiveId.of(5), attributes, Layout.plain(1));
      assertThat(lustre().identity().fid(path("stub"))).isEqualTo(fid);
      assertThat(lustre().hsm().state(fid).isReleased()).isTrue();
      assertFails(
          () ->
              lustre()
                  .hsm()
                  .importStub(
                      directory,
                      PathBytes.of("stub"),
                      ArchiveId.of(5),
                      attributes,
                      Layout.plain(1)),
          Errno.EEXIST);
    }
  }

  // ---- readers of released files

  @Test
  final void read_whenReleased_blocksUntilRestoredByOneRestore() throws Exception {
    Fid fid = released("file", CONTENT);
    List<CompletableFuture<byte[]>> readers = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      readers.add(inThread(() -> read("file")));
    }
    restore(fid);
    for (CompletableFuture<byte[]> reader : readers) {
      assertThat(result(reader)).isEqualTo(CONTENT);
    }
    assertThat(comes(HsmActionKind.RESTORE, fid)).isFalse();
  }

  @Test
  final void open_whenReleased_restoresNothing() throws Exception {
    Fid fid = released("file", CONTENT);
    for (OpenFlag flag : List.of(OpenFlag.READ, OpenFlag.WRITE)) {
      try (PosixFile file = open("file", flag)) {
        assertThat(file.stat().size()).isEqualTo(CONTENT.length);
        assertThat(lustre().hsm().state(file).isReleased()).isTrue();
      }
    }
    assertThat(comes(HsmActionKind.RESTORE, fid)).isFalse();
    assertThat(flags(fid)).contains(HsmFlag.RELEASED);
  }

  @Test
  final void nextData_whenReleased_restoresAndBlocks() throws Exception {
    Fid fid = released("file", CONTENT);
    CompletableFuture<Long> seek =
        inThread(
            () -> {
              try (PosixFile file = open("file", OpenFlag.READ)) {
                return file.nextData(0).orElse(-1);
              }
            });
    restore(fid);
    assertThat(result(seek)).isZero();
    assertThat(flags(fid)).doesNotContain(HsmFlag.RELEASED);
  }

  @Test
  final void write_whenReleased_restoresThenMakesDirty() throws Exception {
    Fid fid = released("file", CONTENT);
    CompletableFuture<Boolean> writer =
        inThread(
            () -> {
              write("file", "X".getBytes(StandardCharsets.UTF_8), 0);
              return true;
            });
    restore(fid);
    assertThat(result(writer)).isTrue();
    byte[] expected = CONTENT.clone();
    expected[0] = 'X';
    assertThat(read("file")).isEqualTo(expected);
    assertThat(flags(fid))
        .containsExactlyInAnyOrder(HsmFlag.EXISTS, HsmFlag.ARCHIVED, HsmFlag.DIRTY);
  }

  @Test
  final void read_whenTheRestoreFails_isEnodataAndTheFileStaysReleased() throws Exception {
    Fid fid = released("file", CONTENT);
    CompletableFuture<byte[]> reader = inThread(() -> read("file"));
    // A reader that came while another's restore was pending asks once more.
    eventually(
        "the reader's end",
        () -> {
          if (comes(HsmActionKind.RESTORE, fid)) {
            session().fail(next(HsmActionKind.RESTORE, fid), Errno.EIO, null);
          }
          return reader.isDone();
        });
    assertFails(() -> result(reader), Errno.ENODATA);
    assertThat(flags(fid)).contains(HsmFlag.RELEASED);
    CompletableFuture<byte[]> again = inThread(() -> read("file"));
    restore(fid);
    assertThat(result(again)).isEqualTo(CONTENT);
  }

  @Test
  final void read_whenLost_isEnodata() throws Exception {
    Fid fid = released("file", CONTENT);
    change(fid, Set.of(HsmFlag.LOST), Set.of());
    assertFails(() -> result(inThread(() -> read("file"))), Errno.ENODATA);
    change(fid, Set.of(), Set.of(HsmFlag.LOST));
    assertThat(flags(fid)).contains(HsmFlag.RELEASED);
  }
}
