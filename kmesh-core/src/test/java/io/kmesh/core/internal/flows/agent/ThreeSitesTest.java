// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import static io.kmesh.core.internal.flows.agent.TwoSites.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.core.internal.flows.agent.SeveralSites.Site;
import io.kmesh.flows.ConflictPolicy;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowConflict;
import io.kmesh.flows.FlowState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One tree at three sites, each of which has a state and makes flows of its own. */
class ThreeSitesTest {
  private static final int STEPS = 150;

  @TempDir Path dir;
  private SeveralSites sites;
  private Site lab;
  private Site burst;
  private Site far;

  @BeforeEach
  void open() throws Exception {
    sites = new SeveralSites(dir, "lab", "burst", "far");
    lab = sites.get("lab");
    burst = sites.get("burst");
    far = sites.get("far");
    Files.createDirectories(lab.job.resolve("a"));
    Files.writeString(lab.job.resolve("a/file"), "file");
  }

  @AfterEach
  void close() throws Exception {
    sites.close();
  }

  private static DataFlow flow(
      Site at, String name, Endpoint from, Endpoint to, ConflictPolicy policy) {
    return at.kmesh
        .dataFlows()
        .ensure(
            name, f -> f.from(from).to(to).multiMaster(policy).scanPause(Duration.ofMillis(50)));
  }

  /** From one end of a chain to the other one and back. */
  private static void awaitAll(List<DataFlow> flows) {
    for (int round = 0; round < 2; round++) {
      flows.forEach(flow -> flow.awaitInSync(LIMIT));
      for (int i = flows.size() - 1; i >= 0; i--) {
        flows.get(i).awaitInSync(LIMIT);
      }
    }
  }

  private static void assertEqual(String as, List<Path> trees) throws IOException {
    Map<String, String> first = SeveralSites.facts(trees.get(0));
    for (Path tree : trees) {
      assertThat(SeveralSites.facts(tree)).as("%s, %s", as, tree).isEqualTo(first);
    }
  }

  private List<Path> jobs() {
    return List.of(lab.job, burst.job, far.job);
  }

  @Test
  void chainOfSites_bringsChangesOfEach_toAll() throws Exception {
    ConflictPolicy policy = ConflictPolicy.keepBoth();
    DataFlow first = flow(lab, "to-burst", lab.own("job"), burst.at("job"), policy).start();
    first.awaitInSync(LIMIT);
    DataFlow second = flow(burst, "to-far", burst.own("job"), far.at("job"), policy).start();
    awaitAll(List.of(first, second));
    assertEqual("joined", jobs());
    Files.writeString(far.job.resolve("of far"), "of far");
    Files.move(burst.job.resolve("a"), burst.job.resolve("moved"));
    Files.writeString(lab.job.resolve("of lab"), "of lab");
    awaitAll(List.of(first, second));
    assertEqual("changed", jobs());
    assertThat(CarefulUsers.texts(lab.job)).containsExactlyInAnyOrder("file", "of far", "of lab");
    // The end of the chain goes on: a fourth tree, numbered by the first site.
    DataFlow third = flow(far, "beside", far.own("job"), far.own("more"), policy).start();
    Files.writeString(lab.job.resolve("a file"), "late");
    awaitAll(List.of(first, second, third));
    assertThat(far.exported.resolve("more/a file")).hasContent("late");
    // Written at both outer sites while the middle is away.
    burst.end();
    Files.writeString(lab.job.resolve("both"), "this of lab");
    Files.writeString(far.job.resolve("both"), "that is of far");
    burst.begin();
    second = flow(burst, "to-far", burst.own("job"), far.at("job"), policy);
    awaitAll(List.of(first, second, third));
    assertEqual("met", List.of(lab.job, burst.job, far.job, far.exported.resolve("more")));
    assertThat(CarefulUsers.texts(burst.job)).contains("this of lab", "that is of far");
    // Listed by the flows whose ends found it: all, or those of the end that decided alone.
    List<FlowConflict> all = new ArrayList<>();
    for (DataFlow flow : List.of(first, second, third)) {
      all.addAll(flow.conflicts());
    }
    assertThat(all).isNotEmpty();
    FlowConflict found = all.get(0);
    assertThat(all)
        .usingRecursiveFieldByFieldElementComparatorIgnoringFields("found")
        .containsOnly(found);
    assertThat(found.kind()).isEqualTo(FlowConflict.Kind.NAME);
    assertThat(found.path()).isEqualTo("both");
    assertThat(List.of(found.winner(), found.loser())).containsExactlyInAnyOrder("source", "end2");
    assertThat(found.kept()).startsWith("both.conflict-" + found.loser());
    for (Path tree : jobs()) {
      assertThat(tree.resolve(found.kept())).exists();
    }
    for (DataFlow flow : List.of(first, second, third)) {
      assertThat(flow.status().state()).isEqualTo(FlowState.FOLLOWING);
      assertThat(flow.status().backlog()).isZero();
    }
  }

  @Test
  void circleOfSites_isRefused_andATreeMovesToAnotherSitesFlow() throws Exception {
    ConflictPolicy policy = ConflictPolicy.keepBoth();
    DataFlow first = flow(lab, "to-burst", lab.own("job"), burst.at("job"), policy).start();
    DataFlow second = flow(lab, "to-far", lab.own("job"), far.at("job"), policy).start();
    awaitAll(List.of(first, second));
    DataFlow circle = flow(burst, "to-far", burst.own("job"), far.at("job"), policy).start();
    awaitState(circle, "of lab is brought to the same tree");
    circle.delete();
    second.delete();
    DataFlow again = flow(burst, "to-far", burst.own("job"), far.at("job"), policy).start();
    awaitAll(List.of(first, again));
    Files.delete(far.job.resolve("a/file"));
    Files.writeString(lab.job.resolve("of lab"), "of lab");
    awaitAll(List.of(first, again));
    assertEqual("moved", jobs());
    assertThat(CarefulUsers.texts(far.job)).containsExactly("of lab");
  }

  @Test
  void siteThatIsAboutToComeBack_isWaitedFor_whenAFlowJoins() throws Exception {
    ConflictPolicy policy = ConflictPolicy.keepBoth();
    DataFlow first = flow(lab, "to-burst", lab.own("job"), burst.at("job"), policy).start();
    first.awaitInSync(LIMIT);
    lab.end();
    CompletableFuture<DataFlow> made = new CompletableFuture<>();
    Thread user =
        new Thread(
            () -> {
              try {
                made.complete(flow(burst, "to-far", burst.own("job"), far.at("job"), policy));
              } catch (RuntimeException e) {
                made.completeExceptionally(e);
              }
            });
    user.start();
    while (!made.isDone() && user.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    lab.begin();
    DataFlow second = made.get(LIMIT.toNanos(), TimeUnit.NANOSECONDS).start();
    first = flow(lab, "to-burst", lab.own("job"), burst.at("job"), policy);
    awaitAll(List.of(first, second));
    assertEqual("joined", jobs());
  }

  private static void awaitState(DataFlow flow, String reason) {
    for (int i = 0; i < 60 && !flow.status().reason().contains(reason); i++) {
      assertThatThrownBy(() -> flow.awaitInSync(Duration.ofMillis(200))).isNotNull();
    }
    assertThat(flow.status().reason()).contains(reason);
  }

  @Test
  void cutsAndRestarts_whileAllAreChanged_leaveThemEqual() throws Exception {
    storm(1, 60);
  }

  static Stream<Long> manySeeds() {
    long from = Long.getLong("kmesh.seed", 1000);
    return Stream.iterate(from, s -> s + 1).limit(Integer.getInteger("kmesh.seeds", 12));
  }

  @Tag("soak")
  @ParameterizedTest
  @MethodSource("manySeeds")
  void cutsAndRestarts_ofManySeeds_leaveThemEqual(long seed) throws Exception {
    storm(seed, STEPS);
  }

  /** A shape: its flows in an order in which they can be made, and its trees. */
  private record Shape(String name, List<Supplier<DataFlow>> flows, List<Path> trees) {}

  private List<Shape> shapes(ConflictPolicy policy) {
    Supplier<DataFlow> labToBurst =
        () -> flow(lab, "to-burst", lab.own("job"), burst.at("job"), policy);
    Supplier<DataFlow> labToFar = () -> flow(lab, "to-far", lab.own("job"), far.at("job"), policy);
    Supplier<DataFlow> burstToFar =
        () -> flow(burst, "to-far", burst.own("job"), far.at("job"), policy);
    Supplier<DataFlow> burstFromLab =
        () -> flow(burst, "from-lab", lab.at("job"), burst.own("job"), policy);
    Supplier<DataFlow> farBeside =
        () -> flow(far, "beside", far.own("job"), far.own("more"), policy);
    Supplier<DataFlow> burstBeside =
        () -> flow(burst, "beside", burst.own("job"), burst.own("more"), policy);
    Path farMore = far.exported.resolve("more");
    Path burstMore = burst.exported.resolve("more");
    return List.of(
        new Shape("chain", List.of(labToBurst, burstToFar), jobs()),
        new Shape(
            "triangle",
            List.of(labToBurst, labToFar, burstBeside, farBeside),
            List.of(lab.job, burst.job, far.job, burstMore, farMore)),
        new Shape("pulled", List.of(burstFromLab, labToFar), jobs()),
        new Shape(
            "long chain",
            List.of(labToBurst, burstToFar, farBeside),
            List.of(lab.job, burst.job, far.job, farMore)));
  }

  private void storm(long seed, int steps) throws Exception {
    Random random = new Random(seed);
    ConflictPolicy policy = ConflictPolicy.keepBoth();
    Shape shape = shapes(policy).get((int) Math.floorMod(seed, 4L));
    List<CarefulUsers> users = new ArrayList<>();
    for (Path tree : shape.trees()) {
      Files.createDirectories(tree);
      users.add(
          new CarefulUsers(
              tree,
              dir.resolve("out" + users.size()),
              String.valueOf((char) ('A' + users.size())),
              random));
    }
    List<DataFlow> flows = new ArrayList<>();
    for (Supplier<DataFlow> one : shape.flows()) {
      flows.add(one.get().start());
      flows.get(flows.size() - 1).awaitInSync(LIMIT);
    }
    for (int i = 0; i < steps; i++) {
      users.get(random.nextInt(users.size())).step();
      switch (random.nextInt(30)) {
        case 0 -> sites.all.get(random.nextInt(3)).relay.cut();
        case 1 -> {
          Site site = sites.all.get(random.nextInt(3));
          site.end();
          for (CarefulUsers one : users) {
            one.step();
          }
          site.begin();
          flows.clear();
          shape.flows().forEach(one -> flows.add(one.get()));
        }
        case 2 -> flows.get(random.nextInt(flows.size())).awaitInSync(LIMIT);
        case 3 -> {
          DataFlow flow = flows.get(random.nextInt(flows.size()));
          flow.stop();
          users.get(random.nextInt(users.size())).step();
          flow.start();
        }
        default -> {}
      }
    }
    awaitAll(flows);
    String as = "seed " + seed + ", " + shape.name();
    assertEqual(as, shape.trees());
    Set<String> missing = new HashSet<>();
    users.forEach(one -> missing.addAll(one.written));
    for (CarefulUsers one : users) {
      missing.removeAll(one.given);
      missing.removeAll(one.displaced());
    }
    missing.removeAll(CarefulUsers.texts(lab.job));
    assertThat(missing).as("lost texts of %s", as).isEmpty();
  }
}
