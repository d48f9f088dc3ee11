// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.merge.MergePolicy;
import io.kmesh.core.internal.flows.place.Problem;
import io.kmesh.core.internal.flows.replica.Pair;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A file system that is mounted where the other end's users removed or replaced something is a
 * problem by name, which nobody waits for, until it is unmounted.
 */
class MountedWithinTest {
  private static final int MOST_STEPS = 40;

  private final ManualTime time = ManualTime.startingAt(Instant.now().plusSeconds(60));
  private final List<EngineSite> sites = new ArrayList<>();
  private EngineSite a;
  private EngineSite b;
  private MountedTree mounted;
  private Pair way;

  @BeforeEach
  void open(@TempDir Path dir) throws Exception {
    Random ids = new Random(1);
    a = new EngineSite(dir.resolve("end0"), 0, MergePolicy.KEEP_BOTH, time, ids);
    b =
        new EngineSite(
            dir.resolve("end1"),
            1,
            MergePolicy.KEEP_BOTH,
            time,
            ids,
            tree -> mounted = new MountedTree(tree, "mnt"));
    mounted.isMounted = false;
    sites.add(a);
    sites.add(b);
    for (EngineSite site : sites) {
      site.open();
    }
    Files.createDirectories(a.folder.resolve("d/below"));
    Files.writeString(a.folder.resolve("d/below/file"), "bytes");
    way = new Pair(a.replica, "end0", b.replica, "end1");
    rest();
  }

  @AfterEach
  void close() throws IOException {
    way.close();
    for (EngineSite site : sites) {
      site.close();
    }
  }

  private void rest() throws Exception {
    for (int i = 0; i < MOST_STEPS; i++) {
      time.advance(Duration.ofSeconds(11));
      for (EngineSite site : sites) {
        site.replica.step();
      }
    }
    assertThat(way.broken()).isEmpty();
  }

  private void remove(EngineSite site, String... paths) throws IOException {
    for (String path : paths) {
      Files.delete(site.folder.resolve(path));
    }
  }

  private void assertProblem(String path) throws Exception {
    CompletableFuture<Void> told = a.replica.barrier(PathBytes.EMPTY);
    rest();
    assertThat(b.listed())
        .anySatisfy(
            problem -> {
              assertThat(problem.kind()).isNotEqualTo(ErrorKind.PRECONDITION);
              assertThat(problem.message()).contains("another file system").contains(path);
            });
    assertThat(b.listed().stream().map(Problem::kind)).doesNotContain(ErrorKind.PRECONDITION);
    assertThat(told).isCompletedExceptionally();
  }

  private void assertAtRest() throws Exception {
    rest();
    assertThat(b.listed()).isEmpty();
    assertThat(b.pending()).isEmpty();
    assertThat(DataFlowTest.facts(b.folder)).isEqualTo(DataFlowTest.facts(a.folder));
    CompletableFuture<Void> told = a.replica.barrier(PathBytes.EMPTY);
    rest();
    assertThat(told).isCompleted();
  }

  @Test
  void inADirectoryThatIsRemoved() throws Exception {
    Files.createDirectory(b.folder.resolve("d/mnt"));
    mounted.isMounted = true;
    remove(a, "d/below/file", "d/below", "d");
    assertProblem("d/mnt");
    mounted.isMounted = false;
    assertAtRest(); // what users made there stays
    assertThat(a.folder.resolve("d/mnt")).isDirectory();
  }

  @Test
  void inADirectoryThatIsReplaced() throws Exception {
    Files.createDirectory(b.folder.resolve("d/mnt"));
    mounted.isMounted = true;
    remove(a, "d/below/file", "d/below", "d");
    Files.writeString(a.folder.resolve("d"), "a file");
    assertProblem("d/mnt");
    mounted.isMounted = false;
    assertAtRest();
  }

  @Test
  void overADirectoryOfTheFlowThatIsRemoved() throws Exception {
    Files.createDirectory(a.folder.resolve("d/mnt"));
    rest();
    assertThat(b.folder.resolve("d/mnt")).isDirectory();
    mounted.isMounted = true;
    remove(a, "d/mnt", "d/below/file", "d/below", "d");
    assertProblem("d/mnt");
    mounted.isMounted = false;
    assertAtRest();
    assertThat(b.folder.resolve("d")).doesNotExist();
  }

  @Test
  void whereTheOtherEndMakesSomething() throws Exception {
    Files.createDirectory(b.folder.resolve("d/mnt"));
    mounted.isMounted = true;
    Files.writeString(a.folder.resolve("d/mnt"), "a file");
    assertProblem("d/mnt");
    remove(a, "d/mnt");
    mounted.isMounted = false;
    assertAtRest();
  }
}
