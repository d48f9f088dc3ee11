// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.mirror.journal.CrashableJournal;
import io.kmesh.core.internal.mirror.journal.MirrorJournal;
import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.core.internal.transfer.TreeFacts;
import io.kmesh.engine.ByteBudget;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableStore;
import io.kmesh.testkit.fault.CrashableTree;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.WallTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
  private static final int PARTS = 4;

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
    private final WallTime time = new WallTime();
    private final MemoryStore store;
    private final Path journal = folder.resolve("journal-" + number++);
    private final @Nullable MirrorDialect dialect;
    private final boolean isMoved;
    private boolean isDone;

    /**
     * A scenario.
     *
     * @param isMoved whether the large file had another name before, instead of other bytes
     */
    Export(@Nullable MirrorDialect dialect, boolean isMoved) {
      this(dialect, isMoved, MemoryStore.builder());
    }

    Export(@Nullable MirrorDialect dialect, boolean isMoved, MemoryStore.Builder builder) {
      this.store = builder.time(time).build();
      this.dialect = dialect;
      this.isMoved = isMoved;
      time.jump(Duration.ofHours(1)); // No stamp is young.
    }

    private MirrorTree over(ObjectStore to) {
      MirrorTree mirror =
          MirrorTree.in(to, time)
              .threads(1)
              .budget(ByteBudget.of(DataSize.ofMib(1)))
              .partSize(DataSize.ofBytes(PART))
              .journal(journal)
              .removeGone();
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
        long before = store.requests("uploadPart");
        Set<UploadPart> held = new HashSet<>();
        for (Upload upload : store.openUploads()) {
          held.addAll(store.blocking().listParts(upload));
        }
        MirrorTreeReport report = over(store).export(source, PathBytes.EMPTY);
        assertThat(report.failed()).isEmpty();
        // Of the part whose acknowledgement was lost nothing is known.
        long sent = store.requests("uploadPart") - before;
        assertThat(sent).isLessThanOrEqualTo(PARTS - Math.max(0, held.size() - 1));
      }
      checkImport(store);
      checkNothingStays();
    }

    /** An upload of which nobody heard has no part, and goes when it is old. */
    private void checkNothingStays() throws IOException {
      for (Upload upload : store.openUploads()) {
        assertThat(store.blocking().listParts(upload)).isEmpty();
      }
      if (!store.openUploads().isEmpty()) {
        time.jump(Duration.ofDays(8));
        store.blocking().delete(List.of(DeleteTarget.of("large")));
        assertThat(over(store).export(source, PathBytes.EMPTY).failed()).isEmpty();
      }
      assertThat(store.openUploads()).isEmpty();
    }
  }

  /** An export whose journal is a part of the process that ends. */
  private final class JournalledExport implements CrashPoints.Scenario {
    private final WallTime time = new WallTime();
    private final MemoryStore store = MemoryStore.builder().time(time).build();
    private final Path journal = folder.resolve("journal-" + number++);

    JournalledExport() {
      time.jump(Duration.ofHours(1)); // No stamp is young.
    }

    private MirrorTreeReport export(ObjectStore to, CrashPoint crashPoint) throws IOException {
      MirrorSettings settings = MirrorSettings.withoutState(to, time);
      settings.partSize(DataSize.ofBytes(PART));
      TreeOptions options = new TreeOptions();
      options.threads(1);
      options.journal(journal);
      options.journals =
          (direction, place) -> CrashableJournal.open(journal, direction, crashPoint);
      return new TreeExport(settings, options, source, PathBytes.EMPTY).run();
    }

    @Override
    public void run(CrashPoint crashPoint) throws Exception {
      export(CrashableStore.of(store, crashPoint), crashPoint);
    }

    @Override
    public void recoverAndCheck(long seed) throws Exception {
      assertThat(export(store, CrashPoint.never()).failed()).isEmpty();
      // Each part once, but for one whose record was lost with its process.
      assertThat(store.requests("uploadPart")).isBetween((long) PARTS, PARTS + 1L);
      checkImport(store);
      for (Upload upload : store.openUploads()) {
        // Begun, and never written down.
        assertThat(store.blocking().listParts(upload)).isEmpty();
      }
      try (MirrorJournal left =
          CrashableJournal.open(journal, "push", CrashPoint.never()).orElseThrow()) {
        assertThat(left.uploads()).isEmpty();
      }
    }
  }

  @Test
  void exportWithItsJournal_whenTheProcessEndsAnywhere_sendsEachPartOnce() {
    CrashPoints.Report report = CrashPoints.enumerate(JournalledExport::new, 1);
    assertThat(report.operations()).isGreaterThan(20);
    assertThat(report.crashes()).isGreaterThan(report.operations());
  }

  /** An import into a machine that crashes: what was not synced is lost or damaged. */
  private final class Import implements CrashPoints.Scenario {
    private final MemoryStore store;
    private final Path journal = folder.resolve("journal-" + number++);
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
      mirror(store).journal(journal).durable().importTo(tree, PathBytes.EMPTY);
      isDone = true;
    }

    @Override
    public void recoverAndCheck(long seed) throws Exception {
      tree.crash(seed);
      if (isDone) {
        assertThat(TreeFacts.of(real)).as("what was acknowledged").isEqualTo(expected);
      }
      assertThat(mirror(store).journal(journal).durable().importTo(real, PathBytes.EMPTY).failed())
          .isEmpty();
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
  void exportOfWhatTheStoreCopiesByParts_whenTheProcessEndsAnywhere_goesOn() {
    CrashPoints.Report report =
        CrashPoints.enumerate(() -> new Export(null, true, SmallCopies.builder()), 1);
    assertThat(report.operations()).isGreaterThan(15);
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
