// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.lustre.jna.JnaPosixTreeProvider;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.SyncMode;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableTree;
import io.kmesh.testkit.fault.SimulatedCrash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CrashableTreeTest {
  private static final PathBytes FILE = PathBytes.of("file");
  private static final PathBytes DRAFT = PathBytes.of("draft");

  @TempDir Path folder;

  private int worlds;

  private enum Syncs {
    ALL,
    NO_FILE,
    NO_DIRECTORY
  }

  /** Replaces a file by way of a draft, as everyone should. */
  private static void replace(PosixTree tree, String text, Syncs syncs) throws IOException {
    try (PosixDirectory root = tree.openRoot()) {
      try (PosixFile draft =
          root.openFile(DRAFT, Set.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.TRUNCATE))) {
        draft.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
        if (syncs != Syncs.NO_FILE) {
          draft.sync(SyncMode.ALL);
        }
      }
      root.rename(DRAFT, root, FILE, RenameMode.REPLACE);
      if (syncs != Syncs.NO_DIRECTORY) {
        root.sync(SyncMode.ALL);
      }
    }
  }

  private final class Replacement implements CrashPoints.Scenario {
    private final Path directory;
    private final Syncs syncs;
    private final Set<String> allowed = new HashSet<>(Set.of("(none)"));
    private CrashableTree tree;

    Replacement(Syncs syncs) {
      this.syncs = syncs;
      this.directory = folder.resolve("world-" + worlds++);
    }

    @Override
    public void run(CrashPoint crashPoint) throws Exception {
      Files.createDirectory(directory);
      tree = CrashableTree.of(new JnaPosixTreeProvider().open(directory), crashPoint);
      for (String text : new String[] {"first", "the second one", "3"}) {
        allowed.add(text);
        replace(tree, text, syncs);
        allowed.clear();
        allowed.add(text);
      }
    }

    @Override
    public void recoverAndCheck(long seed) throws Exception {
      tree.crash(seed);
      Path file = directory.resolve("file");
      assertThat(Files.exists(file) ? Files.readString(file) : "(none)").isIn(allowed);
      try (Stream<Path> left = Files.list(directory)) {
        assertThat(left.map(p -> p.getFileName().toString())).isSubsetOf("file", "draft");
      }
      tree.close();
    }
  }

  @Test
  @Tag("crash")
  void replace_whenSyncedAsItShould_survivesEveryCrash() {
    CrashPoints.Report report = CrashPoints.enumerate(() -> new Replacement(Syncs.ALL), 6);
    assertThat(report.operations()).isEqualTo(15);
    assertThat(report.crashes()).isEqualTo(15 * 2 * 6);
  }

  @Test
  @Tag("crash")
  void replace_whenASyncIsMissing_isFound() {
    for (Syncs syncs : new Syncs[] {Syncs.NO_FILE, Syncs.NO_DIRECTORY}) {
      assertThatThrownBy(() -> CrashPoints.enumerate(() -> new Replacement(syncs), 6))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("seed");
    }
  }

  @Test
  void crash_whenAllIsSynced_changesNothing() throws IOException {
    for (int seed = 0; seed < 20; seed++) {
      Path directory = Files.createDirectory(folder.resolve("synced-" + seed));
      CrashableTree tree =
          CrashableTree.of(new JnaPosixTreeProvider().open(directory), CrashPoint.never());
      replace(tree, "one", Syncs.ALL);
      replace(tree, "two", Syncs.ALL);
      assertThat(tree.unsynced()).isZero();
      assertThat(tree.crash(seed)).isEmpty();
      assertThat(Files.readString(directory.resolve("file"))).isEqualTo("two");
      assertThatThrownBy(tree::openRoot).isInstanceOf(SimulatedCrash.class);
      tree.close();
    }
  }

  @Test
  void crash_whenWriteIsNotSynced_damagesItAlone() throws IOException {
    Set<String> seen = new HashSet<>();
    for (int seed = 0; seed < 60; seed++) {
      Path directory = Files.createDirectory(folder.resolve("write-" + seed));
      Files.writeString(directory.resolve("file"), "0123456789");
      CrashableTree tree =
          CrashableTree.of(new JnaPosixTreeProvider().open(directory), CrashPoint.never());
      try (PosixFile file = tree.openFile(FILE, Set.of(OpenFlag.WRITE))) {
        file.write(ByteBuffer.wrap("abcd".getBytes(StandardCharsets.UTF_8)), 4);
      }
      tree.crash(seed);
      String after =
          new String(Files.readAllBytes(directory.resolve("file")), StandardCharsets.ISO_8859_1);
      assertThat(after).hasSize(10).startsWith("0123").endsWith("89");
      seen.add(after);
      tree.close();
    }
    assertThat(seen)
        .contains("0123abcd89", "0123456789", "0123\0\0\0\00089", "0123ab6789")
        .hasSizeGreaterThan(5);
  }
}
