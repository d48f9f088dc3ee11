// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.hsm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.posix.NioPosixTreeProvider;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyTree;
import io.kmesh.testkit.junit.KmeshExtension;
import io.kmesh.testkit.junit.KmeshResources;
import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(KmeshExtension.class)
class FileWalkTest {
  @TempDir private Path folder;
  private final List<String> files = new ArrayList<>();
  private final List<String> failed = new ArrayList<>();

  private final FileWalk.Visitor visitor =
      new FileWalk.Visitor() {
        @Override
        public void file(PathBytes path, PosixDirectory directory, PathBytes name, FileStat stat) {
          files.add(path.toString());
        }

        @Override
        public void failed(PathBytes path, IOException failure) {
          failed.add(path.toString());
        }
      };

  @BeforeEach
  void files() throws IOException {
    for (String directory : List.of("a/deep/er", "b", "c")) {
      Files.createDirectories(folder.resolve(directory));
    }
    for (String file : List.of("top", "a/1", "a/deep/2", "a/deep/er/3", "b/4", "c/5")) {
      Files.createFile(folder.resolve(file));
    }
    Files.createSymbolicLink(folder.resolve("c/link"), folder.resolve("a"));
    Files.createSymbolicLink(folder.resolve("c/loop"), folder.resolve("c"));
  }

  private void walk(String path, FaultPlan plan, KmeshResources resources) throws IOException {
    try (PosixTree tree = new NioPosixTreeProvider().open(folder)) {
      PosixTree faulty = FaultyTree.of(tree, plan, RunningTime.instance());
      FileWalk.walk(resources.watch(faulty), PathBytes.of(path), visitor);
    }
  }

  @Test
  void walk_tree_meetsRegularFilesOnceAndFollowsNoLink(KmeshResources resources)
      throws IOException {
    walk("", FaultPlan.none(), resources);
    assertThat(files)
        .containsExactlyInAnyOrder("top", "a/1", "a/deep/2", "a/deep/er/3", "b/4", "c/5");
    assertThat(failed).isEmpty();
  }

  @Test
  void walk_fileOrLink_meetsItOrNothing(KmeshResources resources) throws IOException {
    walk("/a//1/", FaultPlan.none(), resources);
    walk("c/link", FaultPlan.none(), resources);
    assertThat(files).containsExactly("a/1");
  }

  @Test
  void walk_directoryThatCannotBeOpened_goesOnBehindIt(KmeshResources resources)
      throws IOException {
    walk("", FaultPlan.on("openDirectory").matching("deep").fail(1, Errno.EACCES), resources);
    assertThat(failed).containsExactly("a/deep");
    assertThat(files).containsExactlyInAnyOrder("top", "a/1", "b/4", "c/5");
  }

  @Test
  void walk_directoryThatVanishesWhileItIsRead_goesOnBehindIt(KmeshResources resources)
      throws IOException {
    walk("", FaultPlan.on("next").after(1).fail(1, Errno.ENOENT), resources);
    assertThat(failed).hasSize(1);
    assertThat(files).hasSizeBetween(3, 5);
  }

  @Test
  void walk_entriesThatCannotBeListed_goesOnBehindThem(KmeshResources resources)
      throws IOException {
    walk("", FaultPlan.on("entries").after(1).fail(1, Errno.EIO), resources);
    assertThat(failed).hasSize(1);
    assertThat(files).hasSizeBetween(3, 5);
  }

  @Test
  void walk_fileWithoutAStat_goesOnBehindIt(KmeshResources resources) throws IOException {
    walk("", FaultPlan.on("stat").matching("4").fail(1, Errno.ENOENT), resources);
    assertThat(failed).containsExactly("b/4");
    assertThat(files).hasSize(5);
  }

  @Test
  void walk_pathThatIsNotThere_fails(KmeshResources resources) {
    assertThatThrownBy(() -> walk("none", FaultPlan.none(), resources))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> walk("", FaultPlan.on("entries").fail(1, Errno.EIO), resources))
        .isInstanceOf(IOException.class);
  }
}
