// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.core.internal.transfer.TreeFacts;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names that are one on some file systems, and two here and in a store. */
class PortableNamesTest {
  private final MemoryStore store = MemoryStore.create();
  private PosixTree source;
  private PosixTree target;

  @BeforeEach
  void fill(@TempDir Path directory) throws IOException {
    source = JnaPosix.open(Files.createDirectory(directory.resolve("source")));
    target = JnaPosix.open(Files.createDirectory(directory.resolve("target")));
    try (PosixDirectory root = source.openRoot()) {
      int seed = 1;
      for (String name : new String[] {"Makefile", "makefile", "\u00e9", "e\u0301", "alone"}) {
        HostileTree.write(root, PathBytes.of(name), seed++, 10);
      }
      for (String name : new String[] {"D", "d"}) {
        root.makeDirectory(PathBytes.of(name), 0755);
        try (PosixDirectory below = root.openDirectory(PathBytes.of(name))) {
          HostileTree.write(below, PathBytes.of("in-" + name), seed++, 10);
        }
      }
    }
  }

  @AfterEach
  void close() throws IOException {
    source.close();
    target.close();
    store.close();
  }

  private MirrorTree mirror() {
    return MirrorTree.in(store, MirrorFixture.STILL).threads(2);
  }

  @Test
  void export_whenAsked_refusesBothByName_andAllOthersGoOn() throws IOException {
    MirrorTreeReport out = mirror().portableNames().export(source, PathBytes.EMPTY);
    assertThat(out.failed())
        .extracting(MirrorTreeReport.Problem::name)
        .containsExactlyInAnyOrder("D", "Makefile", "d", "e\u0301", "makefile", "\u00e9");
    assertThat(out.failed())
        .allSatisfy(p -> assertThat(p.message()).contains("Unicode's form").contains("Rename"));
    assertThat(store.keys()).containsExactlyInAnyOrder("alone", ".kmesh/root");
  }

  @Test
  void export_whenNotAsked_storesEachUnderItsOwnName() throws IOException {
    assertThat(mirror().export(source, PathBytes.EMPTY).failed()).isEmpty();
    assertThat(mirror().importTo(target, PathBytes.EMPTY).failed()).isEmpty();
    assertThat(TreeFacts.of(target)).isEqualTo(TreeFacts.of(source));
  }

  @Test
  void import_whenAsked_refusesEachByKey() throws IOException {
    mirror().export(source, PathBytes.EMPTY);
    MirrorTreeReport in = mirror().portableNames().importTo(target, PathBytes.EMPTY);
    assertThat(in.failed())
        .extracting(MirrorTreeReport.Problem::name)
        .containsExactlyInAnyOrder(
            "D/", "D/in-D", "Makefile", "d/", "d/in-d", "e\u0301", "makefile", "\u00e9");
    assertThat(TreeFacts.of(target).keySet()).containsExactly("", "alone");
  }

  @Test
  void import_intoATreeThatTakesThemForOne_overwritesNothingSilently() throws IOException {
    mirror().export(source, PathBytes.EMPTY);
    MirrorTreeReport in = mirror().importTo(new FoldingTree(target), PathBytes.EMPTY);
    assertThat(in.failedCount()).isEqualTo(8);
    assertThat(TreeFacts.of(target).keySet()).containsExactly("", "alone");
  }

  @Test
  void probe_leavesNothing() throws IOException {
    try (PosixDirectory root = target.openRoot()) {
      FileStat before = root.stat();
      assertThat(FoldingProbe.folds(root)).isFalse();
      assertThat(root.stat().mtime()).isEqualTo(before.mtime());
    }
    try (PosixDirectory root = new FoldingTree(target).openDirectory(PathBytes.EMPTY)) {
      assertThat(FoldingProbe.folds(root)).isTrue();
    }
    assertThat(TreeFacts.of(target).keySet()).containsExactly("");
  }
}
