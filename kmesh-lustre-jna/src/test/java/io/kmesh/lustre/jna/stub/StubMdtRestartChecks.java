// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.stub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.RunningAction;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a copytool sees of an MDT that is started anew, of a coordinator that is off, and of a
 * registration that is gone; and that it goes on. Run by {@link StubbedLustreContractTest}.
 */
class StubMdtRestartChecks {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path directory;
  private final StubMount mount = new StubMount();
  private final Stub stub = mount.stub();
  private @Nullable LustreBinding lustre;

  private LustreBinding lustre() {
    return Objects.requireNonNull(lustre);
  }

  @BeforeEach
  void open() throws IOException {
    lustre = mount.open(directory);
  }

  @AfterEach
  void nothingIsLeftOpen() throws IOException {
    if (lustre != null) {
      lustre.close();
    }
    assertThat(stub.openHandles()).as("descriptors and handles left open").isZero();
    assertThat(stub.calls("HANG_OF_A_SERVER_THREAD")).isZero();
  }

  private Fid create(String name) throws IOException {
    try (PosixFile file =
        lustre().tree().openFile(PathBytes.of(name), Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
      file.write(ByteBuffer.wrap(name.getBytes(UTF_8)), 0);
      return lustre().identity().fid(file);
    }
  }

  private void request(HsmActionKind action, Fid fid) throws IOException {
    lustre().hsm().request(HsmRequest.of(action, ArchiveId.ANY, List.of(fid)));
  }

  private static ActionItem next(CopytoolSession session) throws IOException {
    List<ActionItem> items = session.receive(SOON);
    assertThat(items).hasSize(1);
    return items.get(0);
  }

  private void archive(CopytoolSession session, Fid fid) throws IOException {
    request(HsmActionKind.ARCHIVE, fid);
    try (RunningAction running = session.begin(next(session))) {
      running.succeed();
    }
    assertThat(lustre().hsm().state(fid).has(HsmFlag.ARCHIVED)).isTrue();
  }

  private static ProviderException failure(ThrowingCallable call) {
    ProviderException e = catchThrowableOfType(ProviderException.class, call);
    assertThat(e).as("a refusal").isNotNull();
    return e;
  }

  @Test
  void archive_thatTheMdtForgot_isToldByEnoent_andTheSessionGoesOn() throws IOException {
    Fid fid = create("file");
    int mdt = lustre().identity().mdt(fid);
    try (CopytoolSession session = lustre().copytools().register(Set.of())) {
      request(HsmActionKind.ARCHIVE, fid);
      ActionItem item = next(session);
      try (RunningAction running = session.begin(item)) {
        running.progress(new Extent(0, 1));
        stub.restartMdt(mdt);
        ProviderException e = failure(() -> running.progress(new Extent(1, 1)));
        assertThat(e.errno()).hasValue(Errno.ENOENT);
        assertThat(e.getMessage()).contains("does not know it (any more)", "Forget it");
        assertThat(failure(() -> session.keepAlive(item)).errno()).hasValue(Errno.ENOENT);
        assertThat(failure(running::succeed).errno()).hasValue(Errno.ENOENT);
      }
      assertThat(failure(() -> session.fail(item, Errno.EIO, null)).errno()).hasValue(Errno.ENOENT);
      assertThat(lustre().hsm().state(fid).has(HsmFlag.ARCHIVED)).isFalse();
      assertThat(stub.actions(mdt)).contains("STARTED");
      archive(session, create("other"));
    }
  }

  @Test
  void restore_thatTheMdtQueuedAgain_comesAgain_andTheOldOneDoesNoHarm() throws IOException {
    Fid fid = create("file");
    try (CopytoolSession session = lustre().copytools().register(Set.of())) {
      archive(session, fid);
      request(HsmActionKind.RELEASE, fid);
      request(HsmActionKind.RESTORE, fid);
      ActionItem first = next(session);
      try (RunningAction old = session.begin(first)) {
        old.data().write(ByteBuffer.wrap("wrong".getBytes(UTF_8)), 0);
        old.progress(new Extent(0, 5));
        stub.restartMdt(lustre().identity().mdt(fid));
        ActionItem again = next(session);
        assertThat(again.cookie()).isEqualTo(first.cookie());
        assertThat(again.fid()).isEqualTo(fid);
        try (RunningAction running = session.begin(again)) {
          running.data().write(ByteBuffer.wrap("file".getBytes(UTF_8)), 0);
          running.progress(new Extent(0, 4));
          assertThat(failure(old::succeed).errno()).hasValue(Errno.EINVAL);
          running.succeed();
        }
      }
      assertThat(lustre().hsm().state(fid).isReleased()).isFalse();
      try (PosixFile file = lustre().tree().openFile(PathBytes.of("file"), Set.of(OpenFlag.READ))) {
        ByteBuffer content = ByteBuffer.allocate(10);
        file.read(content, 0);
        assertThat(new String(content.array(), 0, content.position(), UTF_8)).isEqualTo("file");
      }
      archive(session, create("other"));
    }
  }

  @Test
  void coordinatorThatIsOff_isToldByEagain_andGoesOnWhenItIsOnAgain() throws IOException {
    Fid fid = create("file");
    try (CopytoolSession session = lustre().copytools().register(Set.of())) {
      request(HsmActionKind.ARCHIVE, fid);
      ActionItem item = next(session);
      try (RunningAction running = session.begin(item)) {
        stub.set("hsm_control", "shutdown");
        for (ThrowingCallable call :
            List.<ThrowingCallable>of(
                () -> running.progress(new Extent(0, 1)),
                () -> session.keepAlive(item),
                () -> session.fail(item, Errno.EIO, null),
                () -> request(HsmActionKind.ARCHIVE, create("other")))) {
          ProviderException e = failure(call);
          assertThat(e.errno()).hasValue(Errno.EAGAIN);
          assertThat(e.getMessage()).contains("inferred", "hsm_control=enabled");
        }
        assertThat(session.receive(Duration.ZERO)).isEmpty();
        stub.set("hsm_control", "enabled");
        running.progress(new Extent(0, 1));
        running.succeed();
      }
      assertThat(lustre().hsm().state(fid).has(HsmFlag.ARCHIVED)).isTrue();
    }
  }

  @Test
  void pipeThatEnds_isToldToWhoWaits_andRegisteringAnewGetsWhatWaits() throws Exception {
    for (Stub.PipeEnd how : Stub.PipeEnd.values()) {
      Fid fid = create("file-" + how);
      ExecutorService threads = Executors.newSingleThreadExecutor();
      try (CopytoolSession session = lustre().copytools().register(Set.of())) {
        Future<List<ActionItem>> waiting = threads.submit(() -> session.receive(SOON));
        stub.endPipes(how);
        ExecutionException e = catchThrowableOfType(ExecutionException.class, waiting::get);
        assertThat(e).as("%s", how).isNotNull();
        assertThat(e.getCause()).isInstanceOf(ProviderException.class);
        assertThat(((ProviderException) e.getCause()).errno())
            .as("%s", how)
            .hasValueSatisfying(errno -> assertThat(errno).isIn(Errno.EPIPE, Errno.ESHUTDOWN));
        assertThat(e.getCause()).hasMessageContaining("Register again.");
        request(HsmActionKind.ARCHIVE, fid);
      } finally {
        threads.shutdownNow();
      }
      try (CopytoolSession session = lustre().copytools().register(Set.of())) {
        try (RunningAction running = session.begin(next(session))) {
          assertThat(running.item().fid()).isEqualTo(fid);
          running.succeed();
        }
      }
      assertThat(lustre().hsm().state(fid).has(HsmFlag.ARCHIVED)).isTrue();
    }
  }
}
