// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.stub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.path.PathBytes;
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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the checks of the binding over the stub share: a mount, whose end leaves nothing open, and
 * files in it. Their classes ask what the contracts can't ask of every Lustre. Run by {@link
 * StubbedLustreContractTest}.
 */
abstract class StubChecks {
  static final byte[] CONTENT = "content".getBytes(UTF_8);

  static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path directory;

  final StubMount mount = new StubMount();

  final Stub stub = mount.stub();

  private @Nullable LustreBinding lustre;

  LustreBinding lustre() {
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

  Fid create(String name) throws IOException {
    try (PosixFile file =
        lustre().tree().openFile(PathBytes.of(name), Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
      file.write(ByteBuffer.wrap(CONTENT), 0);
      return lustre().identity().fid(file);
    }
  }

  void request(HsmActionKind action, Fid fid) throws IOException {
    lustre().hsm().request(HsmRequest.of(action, ArchiveId.ANY, List.of(fid)));
  }

  static ActionItem next(CopytoolSession session) throws IOException {
    List<ActionItem> items = session.receive(SOON);
    assertThat(items).hasSize(1);
    return items.get(0);
  }

  void archive(Fid fid) throws IOException {
    try (CopytoolSession session = lustre().copytools().register(Set.of())) {
      request(HsmActionKind.ARCHIVE, fid);
      try (RunningAction running = session.begin(next(session))) {
        running.succeed();
      }
    }
  }

  static ProviderException failure(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    ProviderException e = catchThrowableOfType(ProviderException.class, call);
    assertThat(e).as("a refusal").isNotNull();
    return e;
  }
}
