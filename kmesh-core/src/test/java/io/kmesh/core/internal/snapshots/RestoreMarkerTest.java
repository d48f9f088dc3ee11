// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file that says how far a restore is: docs/format/restore-marker.md. */
class RestoreMarkerTest {
  private static final String FILE = ".kmesh-restore";
  private static final MarkerNames NAMES = new MarkerNames(MarkerNames.ALL, Set.of());
  private static final PathBytes FIRST = PathBytes.of("d/a");
  private static final PathBytes SECOND = PathBytes.of(new byte[] {'d', '/', (byte) 0xff, '\n'});
  private static final TreeNode TOP =
      new TreeNode(
          PathBytes.EMPTY,
          FileType.DIRECTORY,
          0755,
          0,
          0,
          new FileTime(1, 0),
          new FileTime(1, 0),
          1,
          0,
          1,
          List.of(),
          new Content.Directory(1, new ChunkName(8, 9, 10)));

  private static final String GOLDEN =
      """
      kmesh restore 0 1 00000000000000080000000000000009000000000000000a
      synced 642f61 d3c48533
      synced 642fff0a 2a229c5b
      """;

  private static Path folder = Path.of("");

  @BeforeContainer
  static void make() throws IOException {
    folder = Files.createTempDirectory("kmesh-marker");
  }

  @AfterContainer
  static void delete() throws IOException {
    SnapshotWorld.delete(folder);
  }

  private static RestoreMarker.Found found(Path target, byte[] bytes) throws IOException {
    Files.write(target.resolve(FILE), bytes);
    try (PosixTree tree = JnaPosix.open(target)) {
      return new RestoreMarker(tree, TOP, NAMES).find();
    }
  }

  @Test
  void marker_isTheGoldenText_andItsLastLineCounts(@TempDir Path target) throws IOException {
    try (PosixTree tree = JnaPosix.open(target)) {
      RestoreMarker marker = new RestoreMarker(tree, TOP, NAMES);
      assertThat(marker.find()).isEqualTo(new RestoreMarker.Found(false, false, null));
      marker.begin(TreeRestore.Overwrite.NEVER);
      assertThat(marker.find()).isEqualTo(new RestoreMarker.Found(true, true, null));
      marker.synced(FIRST);
      marker.synced(SECOND);
      assertThat(target.resolve(FILE)).hasContent(GOLDEN);
      assertThat(marker.find()).isEqualTo(new RestoreMarker.Found(true, true, SECOND));
    }
  }

  @Test
  void markerOfAnother_orOfAnotherVersion_isNotTrusted(@TempDir Path target) throws IOException {
    for (String other :
        List.of(
            GOLDEN.replace("restore 0", "restore 1"),
            GOLDEN.replaceFirst(" 1 ", " 2 "),
            GOLDEN.replaceFirst("9", "8"),
            "",
            "\n")) {
      assertThat(found(target, other.getBytes(US_ASCII)))
          .as(other)
          .isEqualTo(new RestoreMarker.Found(true, false, null));
    }
  }

  /** What is torn or damaged never says that more is durable than was said. */
  @Tag("fuzz")
  @Property(tries = 1_000)
  void marker_damagedAnywhere_saysWhatWasWrittenOrNothing(
      @ForAll @IntRange(max = 400) int at, @ForAll byte to, @ForAll @IntRange(max = 400) int length)
      throws IOException {
    byte[] bytes = GOLDEN.getBytes(US_ASCII);
    bytes[at % bytes.length] = to;
    byte[] cut = length < bytes.length ? Arrays.copyOf(bytes, length) : bytes;
    for (byte[] each : List.of(bytes, cut)) {
      RestoreMarker.Found found = found(folder, each);
      assertThat(found.isThere()).isTrue();
      assertThat(found.synced()).isIn(null, FIRST, SECOND);
      if (!found.isSame()) {
        assertThat(found.synced()).isNull();
      }
    }
  }
}
