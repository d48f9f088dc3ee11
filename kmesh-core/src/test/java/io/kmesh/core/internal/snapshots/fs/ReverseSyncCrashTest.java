// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.snapshots.ContentGate;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A reverse sync that is cut at any step, by a kill or with the power, is finished by the next one:
 * no conflict, no half file, nothing left behind.
 */
@Tag("crash")
class ReverseSyncCrashTest {
  @TempDir Path folder;
  private FsWorld world;
  private Path copies;
  private int number;

  @BeforeEach
  void open() throws IOException {
    world = new FsWorld();
    copies = Files.createDirectory(folder.resolve("copies"));
  }

  @AfterEach
  void close() {
    world.close();
  }

  private static void change(Path top) throws IOException {
    Files.write(top.resolve("a/a/a"), CopyModelTest.random(5, 100), StandardOpenOption.WRITE);
    Files.createDirectory(top.resolve("d"));
    Files.write(top.resolve("d/mine"), CopyModelTest.random(6, 3000));
    Files.move(top.resolve("b"), top.resolve("d/moved"));
    Files.delete(top.resolve("c"));
    Files.createLink(top.resolve("e"), top.resolve("a/b"));
    Files.write(top.resolve("a/b"), CopyModelTest.random(7, 50), StandardOpenOption.WRITE);
    Files.setPosixFilePermissions(
        top.resolve("d/moved/a"),
        java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void crashAnywhere_isTakenUp() {
    CrashPoints.Report report = CrashPoints.enumerate(Scenario::new, 1);
    assertThat(report.operations()).isGreaterThan(30);
    assertThat(report.crashes()).isEqualTo(2 * report.operations());
  }

  private final class Scenario implements CrashPoints.Scenario {
    private final Path live = folder.resolve("live" + number);
    private final Path place = copies.resolve("c" + number++);
    private VirtualCopy copy;
    private CrashableTree tree;
    private Map<String, String> wanted;

    @Override
    public void run(CrashPoint point) throws IOException {
      Files.createDirectory(live);
      RefreshCrashTest.fill(live);
      copy = world.copies().create(world.take(live), "c", place);
      change(copy.fileSystem().getPath("/"));
      wanted = CopyModelTest.facts(copy.fileSystem().getPath("/"));
      tree = CrashableTree.of(JnaPosix.open(live), point);
      SyncResult result =
          copy.reverseSync(tree, ContentGate.OPEN, ConflictPolicy.SKIP).apply(Retrier.Check.NONE);
      assertThat(result.conflicts()).isEmpty();
      assertThat(tree.unsynced()).as("changes that are not durable").isZero();
    }

    @Override
    public void recoverAndCheck(long seed) throws IOException {
      if (seed / 1000 % 2 == 1) {
        tree.crash(seed); // Every other one is a kill only.
      }
      tree.close();
      if (Files.exists(live.resolve(".kmesh-crashable"))) {
        CopyModelTest.delete(live.resolve(".kmesh-crashable"));
      }
      try (PosixTree again = JnaPosix.open(live)) {
        SyncResult result =
            copy.reverseSync(again, ContentGate.OPEN, ConflictPolicy.SKIP)
                .apply(Retrier.Check.NONE);
        assertThat(result.conflicts()).isEmpty();
      }
      assertThat(CopyModelTest.facts(live)).isEqualTo(wanted);
      copy.close();
      world.copies().delete(place);
      CopyModelTest.delete(live);
    }
  }
}
