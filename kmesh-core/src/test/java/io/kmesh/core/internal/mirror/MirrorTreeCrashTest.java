// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.core.internal.transfer.TreeFacts;
import io.kmesh.engine.ByteBudget;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.engine.MirrorTree;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableStore;
import io.kmesh.testkit.fault.CrashableTree;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An export, or an import, that is interrupted anywhere and repeated ends like one that was not.
 */
@Tag("crash")
class MirrorTreeCrashTest {
  private static final int PART = 64 << 10;

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
      HostileTree.write(root, PathBytes.of("large"), 12, (PART * 3) + 1);
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

  private static MirrorTree mirror(ObjectStore store) {
    return MirrorTree.in(store, MirrorFixture.STILL)
        .threads(1)
        .budget(ByteBudget.of(DataSize.ofMib(1)))
        .partSize(DataSize.ofBytes(PART));
  }

  private PosixTree world() throws IOException {
    return JnaPosix.open(Files.createDirectory(folder.resolve("world-" + number++)));
  }

  private void checkImport(MemoryStore store) throws IOException {
    try (PosixTree target = world()) {
      assertThat(mirror(store).importTo(target, PathBytes.EMPTY).failed()).isEmpty();
      assertThat(TreeFacts.of(target)).isEqualTo(expected);
    }
  }

  /** An export over an older one, so that replacing is tried too. */
  private final class Export implements CrashPoints.Scenario {
    private final MemoryStore store = MemoryStore.create();
    private final @Nullable MirrorDialect dialect;
    private final boolean isMoved;
    private boolean isDone;

    /**
     * A scenario.
     *
     * @param isMoved whether the large file had another name before, instead of other bytes
     */
    Export(@Nullable MirrorDialect dialect, boolean isMoved) {
      this.dialect = dialect;
      this.isMoved = isMoved;
    }

    private MirrorTree over(ObjectStore to) {
      MirrorTree mirror = mirror(to).removeGone();
      if (isMoved) {
        mirror.findMoved();
      }
      return dialect == null ? mirror : mirror.dialect(dialect);
    }

    @Override
    public void run(CrashPoint crashPoint) throws Exception {
      try (PosixTree older = world()) {
        try (PosixDirectory root = older.openRoot()) {
          if (isMoved) {
            HostileTree.write(root, PathBytes.of("was-large"), 12, (PART * 3) + 1);
          } else {
            HostileTree.write(root, PathBytes.of("large"), 7, PART * 2);
          }
          HostileTree.write(root, PathBytes.of("gone"), 8, 10);
          root.makeDirectory(PathBytes.of("d"), 0700);
        }
        mirror(store).export(older, PathBytes.EMPTY);
      }
      over(CrashableStore.of(store, crashPoint)).export(source, PathBytes.EMPTY);
      isDone = true;
    }

    @Override
    public void recoverAndCheck(long seed) throws Exception {
      if (!isDone) {
        assertThat(over(store).export(source, PathBytes.EMPTY).failed()).isEmpty();
      }
      assertThat(store.openUploads()).isEmpty();
      checkImport(store);
    }
  }

  /** An import into a machine that crashes: what was not synced is lost or damaged. */
  private final class Import implements CrashPoints.Scenario {
    private final MemoryStore store;
    private PosixTree real;
    private CrashableTree tree;
    private boolean isDone;

    Import(MemoryStore store) {
      this.store = store;
    }

    @Override
    public void run(CrashPoint crashPoint) throws Exception {
      real = world();
      tree = CrashableTree.of(real, crashPoint);
      mirror(store).durable().importTo(tree, PathBytes.EMPTY);
      isDone = true;
    }

    @Override
    public void recoverAndCheck(long seed) throws Exception {
      tree.crash(seed);
      if (isDone) {
        assertThat(TreeFacts.of(real)).as("what was acknowledged").isEqualTo(expected);
      }
      assertThat(mirror(store).durable().importTo(real, PathBytes.EMPTY).failed()).isEmpty();
      assertThat(TreeFacts.of(real)).isEqualTo(expected);
      real.close();
    }
  }

  @Test
  void export_whenTheProcessEndsAnywhere_goesOn() {
    CrashPoints.Report report = CrashPoints.enumerate(() -> new Export(null, false), 1);
    assertThat(report.operations()).isGreaterThan(20);
    assertThat(report.crashes()).isGreaterThan(report.operations());
  }

  /** Over an export in no words, whose directories have other keys. */
  @Test
  void exportInTheWordsOfOthers_whenTheProcessEndsAnywhere_goesOn() {
    CrashPoints.Report report =
        CrashPoints.enumerate(() -> new Export(MirrorDialect.AMLFS, false), 1);
    assertThat(report.operations()).isGreaterThan(20);
    assertThat(report.crashes()).isGreaterThan(report.operations());
  }

  @Test
  void exportOfWhatWasRenamed_whenTheProcessEndsAnywhere_goesOn() {
    CrashPoints.Report report = CrashPoints.enumerate(() -> new Export(null, true), 1);
    assertThat(report.operations()).isGreaterThan(10);
    assertThat(report.crashes()).isGreaterThan(report.operations());
  }

  @Test
  void durable_whenTheMachineCrashesAnywhere_losesNothingAndGoesOn() throws IOException {
    MemoryStore store = MemoryStore.create();
    mirror(store).export(source, PathBytes.EMPTY);
    CrashPoints.Report report = CrashPoints.enumerate(() -> new Import(store), 2);
    assertThat(report.operations()).isGreaterThan(30);
    assertThat(report.crashes()).isGreaterThan(report.operations() * 2);
  }
}
