// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.snapshots.OpenSnapshot;
import io.kmesh.core.internal.snapshots.RestoreTarget;
import io.kmesh.core.internal.snapshots.ScanTally;
import io.kmesh.core.internal.snapshots.SnapshotWorld;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashableTree;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One entry, restored beside what is there. */
class SingleRestoreTest {
  private static final PathBytes FILE = PathBytes.of("d/f");
  private static final PathBytes LINK = PathBytes.of("d/l");

  private final SnapshotWorld world = SnapshotWorld.in(MemoryStore.create());
  private PosixTree source;
  private PosixTree target;

  @BeforeEach
  void take(@TempDir Path directory) throws IOException {
    source = JnaPosix.open(Files.createDirectory(directory.resolve("source")));
    target = JnaPosix.open(Files.createDirectory(directory.resolve("target")));
    SnapshotWorld.directory(source, "d");
    SnapshotWorld.write(source, "d/f", 1, 5000);
    try (PosixDirectory d = source.openDirectory(PathBytes.of("d"))) {
      d.makeSymlink(LINK.name(), PathBytes.of("f"));
    }
    world.take(source, "s", "src", 1);
  }

  @AfterEach
  void close() throws IOException {
    source.close();
    target.close();
  }

  private void restore(PathBytes path, PosixTree to) throws IOException {
    try (OpenSnapshot snapshot = world.snapshots().open("s")) {
      new SingleRestore(snapshot, RestoreTarget.of(to))
          .run(path, new ScanTally(), Retrier.Check.NONE);
    }
  }

  private void isInTheWay(PathBytes path) {
    assertThatThrownBy(() -> restore(path, target))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.EXISTS))
        .hasMessageContaining("replace()");
  }

  @Test
  void whatIsThere_isLeft_andRefusedUnlessItIsTheSame() throws IOException {
    restore(FILE, target);
    restore(LINK, target);
    restore(FILE, target);
    restore(LINK, target);
    assertThat(SnapshotWorld.facts(target)).containsOnlyKeys("", "f", "l");
    FileTime time;
    try (PosixFile file = target.openFile(FILE.name(), Set.of(OpenFlag.WRITE))) {
      time = file.stat().mtime();
      file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 7);
      file.setTimes(time, time);
    }
    try (PosixDirectory top = target.openRoot()) {
      FileTime linked = top.stat(LINK.name()).mtime();
      top.unlink(LINK.name());
      top.makeSymlink(LINK.name(), PathBytes.of("g"));
      top.setTimes(LINK.name(), linked, linked);
    }
    isInTheWay(FILE);
    isInTheWay(LINK);
  }

  @Test
  void whatIsRestored_isDurable(@TempDir Path folder) throws IOException {
    try (CrashableTree to = CrashableTree.of(JnaPosix.open(folder), CrashPoint.never())) {
      restore(FILE, to);
      restore(LINK, to);
      assertThat(to.unsynced()).isZero();
    }
  }
}
