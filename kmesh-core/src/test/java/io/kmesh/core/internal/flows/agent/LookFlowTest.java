// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import static io.kmesh.core.internal.flows.agent.TwoSites.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.KmeshException;
import io.kmesh.flows.ConflictPolicy;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowSpec;
import io.kmesh.spi.ErrorKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flows that look at their source once a day, and at what they are told to. */
class LookFlowTest {
  @TempDir Path dir;
  private TwoSites sites;

  @BeforeEach
  void open() throws Exception {
    sites = new TwoSites(dir);
    Files.createDirectories(sites.there);
  }

  @AfterEach
  void close() {
    sites.close();
  }

  private DataFlow start(Endpoint from, Endpoint to, Consumer<FlowSpec.Builder> options) {
    DataFlow flow =
        sites
            .lab
            .dataFlows()
            .ensure("job", f -> options.accept(f.from(from).to(to).scanPause(Duration.ofDays(1))));
    flow.start().awaitInSync(LIMIT);
    return flow;
  }

  private static void awaitThere(Path path) {
    while (!Files.exists(path)) {
      Thread.onSpinWait();
    }
  }

  private static void assertLooks(DataFlow flow, Path source, Path target) throws Exception {
    Files.createDirectories(source.resolve("a/new/below"));
    Files.writeString(source.resolve("a/new/below/file"), "text");
    Files.writeString(source.resolve("told"), "text");
    Files.writeString(source.resolve("untold"), "text");
    flow.look(List.of("told", "a/new/below/file", "never/was"));
    awaitThere(target.resolve("told"));
    awaitThere(target.resolve("a/new/below/file"));
    assertThat(target.resolve("untold")).doesNotExist();

    Files.move(source.resolve("told"), source.resolve("a/moved"));
    Files.delete(source.resolve("a/new/below/file"));
    flow.look(List.of("told", "a", "a/new/below/file"));
    awaitThere(target.resolve("a/moved"));
    while (Files.exists(target.resolve("told"))
        || Files.exists(target.resolve("a/new/below/file"))) {
      Thread.onSpinWait();
    }
    assertThat(target.resolve("untold")).doesNotExist();
  }

  @Test
  void flowToAnotherSite_looksWhereItIsTold() throws Exception {
    DataFlow flow =
        start(Endpoint.directory(sites.here), Endpoint.at("burst", "data/job"), f -> {});
    assertLooks(flow, sites.here, sites.there);
    flow.look(IntStream.range(0, 2_500).mapToObj(i -> "no/such/" + i).toList());
    flow.awaitInSync(LIMIT);
    sites.assertEqual();
  }

  @Test
  void flowFromAnotherSite_hasItLook() throws Exception {
    DataFlow flow =
        start(Endpoint.at("burst", "data/job"), Endpoint.directory(sites.here), f -> {});
    assertLooks(flow, sites.there, sites.here);
  }

  @Test
  void severalMasters_lookAtBothEnds() throws Exception {
    Path other = Files.createDirectories(dir.resolve("other"));
    DataFlow flow =
        start(
            Endpoint.directory(sites.here),
            Endpoint.directory(other),
            f -> f.multiMaster(ConflictPolicy.newest()));
    Files.writeString(sites.here.resolve("mine"), "text");
    Files.writeString(other.resolve("yours"), "text");
    flow.look(List.of("mine", "yours"));
    awaitThere(other.resolve("mine"));
    awaitThere(sites.here.resolve("yours"));
  }

  @Test
  void pathsThatAreNone_andFlowsThatRest_areRefused() {
    DataFlow flow =
        start(Endpoint.directory(sites.here), Endpoint.at("burst", "data/job"), f -> {});
    assertThatThrownBy(() -> flow.look(List.of("a/../..")))
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID));
    flow.look(List.of());
    flow.look(List.of("")); // the top
    flow.stop();
    assertThatThrownBy(() -> flow.look(List.of("a")))
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("Cannot look at what changed");
  }
}
