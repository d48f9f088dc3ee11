// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.merge.MergePolicy;
import io.kmesh.core.internal.flows.replica.Pair;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What one end of a chain tells the next one by halves, and that one tells on meanwhile. */
class ToldOnTest {
  /** More than one batch has. */
  private static final int FILES = 1050;

  private static final int DIRECTORIES = 37;

  private final ManualTime time = ManualTime.startingAt(Instant.now().plusSeconds(60));
  private final List<EngineSite> sites = new ArrayList<>();
  private final List<Pair> ways = new ArrayList<>();

  @BeforeEach
  void open(@TempDir Path dir) throws Exception {
    Random ids = new Random(1);
    for (int i = 0; i < 3; i++) {
      EngineSite site = new EngineSite(dir.resolve("end" + i), i, MergePolicy.KEEP_BOTH, time, ids);
      sites.add(site);
      site.isOneOfTwo = false;
      site.open();
    }
    join();
    for (int i = 0; i < FILES; i++) {
      Path directory = Files.createDirectories(top(0).resolve("d" + i % DIRECTORIES));
      Files.writeString(directory.resolve("f" + i), "text " + i);
    }
    rest();
    assertThat(files(2)).hasSize(FILES + DIRECTORIES);
  }

  private void join() {
    for (int i = 0; i < 2; i++) {
      ways.add(
          new Pair(sites.get(i).replica, "end" + i, sites.get(i + 1).replica, "end" + (i + 1)));
    }
  }

  @AfterEach
  void close() throws IOException {
    for (Pair way : ways) {
      way.close();
    }
    for (EngineSite site : sites) {
      site.close();
    }
  }

  private void rest() throws IOException, InterruptedException {
    for (int i = 0; i < 20; i++) {
      time.advance(Duration.ofSeconds(11));
      for (EngineSite site : sites) {
        site.replica.step();
      }
    }
  }

  private Path top(int site) {
    return sites.get(site).folder;
  }

  private List<Path> files(int site) throws IOException {
    try (Stream<Path> all = Files.walk(top(site))) {
      return all.filter(path -> !path.equals(top(site)))
          .filter(path -> !path.toString().contains("/.kmesh"))
          .sorted(Comparator.reverseOrder())
          .toList();
    }
  }

  private void removeAll() throws IOException {
    for (Path path : files(0)) {
      Files.delete(path);
    }
  }

  /** The first end does some steps, each of which tells a batch at most, and then nothing. */
  private void tellInPart(int steps) throws IOException, InterruptedException {
    time.advance(Duration.ofSeconds(11));
    for (int i = 0; i < steps; i++) {
      sites.get(0).replica.step();
    }
    for (int i = 0; i < 5; i++) {
      sites.get(1).replica.step();
      sites.get(2).replica.step();
    }
  }

  private void assertEmpty() throws IOException {
    for (int i = 0; i < 3; i++) {
      assertThat(files(i)).as("end %d", i).isEmpty();
      assertThat(sites.get(i).conflicts()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void removalThatIsToldOnByHalves_isWhole_andNothingComesBack(int steps) throws Exception {
    removeAll();
    tellInPart(steps);
    rest();
    assertEmpty();
  }

  @Test
  void middleThatEndsInTheMiddle_saysAllTheSameWhenItIsOver() throws Exception {
    removeAll();
    tellInPart(2);
    for (Pair way : ways) {
      way.close();
    }
    ways.clear();
    sites.get(1).kill();
    sites.get(1).open();
    join();
    rest();
    assertEmpty();
    // What is told later is not taken for the rest of something.
    Files.writeString(top(1).resolve("new"), "new");
    rest();
    Files.delete(top(1).resolve("new"));
    rest();
    assertEmpty();
  }

  @Test
  void endThatWentForGoodInTheMiddle_isWaitedForNoMore_furtherOnToo() throws Exception {
    removeAll();
    tellInPart(2);
    ways.remove(0).close();
    rest();
    assertThat(files(2)).isNotEmpty(); // who was half told removes nothing
    CompletableFuture<Void> unused = sites.get(1).replica.keepOnly(Set.of(1, 2));
    rest();
    for (Path path : files(1)) {
      Files.delete(path);
    }
    rest();
    assertThat(files(1)).isEmpty();
    assertThat(files(2)).isEmpty();
  }
}
