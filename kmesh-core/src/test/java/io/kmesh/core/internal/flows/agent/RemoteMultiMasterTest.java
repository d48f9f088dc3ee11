// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import static io.kmesh.core.internal.flows.agent.TwoSites.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.KmeshException;
import io.kmesh.KmeshTimeoutException;
import io.kmesh.core.internal.flows.link.Relay;
import io.kmesh.flows.ConflictPolicy;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.DeleteGuard;
import io.kmesh.flows.FlowConflict;
import io.kmesh.flows.FlowState;
import io.kmesh.sites.Export;
import io.kmesh.unit.Percent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A flow of which both ends are changed, one here and one at another site, over TLS. */
class RemoteMultiMasterTest {
  @TempDir Path dir;
  private TwoSites sites;
  private Path here;
  private Path there;

  @BeforeEach
  void open() throws Exception {
    sites = new TwoSites(dir);
    here = sites.here;
    there = sites.there;
    Files.createDirectories(here.resolve("a"));
    write(here.resolve("a/file"), "file", 100);
    write(here.resolve("top"), "top", 100);
  }

  @AfterEach
  void close() {
    sites.close();
  }

  private static void write(Path file, String text, long second) throws IOException {
    Files.writeString(file, text);
    Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(1_700_000_000 + second)));
  }

  private void assertEqual() throws IOException {
    sites.assertEqualTrees("trees");
  }

  private DataFlow joined(ConflictPolicy policy) {
    DataFlow flow = sites.both(policy).start();
    flow.awaitInSync(LIMIT);
    return flow;
  }

  /** Both sites write one file while they don't hear of each other. */
  private void bothWrite(DataFlow flow, long secondHere, long secondThere) throws IOException {
    flow.stop();
    write(here.resolve("a/file"), "of here", secondHere);
    write(there.resolve("a/file"), "of there", secondThere);
    flow.start();
    flow.awaitInSync(LIMIT);
    assertEqual();
  }

  private static FlowConflict only(DataFlow flow) {
    List<FlowConflict> contents =
        flow.conflicts().stream().filter(c -> c.kind() == FlowConflict.Kind.CONTENT).toList();
    assertThat(contents).hasSize(1);
    return contents.get(0);
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(f -> f.getFileName().toString())
          .filter(n -> !n.startsWith(".kmesh"))
          .sorted()
          .toList();
    }
  }

  @Test
  void changesOfBothSites_goToTheOther() throws Exception {
    DataFlow flow = joined(ConflictPolicy.keepBoth());
    assertEqual();
    write(there.resolve("a/there"), "there", 200);
    write(here.resolve("a/here"), "here", 200);
    Files.move(there.resolve("top"), there.resolve("moved"));
    flow.awaitInSync(LIMIT);
    assertEqual();
    assertThat(names(here)).containsExactly("a", "moved");
    assertThat(names(there.resolve("a"))).containsExactly("file", "here", "there");
    assertThat(flow.status().state()).isEqualTo(FlowState.FOLLOWING);
    assertThat(flow.conflicts()).isEmpty();
    assertThat(flow.status().wireBytes()).isPositive();
  }

  @Test
  void flowOfWhichTheSourceIsAtTheOtherSite_followsBoth() throws Exception {
    Files.createDirectories(there);
    write(there.resolve("only there"), "x", 100);
    DataFlow flow =
        sites
            .lab
            .dataFlows()
            .ensure(
                "turned",
                f ->
                    f.from(Endpoint.at("burst", "data/job"))
                        .to(Endpoint.directory(here))
                        .multiMaster(ConflictPolicy.sites("source", "target"))
                        .scanPause(Duration.ofMillis(50)));
    flow.start().awaitInSync(LIMIT);
    assertEqual();
    assertThat(names(here)).containsExactly("a", "only there", "top");
    bothWrite(flow, 301, 300);
    assertThat(here.resolve("a/file")).hasContent("of there");
    assertThat(only(flow).winner()).isEqualTo("source");
  }

  @Test
  void conflict_isListed_andResolvedForTheWinner() throws Exception {
    DataFlow flow = joined(ConflictPolicy.keepBoth());
    bothWrite(flow, 300, 301);
    FlowConflict found = only(flow);
    assertThat(found.path()).isEqualTo("a/file");
    assertThat(found.winner()).isEqualTo("target");
    assertThat(there.resolve(found.kept())).hasContent("of here");
    flow.resolve(found.id(), FlowConflict.Choice.KEEP_WINNER);
    flow.awaitInSync(LIMIT);
    assertEqual();
    assertThat(names(there.resolve("a"))).containsExactly("file");
    assertThat(there.resolve("a/file")).hasContent("of there");
    assertThat(flow.conflicts()).isEmpty();
    assertThatThrownBy(() -> flow.resolve(found.id(), FlowConflict.Choice.KEEP_WINNER))
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining(found.id());
  }

  @Test
  void conflict_resolvedForTheLoser_hasItsBytesAtBothSites_alsoAfterRestarts() throws Exception {
    bothWrite(joined(ConflictPolicy.keepBoth()), 300, 301);
    restartBurst();
    sites.lab.close();
    sites.lab = sites.openLab();
    DataFlow flow = sites.both(ConflictPolicy.keepBoth());
    flow.resolve(only(flow).id(), FlowConflict.Choice.TAKE_LOSER);
    flow.awaitInSync(LIMIT);
    assertEqual();
    assertThat(names(there.resolve("a"))).containsExactly("file");
    assertThat(there.resolve("a/file")).hasContent("of here");
  }

  @Test
  void loserOfTheNewest_isKeptAtItsOwnSite_overARestart_andTaken() throws Exception {
    DataFlow flow = joined(ConflictPolicy.newest());
    bothWrite(flow, 301, 300);
    FlowConflict found = only(flow);
    assertThat(found.loser()).isEqualTo("target");
    assertThat(found.keptEnd()).isEqualTo("target");
    assertThat(there.resolve(found.kept())).hasContent("of there");
    restartBurst();
    flow.resolve(found.id(), FlowConflict.Choice.TAKE_LOSER);
    flow.awaitInSync(LIMIT);
    assertEqual();
    assertThat(here.resolve("a/file")).hasContent("of there");
    assertThat(there.resolve(found.kept())).doesNotExist();
    assertThat(flow.conflicts()).isEmpty();
    bothWrite(flow, 400, 401);
    found = only(flow);
    assertThat(found.keptEnd()).isEqualTo("source");
    assertThat(here.resolve(found.kept())).hasContent("of here");
    flow.resolve(found.id(), FlowConflict.Choice.KEEP_WINNER);
    assertThat(here.resolve(found.kept())).doesNotExist();
  }

  private void restartBurst() throws IOException {
    String address = sites.burst.sites().listening().orElseThrow();
    sites.burst.close();
    sites.burst = sites.openBurst(address);
  }

  @Test
  void deletionsThatTheOtherSiteHolds_areConfirmedFromHere() throws Exception {
    for (int i = 0; i < 8; i++) {
      write(here.resolve("a/n" + i), "n" + i, 100);
    }
    DataFlow flow =
        sites
            .lab
            .dataFlows()
            .ensure(
                "guarded",
                f ->
                    f.from(Endpoint.directory(here))
                        .to(Endpoint.at("burst", "data/job"))
                        .multiMaster(ConflictPolicy.keepBoth())
                        .deleteGuard(new DeleteGuard(4, new Percent(10)))
                        .scanPause(Duration.ofMillis(50)));
    flow.start().awaitInSync(LIMIT);
    assertThatThrownBy(flow::confirmDeletions).hasMessageContaining("none are held back");
    flow.stop(); // else a walk may see some of them gone before the others
    write(there.resolve("late"), "late", 200); // before: it could be given a removed file's number
    for (int i = 0; i < 8; i++) {
      Files.delete(there.resolve("a/n" + i));
    }
    flow.start().awaitInSync(LIMIT);
    assertThat(here.resolve("late")).hasContent("late");
    assertThat(here.resolve("a/n7")).hasContent("n7");
    assertThat(flow.status().state()).isEqualTo(FlowState.HOLDING);
    assertThat(flow.status().deletionsHeld()).isEqualTo(8);
    flow.confirmDeletions();
    flow.awaitInSync(LIMIT);
    assertThat(names(here.resolve("a"))).containsExactly("file");
    assertEqual();
  }

  @Test
  void exportForReading_isRefused_beforeAnythingIsChanged() throws Exception {
    Files.createDirectories(there);
    write(there.resolve("theirs"), "theirs", 100);
    sites.access = Export.Access.READ;
    restartBurst();
    DataFlow flow = sites.both(ConflictPolicy.keepBoth()).start();
    assertWaits(flow, "exported for reading alone");
    assertThat(names(there)).containsExactly("theirs");
    assertThat(names(here)).containsExactly("a", "top");
    try (Stream<Path> made = Files.list(there)) {
      assertThat(made).hasSize(1);
    }
  }

  @Test
  void anotherFlowIntoTheSameTree_isRefused() throws Exception {
    joined(ConflictPolicy.keepBoth());
    assertWaits(sites.push().start(), "the flow \"both\" of lab is brought to the same tree");
  }

  /** The flow never gets on, and says why as soon as the other site was asked. */
  private static void assertWaits(DataFlow flow, String why) {
    for (int i = 0; i < 60 && !flow.status().reason().contains(why); i++) {
      assertThatThrownBy(() -> flow.awaitInSync(Duration.ofMillis(500)))
          .isInstanceOf(KmeshTimeoutException.class);
    }
    assertThat(flow.status().reason()).contains(why);
  }

  @Test
  void cutsAndRestartsOfBothSites_whileBothAreChanged_leaveThemEqual() throws Exception {
    String address = sites.burst.sites().listening().orElseThrow();
    try (Relay relay = new Relay(address)) {
      sites.lab.sites().reach("burst", relay.address());
      DataFlow flow = joined(ConflictPolicy.keepBoth());
      for (int i = 0; i < 30; i++) {
        write(here.resolve("a/here" + i), "here" + i, i);
        write(there.resolve("a/there" + i), "there" + i, i);
        write((i % 2 == 0 ? here : there).resolve("a/file"), "changed " + i, 1000 + i);
        switch (i) {
          case 5, 15 -> relay.cut();
          case 10 -> restartBurst();
          case 20 -> {
            sites.lab.close();
            sites.lab = sites.openLab();
            flow = sites.both(ConflictPolicy.keepBoth());
          }
          case 25 -> flow.awaitInSync(LIMIT);
          default -> {}
        }
      }
      flow.awaitInSync(LIMIT);
      assertEqual();
      for (int i = 0; i < 30; i++) {
        assertThat(here.resolve("a/there" + i)).hasContent("there" + i);
        assertThat(there.resolve("a/here" + i)).hasContent("here" + i);
      }
      assertThat(here.resolve("a/file")).hasContent("changed 29");
    }
  }

  @Test
  void siteThatIsAway_isNamedByTheStatus_andConflictsAreListedWhenItIsBack() throws Exception {
    DataFlow flow = joined(ConflictPolicy.keepBoth());
    bothWrite(flow, 300, 301);
    String address = sites.burst.sites().listening().orElseThrow();
    sites.burst.close();
    write(here.resolve("a/late"), "late", 400);
    sites.burst = sites.openBurst(address);
    assertThat(only(flow).path()).isEqualTo("a/file");
    flow.awaitInSync(LIMIT);
    assertThat(there.resolve("a/late")).hasContent("late");
  }
}
