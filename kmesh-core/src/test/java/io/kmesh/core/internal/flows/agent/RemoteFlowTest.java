// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import static io.kmesh.core.internal.flows.agent.TwoSites.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.KmeshException;
import io.kmesh.KmeshTimeoutException;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowPart;
import io.kmesh.flows.FlowProblem;
import io.kmesh.flows.FlowRemains;
import io.kmesh.flows.FlowState;
import io.kmesh.flows.FlowStatus;
import io.kmesh.sites.Export;
import io.kmesh.spi.state.ForwardingStateStore;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flows between two sites over TLS on loopback, through the public API. */
class RemoteFlowTest {
  @TempDir Path dir;
  private TwoSites sites;

  @BeforeEach
  void open() throws Exception {
    sites = new TwoSites(dir);
    fill(sites.here);
    // No stamp is so young that its file is looked at, and perhaps sent, a second time.
    sites.labTime.jump(Duration.ofMinutes(1));
    sites.burstTime.jump(Duration.ofMinutes(1));
  }

  @AfterEach
  void close() {
    sites.close();
  }

  private static void fill(Path top) throws Exception {
    Files.createDirectories(top.resolve("a/b"));
    Files.writeString(top.resolve("a/one"), "one");
    Files.writeString(top.resolve("a/b/two"), "two".repeat(5000));
    Files.write(top.resolve("large"), new byte[5 << 20]);
    Files.createLink(top.resolve("a/b/again"), top.resolve("a/one"));
  }

  @Test
  void flowToAnotherSite_bringsTheTree_andWhatChangesLater() throws Exception {
    DataFlow flow = sites.push().start();
    flow.awaitInSync(LIMIT);
    sites.assertEqual();
    Files.writeString(sites.here.resolve("a/late"), "late");
    Files.move(sites.here.resolve("a/b"), sites.here.resolve("moved"));
    flow.barrier("", LIMIT);
    sites.assertEqual();
    FlowStatus status = flow.status();
    assertThat(status.state()).isEqualTo(FlowState.FOLLOWING);
    assertThat(status.wireBytes()).isGreaterThan(1000);
    assertThat(status.reconnects()).isZero();
  }

  @Test
  void flowFromAnotherSite_bringsTheTree() throws Exception {
    fill(Files.createDirectories(sites.there));
    Files.delete(sites.here.resolve("large"));
    Files.writeString(sites.there.resolve("large"), "not so large");
    DataFlow flow = sites.pull().start();
    flow.awaitInSync(LIMIT);
    Files.writeString(sites.there.resolve("a/late"), "late");
    flow.barrier("a", LIMIT);
    assertThat(sites.here.resolve("a/late")).hasContent("late");
    assertThat(sites.here.resolve("large")).hasContent("not so large");
  }

  @Test
  void switchedFlow_sendsTheDifferenceTheOtherWay() throws Exception {
    DataFlow flow = sites.push().start();
    flow.switchDirection(LIMIT);
    assertThat(flow.isReversed()).isTrue();
    Files.writeString(sites.there.resolve("a/one"), "changed there");
    Files.delete(sites.there.resolve("large"));
    flow.awaitInSync(LIMIT);
    sites.assertEqual();
    assertThat(sites.here.resolve("a/one")).hasContent("changed there");
    assertSentOnce(flow.status().logicalBytes(), "changed there");

    flow.switchDirection(LIMIT);
    assertThat(flow.isReversed()).isFalse();
    Files.writeString(sites.here.resolve("a/one"), "and here again");
    flow.awaitInSync(LIMIT);
    sites.assertEqual();
    assertSentOnce(flow.status().logicalBytes(), "and here again");
  }

  /** Or twice, when it is seen while it is written. */
  private static void assertSentOnce(long bytes, String text) {
    assertThat(bytes).isBetween((long) text.length(), 2L * text.length());
  }

  @Test
  void agentThatIsStartedAnew_goesOn_andIsSentTheDifferenceAlone() throws Exception {
    DataFlow flow = sites.push().start();
    flow.awaitInSync(LIMIT);
    long before = flow.status().logicalBytes();
    String address = sites.burst.sites().listening().orElseThrow();
    sites.burst.close();
    Files.writeString(sites.here.resolve("a/late"), "late");
    sites.burst = sites.openBurst(address);
    flow.awaitInSync(LIMIT);
    sites.assertEqual();
    assertSentOnce(flow.status().logicalBytes() - before, "late");
    assertThat(flow.status().reconnects()).isPositive();
  }

  @Test
  void whatIsNotExported_isNotReached_andTheStatusTellsWhy() throws Exception {
    assertWaits("burst", "other/job", "no export of that name for lab");
    assertWaits("burst", "data/../..", "..");
  }

  @Test
  void siteThatIsNotKnown_isNamedInTheError() {
    DataFlow flow =
        sites
            .lab
            .dataFlows()
            .ensure(
                "nowhere",
                f -> f.from(Endpoint.directory(sites.here)).to(Endpoint.at("elsewhere", "data")));
    assertThatThrownBy(flow::start)
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("Cannot reach the site elsewhere: its address is not known here.");
  }

  private void assertWaits(String site, String path, String why) throws Exception {
    Endpoint target;
    try {
      target = Endpoint.at(site, path);
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageContaining(why);
      return;
    }
    DataFlow flow =
        sites
            .lab
            .dataFlows()
            .ensure("denied", f -> f.from(Endpoint.directory(sites.here)).to(target).async());
    flow.start();
    assertThatThrownBy(() -> flow.awaitInSync(Duration.ofSeconds(2)))
        .isInstanceOf(KmeshTimeoutException.class);
    assertThat(flow.status().state()).isEqualTo(FlowState.WAITING);
    assertThat(flow.status().reason()).contains(why);
    assertThat(flow.status().logicalBytes()).isZero();
  }

  @Test
  void deletedFlow_isForgottenAtTheOtherSite_whereAnotherMayTakeItsPlace() throws Exception {
    sites.push().start().awaitInSync(LIMIT);
    DataFlow second =
        sites
            .lab
            .dataFlows()
            .ensure(
                "second",
                f ->
                    f.from(Endpoint.directory(sites.here.resolve("a")))
                        .to(Endpoint.at("burst", "data/job/within"))
                        .async());
    second.start();
    assertThatThrownBy(() -> second.awaitInSync(Duration.ofSeconds(2)))
        .isInstanceOf(KmeshTimeoutException.class);
    assertThat(second.status().reason()).contains("the flow \"job\" of lab is brought to the same");

    sites.push().delete();
    second.awaitInSync(LIMIT);
    assertThat(sites.there.resolve("within/one")).hasContent("one");
    try (Stream<Path> left = Files.list(dir.resolve("burst-flows"))) {
      assertThat(left).hasSize(1);
    }
  }

  @Test
  void accessToAnotherSite_showsItsTree_andFetchesWhatIsRead() throws Exception {
    fill(Files.createDirectories(sites.there));
    DataFlow flow =
        sites
            .lab
            .dataFlows()
            .ensure(
                "view",
                f ->
                    f.from(Endpoint.at("burst", "data/job"))
                        .to(Endpoint.directory(dir.resolve("cache")))
                        .access());
    flow.start().awaitInSync(LIMIT);
    FileSystem view = flow.fileSystem();
    assertThat(Files.readString(view.getPath("/a/one"))).isEqualTo("one");
    assertThat(Files.size(view.getPath("/large"))).isEqualTo(5 << 20);
    assertThat(flow.status().logicalBytes()).isBetween(3L, 1L << 20);

    sites.burst.close();
    assertThat(Files.readString(view.getPath("/a/one"))).isEqualTo("one");
  }

  @Test
  void symbolicLinkInAnExport_leadsNowhere() throws Exception {
    Path outside = Files.createDirectories(dir.resolve("outside"));
    Files.createSymbolicLink(dir.resolve("exported/link"), outside);
    DataFlow flow =
        sites
            .lab
            .dataFlows()
            .ensure(
                "escape",
                f ->
                    f.from(Endpoint.directory(sites.here))
                        .to(Endpoint.at("burst", "data/link/below"))
                        .async());
    flow.start();
    assertThatThrownBy(() -> flow.awaitInSync(Duration.ofSeconds(2)))
        .isInstanceOf(KmeshTimeoutException.class)
        .hasMessageContaining("WAITING");
    try (Stream<Path> left = Files.list(outside)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void flowThatWasDeletedWhileTheOtherSiteWasAway_givesWayToAnother() throws Exception {
    sites.push().start().awaitInSync(LIMIT);
    String address = sites.burst.sites().listening().orElseThrow();
    sites.burst.close();
    sites.push().stop();
    assertThat(sites.push().delete().toTell()).contains("burst");
    sites.burst = sites.openBurst(address);
    sites.push().start().awaitInSync(LIMIT);
    sites.assertEqual();
  }

  @Test
  void siteThatWasAwayWhenItsFlowWasDeleted_isToldByTheNextProcess_andMayUseItsTree()
      throws Exception {
    sites.push().start().awaitInSync(LIMIT);
    String address = sites.burst.sites().listening().orElseThrow();
    sites.burst.close();
    sites.push().stop();
    assertThat(sites.push().delete().toTell()).contains("burst");
    sites.lab.close();
    sites.burst = sites.openBurst(address);
    assertThat(sites.burst.dataFlows().parts())
        .containsExactly(
            new FlowPart(
                "job",
                "lab",
                sites.burst.dataFlows().parts().get(0).id(),
                Endpoint.directory(sites.there),
                true,
                false));
    sites.lab = sites.openLab();
    while (!sites.burst.dataFlows().parts().isEmpty()) {
      Thread.onSpinWait(); // the test's time limit ends this
    }
    assertThat(hidden()).isEmpty();
    try (Stream<Path> left = Files.list(dir.resolve("burst-flows"))) {
      assertThat(left).isEmpty();
    }
    sites.assertEqual();
    sites.lab.close();
    sites.lab = sites.openLab(); // nothing is left to be told
    assertThat(sites.lab.dataFlows().list()).isEmpty();
  }

  @Test
  void flowThatNeverRan_isDeletedWithoutTheOtherSite() {
    DataFlow never =
        sites
            .lab
            .dataFlows()
            .ensure(
                "never",
                f ->
                    f.from(Endpoint.directory(sites.here))
                        .to(Endpoint.at("mars", "data/x"))
                        .async());
    assertThat(never.delete()).isEqualTo(FlowRemains.NONE);
  }

  @Test
  void siteThatFailsByADefect_isAskedOnce_andTheStatusSaysIt() throws Exception {
    String address = sites.burst.sites().listening().orElseThrow();
    sites.burst.close();
    AtomicInteger asked = new AtomicInteger();
    AtomicBoolean isBroken = new AtomicBoolean(true);
    sites.burstFaults =
        state ->
            new ForwardingStateStore() {
              @Override
              protected StateStore delegate() {
                return state;
              }

              @Override
              public Optional<StateRecord> find(RecordKey key) throws IOException {
                if (isBroken.get() && key.kind().equals("flow.part")) {
                  asked.incrementAndGet();
                  throw new IllegalStateException("a branch that nobody thought of");
                }
                return super.find(key);
              }
            };
    sites.burst = sites.openBurst(address);
    for (int starts = 1; starts <= 2; starts++) {
      DataFlow flow = sites.push().start();
      while (flow.status().state() != FlowState.FAILED) {
        Thread.onSpinWait();
      }
      assertThat(flow.status().reason())
          .contains("At burst: ", "a defect", "a branch that nobody thought of");
      assertThatThrownBy(() -> flow.awaitInSync(LIMIT))
          .isInstanceOf(KmeshException.class)
          .hasMessageContaining("a branch that nobody thought of");
      assertThat(asked).hasValue(starts);
    }
    isBroken.set(false);
    sites.push().start().awaitInSync(LIMIT);
    sites.assertEqual();
  }

  @Test
  void partOfASiteThatNeverReturns_isForgottenByHand() throws Exception {
    DataFlow flow = sites.push().start();
    flow.awaitInSync(LIMIT);
    assertThatThrownBy(() -> sites.burst.dataFlows().forgetPart("job@lab"))
        .isInstanceOf(KmeshException.class)
        .hasMessageContainingAll("\"job@lab\"", "lab is connected", "Delete the flow");
    assertThatThrownBy(() -> sites.burst.dataFlows().forgetPart("other@lab"))
        .isInstanceOf(KmeshException.class)
        .hasMessageContainingAll("\"other@lab\"", "there is none here");
    sites.lab.close();
    while (sites.burst.dataFlows().parts().get(0).isConnected()) {
      Thread.onSpinWait();
    }
    assertThat(sites.burst.dataFlows().forgetPart("job@lab")).isEqualTo(FlowRemains.NONE);
    assertThat(sites.burst.dataFlows().parts()).isEmpty();
    sites.assertEqual();
    assertThat(hidden()).isEmpty();

    sites.lab = sites.openLab(); // it comes back after all, and goes on
    DataFlow again = sites.push();
    Files.writeString(sites.here.resolve("a/late"), "late");
    again.awaitInSync(LIMIT);
    sites.assertEqual();
    assertThat(sites.burst.dataFlows().parts()).hasSize(1);
  }

  @Test
  void restingFlow_whenDeleted_isForgottenAtTheOtherSite() throws Exception {
    sites.push().start().awaitInSync(LIMIT);
    sites.push().stop();
    assertThat(sites.push().delete().kept()).isEmpty();
    try (Stream<Path> left = Files.list(dir.resolve("burst-flows"))) {
      assertThat(left).isEmpty();
    }
    assertThat(hidden()).isEmpty();
    sites.assertEqual();
    assertThat(sites.there.resolve("a/one")).hasContent("one");
  }

  /** The flow's own folders at the other site. */
  private List<Path> hidden() throws Exception {
    try (Stream<Path> all = Files.list(sites.there)) {
      return all.filter(one -> one.getFileName().toString().startsWith(".kmesh")).toList();
    }
  }

  @Test
  void whatWasMovedAsideAtTheOtherSite_isNamedByDelete() throws Exception {
    sites.push().start().awaitInSync(LIMIT);
    Files.writeString(sites.there.resolve("a/b/two"), "written by somebody there");
    Files.writeString(sites.here.resolve("a/b/two"), "written at the source");
    sites.push().awaitInSync(LIMIT);
    List<FlowProblem> kept = sites.push().delete().kept();
    assertThat(kept)
        .singleElement()
        .satisfies(
            one -> {
              assertThat(one.path()).isEqualTo("burst:" + hidden().get(0));
              assertThat(one.reason()).startsWith("1 entry that the flow moved out of its way");
            });
  }

  @Test
  void sourceThatMayBeReadAlone_isNotTurned_andIsFollowedOn() throws Exception {
    fill(Files.createDirectories(sites.there));
    String address = sites.burst.sites().listening().orElseThrow();
    sites.burst.close();
    sites.access = Export.Access.READ;
    sites.burst = sites.openBurst(address);
    DataFlow flow = sites.pull().start();
    flow.awaitInSync(LIMIT);
    assertThatThrownBy(() -> flow.switchDirection(LIMIT))
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("exported for reading alone");
    assertThat(flow.isReversed()).isFalse();
    Files.writeString(sites.there.resolve("a/late"), "late");
    flow.awaitInSync(LIMIT);
    assertThat(sites.here.resolve("a/late")).hasContent("late");
  }
}
