// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.engine.TreeCopy;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableTree;
import io.kmesh.testkit.fault.FaultInjector;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyTree;
import io.kmesh.testkit.time.ManualTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A copy that is interrupted anywhere and repeated ends like one that was not. */
@Tag("crash")
class TreeCopyCrashTest {
  private static final PathBytes TARGET = PathBytes.of("target");
  private static final DataSize RANGE = DataSize.ofKib(64);

  private PosixTree source;
  private Path folder;
  private int number;
  private Map<String, String> expected;

  @BeforeEach
  void fill(@TempDir Path directory) throws IOException {
    folder = directory;
    source = JnaPosix.open(Files.createDirectory(directory.resolve("source")));
    try (PosixDirectory root = source.openRoot()) {
      HostileTree.write(root, PathBytes.of("small"), 1, 5000);
      HostileTree.write(root, PathBytes.of("large"), 2, (int) RANGE.bytes() * 3 + 1);
      root.makeDirectory(PathBytes.of("d"), 0750);
      try (PosixDirectory d = root.openDirectory(PathBytes.of("d"))) {
        HostileTree.write(d, PathBytes.of("new\nline"), 3, 9000);
        root.link(PathBytes.of("small"), d, PathBytes.of("second"));
        d.makeSymlink(PathBytes.of("link"), PathBytes.of("new\nline"));
      }
    }
    expected = TreeFacts.of(source);
  }

  @AfterEach
  void close() throws IOException {
    source.close();
  }

  private TreeCopy copy(PosixTree target) {
    return TreeCopy.from(source, PathBytes.EMPTY)
        .to(target, TARGET)
        .threads(1)
        .ranges(RANGE)
        .buffers(RANGE);
  }

  /** What was there before, so that replacing is tried too. */
  private PosixTree world() throws IOException {
    PosixTree real = JnaPosix.open(Files.createDirectory(folder.resolve("world-" + number++)));
    try (PosixDirectory root = real.openRoot()) {
      root.makeDirectory(TARGET, 0755);
      try (PosixDirectory target = root.openDirectory(TARGET)) {
        HostileTree.write(target, PathBytes.of("large"), 9, 70_000);
      }
    }
    return real;
  }

  /** The machine crashes: what was not synced is lost or damaged. */
  private final class MachineCrash implements CrashPoints.Scenario {
    private PosixTree real;
    private CrashableTree tree;
    private boolean isDone;

    @Override
    public void run(CrashPoint crashPoint) throws Exception {
      real = world();
      tree = CrashableTree.of(real, crashPoint);
      copy(tree).durable().run();
      isDone = true;
    }

    @Override
    public void recoverAndCheck(long seed) throws Exception {
      tree.crash(seed);
      if (isDone) {
        assertThat(TreeFacts.of(real, TARGET)).as("what was acknowledged").isEqualTo(expected);
      }
      assertThat(copy(real).durable().run().failed()).isEmpty();
      assertThat(TreeFacts.of(real, TARGET)).isEqualTo(expected);
      real.close();
    }
  }

  /** The process is killed: what was done stays. */
  private final class Kill implements CrashPoints.Scenario {
    private PosixTree real;

    @Override
    public void run(CrashPoint crashPoint) throws Exception {
      real = world();
      FaultInjector calls = FaultInjector.start(FaultPlan.none(), ManualTime.create(), crashPoint);
      copy(FaultyTree.of(real, calls)).run();
    }

    @Override
    public void recoverAndCheck(long seed) throws Exception {
      assertThat(copy(real).run().failed()).isEmpty();
      assertThat(TreeFacts.of(real, TARGET)).isEqualTo(expected);
      real.close();
    }
  }

  @Test
  void durable_whenTheMachineCrashesAnywhere_losesNothingAndGoesOn() {
    CrashPoints.Report report = CrashPoints.enumerate(MachineCrash::new, 3);
    assertThat(report.operations()).isGreaterThan(30);
    assertThat(report.crashes()).isGreaterThan(report.operations() * 3);
  }

  @Test
  void run_whenTheProcessIsKilledAnywhere_goesOn() {
    CrashPoints.Report report = CrashPoints.enumerate(Kill::new, 1);
    assertThat(report.operations()).isGreaterThan(50);
    assertThat(report.crashes()).isGreaterThan(report.operations());
  }
}
