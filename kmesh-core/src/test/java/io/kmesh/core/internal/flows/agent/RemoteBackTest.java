// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowMode;
import io.kmesh.sites.Export;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written while the source's site is away, or comes and goes, is there in the end. */
class RemoteBackTest {
  private static final Duration LIMIT = Duration.ofMinutes(1);

  @TempDir Path dir;
  private TwoSites sites;

  @BeforeEach
  void open() throws IOException {
    sites = new TwoSites(dir);
    Files.createDirectories(sites.there.resolve("a"));
    Files.writeString(sites.there.resolve("a/one"), "one");
  }

  @AfterEach
  void close() {
    sites.close();
  }

  private DataFlow flow() {
    return sites
        .lab
        .dataFlows()
        .ensure(
            "back",
            f ->
                f.from(Endpoint.at("burst", "data/job"))
                    .to(Endpoint.directory(dir.resolve("cache")))
                    .access(
                        new FlowMode.WriteBack(
                            Duration.ofMillis(1), DataSize.ofMib(8), Duration.ofSeconds(1))));
  }

  private static Map<String, String> files(Path top) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(top)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        String name = top.relativize(file).toString();
        if (!name.startsWith(".kmesh")) {
          files.put(name, Files.readString(file));
        }
      }
    }
    return files;
  }

  @Test
  void writesGoOn_whileTheSourceIsAway_andOverARestart() throws Exception {
    DataFlow flow = flow().start();
    flow.awaitInSync(LIMIT);
    Path top = flow.fileSystem().getPath("/");
    assertThat(Files.readString(top.resolve("a/one"))).isEqualTo("one");
    String address = sites.burst.sites().listening().orElseThrow();
    sites.burst.close();

    Files.writeString(top.resolve("a/one"), "two", StandardOpenOption.APPEND);
    Files.writeString(top.resolve("a/new"), "new");
    assertThat(Files.readString(top.resolve("a/one"))).isEqualTo("onetwo");
    assertThat(flow.status().unwritten().edits()).isEqualTo(2);
    assertThat(flow.status().unwritten().bytes()).isEqualTo(9);
    assertThat(flow.status().unwritten().since()).isPresent();
    assertThatThrownBy(() -> Files.delete(top.resolve("a/new")))
        .hasMessageContaining("waits to be written back, and the source is not reached");

    sites.lab.close();
    sites.lab = sites.openLab();
    sites.lab.sites().reach("burst", address);
    DataFlow again = flow().start();
    Path shown = again.fileSystem().getPath("/");
    assertThat(Files.readString(shown.resolve("a/one"))).isEqualTo("onetwo");
    assertThat(again.status().unwritten().edits()).isEqualTo(2);

    sites.burst = sites.openBurst(address);
    again.awaitInSync(LIMIT);
    assertThat(files(sites.there)).isEqualTo(Map.of("a/one", "onetwo", "a/new", "new"));
    assertThat(again.status().unwritten().edits()).isZero();
    assertThat(again.status().problems()).isEmpty();
  }

  @Test
  void whatIsExportedForReadingAlone_isNotWritten() throws Exception {
    String address = sites.burst.sites().listening().orElseThrow();
    sites.burst.close();
    sites.access = Export.Access.READ;
    sites.burst = sites.openBurst(address);
    FlowMode.Access base = FlowMode.Access.DEFAULT;
    for (FlowMode mode :
        new FlowMode[] {
          base.writingBack(FlowMode.WriteBack.DEFAULT),
          new FlowMode.Access(
              base.lease(), base.cache(), base.stale(), FlowMode.WriteMode.WRITE_THROUGH)
        }) {
      DataFlow flow =
          sites
              .lab
              .dataFlows()
              .ensure(
                  "written",
                  f ->
                      f.from(Endpoint.at("burst", "data/job"))
                          .to(Endpoint.directory(dir.resolve("cache")))
                          .mode(mode));
      flow.start();
      assertThatThrownBy(() -> flow.awaitInSync(Duration.ofSeconds(1)))
          .hasMessageContaining("exported for reading alone");
      flow.delete();
    }
  }

  @Test
  void filesThatAreWrittenAgainAndAgain_areThereOnce_howeverTheSourceComesAndGoes()
      throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    DataFlow flow = flow().start();
    flow.awaitInSync(LIMIT);
    Path top = flow.fileSystem().getPath("/");
    String address = sites.burst.sites().listening().orElseThrow();
    Map<String, String> expected = new TreeMap<>(Map.of("a/one", "one"));
    for (int round = 0; round < 3; round++) {
      Thread writer = writer(random.nextLong(), round, top, expected);
      writer.start();
      sites.burst.close();
      sites.burst = sites.openBurst(address);
      writer.join();
    }
    flow.awaitInSync(LIMIT);
    assertThat(files(sites.there)).as("seed " + seed).isEqualTo(expected);
    for (Map.Entry<String, String> one : expected.entrySet()) {
      assertThat(Files.readString(top.resolve(one.getKey()))).isEqualTo(one.getValue());
    }
    assertThat(flow.status().problems()).as("seed " + seed).isEmpty();
  }

  private static Thread writer(long seed, int round, Path top, Map<String, String> expected) {
    List<String> names = new ArrayList<>(List.of("a/one", "a/two", "a/three"));
    Random random = new Random(seed);
    return new Thread(
        () -> {
          for (int i = 0; i < 60; i++) {
            String name = names.get(random.nextInt(names.size()));
            String bytes = round + "-" + i + "x".repeat(random.nextInt(2_000));
            try {
              Files.writeString(top.resolve(name), bytes);
            } catch (IOException e) {
              throw new AssertionError(e);
            }
            expected.put(name, bytes);
          }
        });
  }
}
