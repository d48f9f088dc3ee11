// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.KmeshException;
import io.kmesh.core.internal.transfer.TreeFacts;
import io.kmesh.engine.PosixTrees;
import io.kmesh.flows.ConflictPolicy;
import io.kmesh.flows.DataFlow;
import io.kmesh.path.PathBytes;
import io.kmesh.sites.Export;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.state.StateStore;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.RunningTime;
import io.kmesh.testkit.time.WallTime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** Two sites on loopback: {@code lab}, which has the authority, and {@code burst}. */
final class TwoSites implements AutoCloseable {
  static final Duration LIMIT = Duration.ofMinutes(1);
  private static final int MOST_TRIES = 200;

  final Path dir;
  final Path here;
  final Path there;
  private final MemoryState labState = MemoryState.create(RunningTime.instance());
  private final MemoryState burstState = MemoryState.create(RunningTime.instance());
  final WallTime labTime = new WallTime();
  final WallTime burstTime = new WallTime();
  Export.Access access = Export.Access.READ_WRITE;

  /** What stands before the states of sites that are opened from now on. */
  UnaryOperator<StateStore> labFaults = state -> state;

  UnaryOperator<StateStore> burstFaults = state -> state;
  Kmesh lab;
  Kmesh burst;

  private final Consumer<Kmesh.Builder> options;
  private final Consumer<Kmesh.Builder> otherOptions;

  /**
   * Keeps the other site's port while that is closed and opened anew: bound, but not listening, it
   * is given to nobody who asks for any port, and the site, which reuses addresses, may listen.
   */
  private final Socket port = new Socket();

  TwoSites(Path dir) throws IOException {
    this(dir, builder -> {});
  }

  /** Two sites, of which the first is set besides. */
  TwoSites(Path dir, Consumer<Kmesh.Builder> options) throws IOException {
    this(dir, options, builder -> {});
  }

  /** Two sites that are set besides. */
  TwoSites(Path dir, Consumer<Kmesh.Builder> options, Consumer<Kmesh.Builder> otherOptions)
      throws IOException {
    this.dir = dir;
    this.options = options;
    this.otherOptions = otherOptions;
    this.here = Files.createDirectories(dir.resolve("here"));
    this.there = Files.createDirectories(dir.resolve("exported")).resolve("job");
    lab = openLab();
    lab.sites().createAuthority("lab", "127.0.0.1:1");
    port.setReuseAddress(true);
    port.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    burst = openBurst("127.0.0.1:" + port.getLocalPort());
    burst.sites().enrol(lab.sites().issueToken("burst", Duration.ofMinutes(5)));
    lab.sites().reach("burst", burst.sites().listening().orElseThrow());
  }

  /** A flow from here to there. */
  DataFlow push() {
    return lab.dataFlows()
        .ensure(
            "job",
            f ->
                f.from(Endpoint.directory(here))
                    .to(Endpoint.at("burst", "data/job"))
                    .async()
                    .scanPause(Duration.ofMillis(50)));
  }

  /** A flow from there to here. */
  DataFlow pull() {
    return lab.dataFlows()
        .ensure(
            "back",
            f ->
                f.from(Endpoint.at("burst", "data/job"))
                    .to(Endpoint.directory(here))
                    .async()
                    .scanPause(Duration.ofMillis(50)));
  }

  /** A flow of which both ends are changed. */
  DataFlow both(ConflictPolicy policy) {
    return lab.dataFlows()
        .ensure(
            "both",
            f ->
                f.from(Endpoint.directory(here))
                    .to(Endpoint.at("burst", "data/job"))
                    .multiMaster(policy)
                    .scanPause(Duration.ofMillis(50)));
  }

  void assertEqual() throws IOException {
    assertThat(facts(there)).isEqualTo(facts(here));
  }

  /** As users see them: what arrived and is not of use any more may be there for a moment. */
  void assertEqualTrees(String of) throws IOException {
    Map<String, String> one = facts(here);
    Map<String, String> other = facts(there);
    one.keySet().removeIf(path -> path.contains(".kmesh~"));
    other.keySet().removeIf(path -> path.contains(".kmesh~"));
    Map<String, String> differing = new TreeMap<>();
    one.forEach((path, line) -> differing.put("here " + path, line));
    other.forEach((path, line) -> differing.put("there " + path, line));
    differing
        .keySet()
        .removeIf(
            side -> {
              String path = side.substring(side.indexOf(' ') + 1);
              return Objects.equals(one.get(path), other.get(path));
            });
    assertThat(differing).as(of).isEmpty();
  }

  static Map<String, String> facts(Path directory) throws IOException {
    Map<String, String> facts = new TreeMap<>();
    try (PosixTree tree = PosixTrees.open(directory)) {
      TreeFacts.of(tree, PathBytes.EMPTY)
          .forEach(
              (path, line) -> {
                if (!path.startsWith(".kmesh-")) {
                  facts.put(path, line.replaceAll(" atime FileTime\\[[^]]*\\]", ""));
                }
              });
    }
    return facts;
  }

  Kmesh openLab() {
    Kmesh.Builder builder =
        Kmesh.builder()
            .state(labFaults.apply(labState))
            .time(labTime)
            .flowFolder(dir.resolve("lab-flows"))
            .site(dir.resolve("lab-site"))
            .listenForEnrolment("127.0.0.1:0");
    options.accept(builder);
    return builder.build();
  }

  /**
   * Opens the other site anew. While nobody listens there, the system may give the port to somebody
   * who dials it, for a moment.
   */
  Kmesh openBurst(String address) {
    for (int tries = 0; ; tries++) {
      try {
        return openBurstNow(address);
      } catch (KmeshException e) {
        if (tries == MOST_TRIES || !(e.getCause() instanceof BindException)) {
          throw e;
        }
        Thread.onSpinWait();
      }
    }
  }

  private Kmesh openBurstNow(String address) {
    Kmesh.Builder builder =
        Kmesh.builder()
            .state(burstFaults.apply(burstState))
            .time(burstTime)
            .flowFolder(dir.resolve("burst-flows"))
            .site(dir.resolve("burst-site"))
            .listen(address)
            .export(
                new Export(
                    "data", Endpoint.directory(dir.resolve("exported")), access, Set.of("lab")));
    otherOptions.accept(builder);
    return builder.build();
  }

  @Override
  public void close() {
    try (port) {
      lab.close();
      burst.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
