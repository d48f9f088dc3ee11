// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import static io.kmesh.core.internal.flows.agent.TwoSites.LIMIT;
import static io.kmesh.placement.PlacementNames.outside;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.KmeshException;
import io.kmesh.core.internal.flows.control.ControlLine;
import io.kmesh.core.internal.flows.control.Question;
import io.kmesh.core.internal.flows.link.LinkSession;
import io.kmesh.core.internal.flows.link.Relay;
import io.kmesh.core.internal.flows.service.FlowService;
import io.kmesh.core.internal.flows.service.Hosting;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.flows.AuditEntry;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowConflict;
import io.kmesh.flows.FlowGrant;
import io.kmesh.flows.FlowMode;
import io.kmesh.flows.FlowState;
import io.kmesh.flows.Grant;
import io.kmesh.placement.PlacementRules;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Access that the site with the source makes: the other one holds the cache, and shows the tree.
 */
class LentAccessTest {
  @TempDir Path dir;
  private TwoSites sites;
  private boolean isAllowed = true;

  @BeforeEach
  void open() throws IOException {
    sites = LentSites.open(dir, Set.of("lab", "other"), () -> isAllowed);
    Files.createDirectories(sites.here.resolve("in"));
    Files.writeString(sites.here.resolve("in/mesh"), "mesh");
  }

  @AfterEach
  void close() {
    sites.close();
  }

  private DataFlow flow() {
    return LentSites.flow(sites, Duration.ofSeconds(30));
  }

  private Path top() {
    return LentSites.top(sites);
  }

  private static void awaitReason(DataFlow flow, String words) {
    while (!flow.status().reason().contains(words)) {
      Thread.onSpinWait();
    }
  }

  @Test
  void flow_isMadeAtTheSource_andOpenedWhereTheCacheIs() throws Exception {
    DataFlow flow = flow().start();
    flow.awaitInSync(LIMIT);
    assertThat(Files.readString(top().resolve("in/mesh"))).isEqualTo("mesh");
    Path byUri = Path.of(URI.create("kmesh:~flows!/job42@lab/in/mesh"));
    assertThat(Files.readString(byUri)).isEqualTo("mesh");
    assertThat(flow.status().state()).isEqualTo(FlowState.FOLLOWING);
    assertThat(flow.status().logicalBytes()).isEqualTo(4);
    assertThat(LentSites.held(sites.burst).spec().source().toString())
        .isEqualTo("lab::~flows/job42");
    Files.writeString(sites.here.resolve("in/late"), "late");
    flow.barrier("in", LIMIT);
    assertThat(Files.readString(top().resolve("in/late"))).isEqualTo("late");
    assertThatThrownBy(flow::fileSystem).hasMessageContaining("its target is at another site");

    flow.delete();
    assertThat(sites.burst.dataFlows().list()).isEmpty();
    assertThat(sites.lab.dataFlows().list()).isEmpty();
    try (Stream<Path> left = Files.list(dir.resolve("caches/job42"))) {
      assertThat(left).isEmpty();
    }
    try (Stream<Path> left = Files.list(dir.resolve("burst-flows"))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void stop_endsTheFileSystem_andStartOpensItAgain() throws Exception {
    DataFlow flow = flow().start();
    flow.awaitInSync(LIMIT);
    assertThat(Files.readString(top().resolve("in/mesh"))).isEqualTo("mesh");
    flow.stop();
    assertThat(LentSites.held(sites.burst).status().state()).isEqualTo(FlowState.STOPPED);
    assertThatThrownBy(this::top).hasMessageContaining("does not run");
    flow.start().awaitInSync(LIMIT);
    assertThat(Files.readString(top().resolve("in/mesh"))).isEqualTo("mesh");
  }

  @Test
  void restartOfEither_goesOn_andWhatIsCachedIsReadMeanwhile() throws Exception {
    DataFlow flow = flow().start();
    flow.awaitInSync(LIMIT);
    assertThat(Files.readString(top().resolve("in/mesh"))).isEqualTo("mesh");

    String address = sites.burst.sites().listening().orElseThrow();
    sites.burst.close();
    sites.burst = sites.openBurst(address);
    assertThat(Files.readString(top().resolve("in/mesh"))).isEqualTo("mesh");
    flow.awaitInSync(LIMIT);

    sites.lab.close();
    assertThat(Files.readString(top().resolve("in/mesh"))).isEqualTo("mesh");
    awaitReason(LentSites.held(sites.burst), "lab");
    sites.lab = sites.openLab();
    Files.writeString(sites.here.resolve("in/late"), "late");
    flow().awaitInSync(LIMIT); // it runs again by itself
    assertThat(Files.readString(top().resolve("in/late"))).isEqualTo("late");
    assertThat(sites.burst.dataFlows().list()).hasSize(1);
  }

  @Test
  void siteWithoutTheRight_isRefused_andNothingIsMadeThere() throws Exception {
    String address = sites.burst.sites().listening().orElseThrow();
    sites.burst.close();
    isAllowed = false;
    sites.burst = sites.openBurst(address);
    DataFlow flow = flow().start();
    awaitReason(flow, "there is no export of that name for lab");
    assertThat(flow.status().state()).isEqualTo(FlowState.WAITING);
    assertThat(sites.burst.dataFlows().list()).isEmpty();

    DataFlow other =
        sites
            .lab
            .dataFlows()
            .ensure(
                "other",
                f ->
                    f.from(Endpoint.directory(sites.here))
                        .to(Endpoint.at("burst", "data/cache"))
                        .access())
            .start();
    awaitReason(other, "it is not exported for caches");
    assertThat(other.status().reason()).contains("--export NAME=DIR:cache@lab");
    assertThat(sites.burst.dataFlows().list()).isEmpty();
    assertThat(sites.there).doesNotExist();
    assertThat(other.status().logicalBytes()).isZero();
    other.delete();
    flow.delete();
  }

  @Test
  void whatIsExportedForCaches_isNoEndOfOtherFlows() {
    DataFlow flow =
        sites
            .lab
            .dataFlows()
            .ensure(
                "copy",
                f ->
                    f.from(Endpoint.directory(sites.here))
                        .to(Endpoint.at("burst", "caches/job42"))
                        .async())
            .start();
    awaitReason(flow, "exported for caches alone");
    assertThat(dir.resolve("caches/job42")).doesNotExist();
  }

  @Test
  void whoHoldsTheCache_deletesIt_andDoesNothingElseToTheFlow() throws Exception {
    DataFlow flow = flow().start();
    flow.awaitInSync(LIMIT);
    DataFlow held = LentSites.held(sites.burst);
    assertThatThrownBy(held::stop).hasMessageContaining("it belongs to lab");
    assertThatThrownBy(held::start)
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.PRECONDITION));
    held.delete();
    assertThat(sites.burst.dataFlows().list()).isEmpty();
    awaitReason(flow, "it was deleted");
    assertThat(sites.burst.dataFlows().list()).isEmpty();
    flow.delete();
    flow().start().awaitInSync(LIMIT);
    assertThat(Files.readString(top().resolve("in/mesh"))).isEqualTo("mesh");
  }

  private DataFlow sensitive() throws IOException {
    Files.createDirectories(sites.here.resolve("secret"));
    Files.writeString(sites.here.resolve("secret/file"), "secret");
    Files.writeString(sites.here.resolve("secret/second"), "second");
    DataFlow flow =
        sites
            .lab
            .dataFlows()
            .ensure(
                "job42",
                f ->
                    f.from(Endpoint.directory(sites.here))
                        .to(Endpoint.at("burst", "caches/job42"))
                        .access()
                        .sensitive("secret"))
            .start();
    flow.awaitInSync(LIMIT);
    return flow;
  }

  private Path secret(String name) {
    return LentSites.held(sites.burst).fileSystem("alice").getPath("/secret/" + name);
  }

  private static List<AuditEntry.Action> actions(Stream<AuditEntry> audit) {
    try (audit) {
      return audit.map(AuditEntry::action).toList();
    }
  }

  @Test
  void grants_areGivenTakenBackAndAudited_atTheSource() throws Exception {
    DataFlow flow = sensitive();
    assertThatThrownBy(() -> Files.readString(secret("file")))
        .isInstanceOf(AccessDeniedException.class);
    Instant until = sites.labTime.now().plus(Duration.ofMinutes(10));
    FlowGrant given = flow.grant(Grant.to("alice").path("secret").until(until));
    assertThat(given.grant().until()).isEqualTo(until.truncatedTo(ChronoUnit.MILLIS));
    assertThat(Files.readString(secret("file"))).isEqualTo("secret");
    assertThat(flow.grants()).extracting(FlowGrant::id).containsExactly(given.id());
    DataFlow held = LentSites.held(sites.burst);
    assertThatThrownBy(() -> held.grant(Grant.to("bob").path("secret").until(until)))
        .hasMessageContaining("it belongs to lab");
    assertThatThrownBy(() -> held.revoke(given.id())).hasMessageContaining("it belongs to lab");

    flow.revoke(given.id());
    assertThatThrownBy(() -> Files.readString(secret("file")))
        .isInstanceOf(AccessDeniedException.class)
        .hasMessageContaining("was revoked");
    assertThat(flow.grants()).extracting(FlowGrant::state).containsExactly(FlowGrant.State.REVOKED);
    assertThat(actions(flow.audit()))
        .containsSubsequence(
            AuditEntry.Action.REFUSED,
            AuditEntry.Action.GRANTED,
            AuditEntry.Action.OPENED,
            AuditEntry.Action.REVOKED);
    assertThat(actions(held.audit())).isEqualTo(actions(flow.audit()));
    assertThatThrownBy(() -> flow.revoke("0".repeat(32))).hasMessageContaining("there is none");
    assertThatThrownBy(() -> flow.grant(Grant.to("alice").path("in").until(until)))
        .hasMessageContaining("nothing there is sensitive");
  }

  @Test
  void aGrantThatIsTakenBack_whileTheCachesSiteIsAway_countsNoMore() throws Exception {
    DataFlow flow = sensitive();
    FlowGrant given =
        flow.grant(
            Grant.to("alice")
                .path("secret")
                .until(sites.labTime.now().plus(Duration.ofMinutes(10))));
    assertThat(Files.readString(secret("file"))).isEqualTo("secret");
    String address = sites.burst.sites().listening().orElseThrow();
    sites.burst.close();
    awaitState(flow, FlowState.WAITING);
    assertThatThrownBy(() -> flow.revoke(given.id()))
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("Nothing is sent under the grant from here any more");
    assertThatThrownBy(flow::grants).hasMessageContaining("is not reached");
    sites.lab.close();
    sites.lab = sites.openLab(); // which forgets nothing of it
    sites.burst = sites.openBurst(address);
    DataFlow again = sensitive();
    while (again.grants().get(0).state() != FlowGrant.State.REVOKED) {
      Thread.onSpinWait();
    }
    assertThatThrownBy(() -> Files.readString(secret("second")))
        .isInstanceOf(AccessDeniedException.class);
  }

  private static void awaitState(DataFlow flow, FlowState state) {
    while (flow.status().state() != state) {
      Thread.onSpinWait();
    }
  }

  @Test
  void filesAreWrittenBack_andConflictsAreResolvedAtTheSource() throws Exception {
    DataFlow flow =
        sites
            .lab
            .dataFlows()
            .ensure(
                "job42",
                f ->
                    f.from(Endpoint.directory(sites.here))
                        .to(Endpoint.at("burst", "caches/job42"))
                        .access(
                            new FlowMode.WriteBack(
                                Duration.ofMinutes(1), DataSize.ofMib(8), Duration.ofSeconds(1))))
            .start();
    flow.awaitInSync(LIMIT);
    Files.writeString(top().resolve("in/result"), "result");
    flow.barrier("in", LIMIT);
    assertThat(sites.here.resolve("in/result")).hasContent("result");

    Files.writeString(top().resolve("in/mesh"), "of burst");
    assertThat(flow.status().unwritten().edits()).isEqualTo(1);
    assertThatThrownBy(flow::delete).hasMessageContaining("1 files wait to be written back");
    Files.writeString(sites.here.resolve("in/mesh"), "of lab, later");
    flow.awaitInSync(LIMIT);
    FlowConflict one = flow.conflicts().get(0);
    assertThat(one.path()).isEqualTo("in/mesh");
    assertThat(LentSites.held(sites.burst).conflicts())
        .extracting(FlowConflict::id)
        .containsExactly(one.id());
    assertThat(one.kept()).startsWith("in/mesh.conflict-target-");
    flow.resolve(one.id(), FlowConflict.Choice.TAKE_LOSER);
    assertThat(flow.conflicts()).isEmpty();
    assertThat(sites.here.resolve("in/mesh")).hasContent("of burst");
    flow.delete();
    assertThat(sites.burst.dataFlows().list()).isEmpty();
  }

  @Test
  void aSiteThatIsRevoked_hasItsFlowsEnded() throws Exception {
    DataFlow flow = flow().start();
    flow.awaitInSync(LIMIT);
    sites.lab.sites().revoke("burst");
    awaitState(flow, FlowState.WAITING);
    awaitReason(flow, "revoked");
    flow.delete(); // nobody need be asked who may not answer
    assertThat(sites.lab.dataFlows().list()).isEmpty();
  }

  @Test
  void whatIsOfNoUse_isRefused_andAFlowThatWasNeverStartedIsDeletedAlone() throws Exception {
    DataFlow flow = flow();
    flow.delete(); // nobody was asked to hold anything
    DataFlow again = flow().start();
    again.awaitInSync(LIMIT);
    assertThatThrownBy(() -> again.grant(Grant.to("a").until(Instant.now().plusSeconds(60))))
        .hasMessageContaining("it has no sensitive paths");
    assertThatThrownBy(again::conflicts).hasMessageContaining("has one master");
    assertThatThrownBy(() -> again.switchDirection(LIMIT))
        .hasMessageContaining("only a flow that is synchronous or asynchronous has one");
    assertThat(again.isReversed()).isFalse();
  }

  @Test
  void aLinkThatIsCut_isMadeAgain_andWhatIsCachedIsReadMeanwhile() throws Exception {
    try (Relay relay = new Relay(sites.burst.sites().listening().orElseThrow())) {
      sites.lab.sites().reach("burst", relay.address());
      byte[] noise = new byte[1 << 20];
      new Random(1).nextBytes(noise);
      Files.write(sites.here.resolve("in/noise"), noise);
      DataFlow flow = flow().start();
      flow.awaitInSync(LIMIT);
      assertThat(relay.captured().length).as("no byte of a file").isLessThan(noise.length / 2);
      assertThat(Files.readString(top().resolve("in/mesh"))).isEqualTo("mesh");
      relay.cut();
      assertThat(Files.readString(top().resolve("in/mesh"))).isEqualTo("mesh");
      Files.writeString(sites.here.resolve("in/late"), "late");
      flow.awaitInSync(LIMIT);
      assertThat(Files.readString(top().resolve("in/late"))).isEqualTo("late");
      assertThat(Files.readAllBytes(top().resolve("in/noise"))).isEqualTo(noise);
    }
  }

  @Test
  void rulesOfEitherSite_areAskedBeforeAnythingIsMade() throws Exception {
    try (Relay relay = new Relay(sites.burst.sites().listening().orElseThrow())) {
      sites.lab.sites().reach("burst", relay.address());
      sites.lab.placement().here(p -> p.in("DE"));
      sites.lab.placement().site("burst", p -> p.in("US"));
      PlacementRules rules =
          PlacementRules.builder().deny("stays", m -> m, m -> m.countries(outside("DE"))).build();
      sites.lab.placement().rules(rules);
      assertThatThrownBy(flow()::start)
          .isInstanceOf(KmeshException.class)
          .hasMessageContaining("the rule \"stays\" matches");
      assertThat(relay.connections()).isZero();

      sites.lab.placement().rules(PlacementRules.NONE);
      sites.burst.placement().here(p -> p.in("US"));
      sites.burst.placement().site("lab", p -> p.in("DE"));
      sites.burst.placement().rules(rules);
      DataFlow flow = flow().start();
      awaitReason(flow, "burst says: Cannot hold the cache of the data flow \"job42@lab\"");
      assertThat(flow.status().reason()).contains("\"stays\"");
      assertThat(sites.burst.dataFlows().list()).isEmpty();
      assertThat(dir.resolve("caches/job42")).doesNotExist();
      sites.burst.placement().rules(PlacementRules.NONE);
      flow.awaitInSync(LIMIT); // its next session is asked anew
      flow.delete();
    }
  }

  @Test
  void aRightThatWasWithdrawn_endsTheFlowAtTheNextStart() throws Exception {
    DataFlow flow = flow().start();
    flow.awaitInSync(LIMIT);
    String address = sites.burst.sites().listening().orElseThrow();
    sites.burst.close();
    isAllowed = false;
    sites.burst = sites.openBurst(address);
    assertThatThrownBy(this::top).hasMessageContaining("does not run");
    awaitReason(flow, "there is no export of that name for lab");
    flow.delete(); // what was made is taken away without the right to make it
    assertThat(sites.burst.dataFlows().list()).isEmpty();
    try (Stream<Path> left = Files.list(dir.resolve("caches/job42"))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void aSymbolicLinkBelowTheExport_isNotFollowed() throws Exception {
    Path elsewhere = Files.createDirectories(dir.resolve("elsewhere"));
    Files.createSymbolicLink(dir.resolve("caches/job42"), elsewhere);
    DataFlow flow = flow().start();
    awaitReason(flow, "burst says: ");
    try (Stream<Path> left = Files.list(elsewhere)) {
      assertThat(left).isEmpty();
    }
    Files.delete(dir.resolve("caches/job42"));
    flow.awaitInSync(LIMIT);
    assertThat(Files.readString(top().resolve("in/mesh"))).isEqualTo("mesh");
  }

  @Test
  void whileTheCachesSiteIsAway_theFlowIsNotDeleted() throws Exception {
    DataFlow flow = flow().start();
    flow.awaitInSync(LIMIT);
    String address = sites.burst.sites().listening().orElseThrow();
    sites.burst.close();
    assertThatThrownBy(flow::delete)
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.TRANSIENT))
        .hasMessageContaining("burst holds its cache")
        .hasMessageContaining("kmesh site revoke burst");
    sites.burst = sites.openBurst(address);
    flow.awaitInSync(LIMIT); // it went on
    assertThat(Files.readString(top().resolve("in/mesh"))).isEqualTo("mesh");
    flow.delete();
    assertThat(sites.burst.dataFlows().list()).isEmpty();
  }

  /** What a site asks about a flow that is none of its own. */
  private static Throwable refusal(Kmesh kmesh, String site, String flow, Question question) {
    List<byte[]> asked = new ArrayList<>();
    ControlLine there =
        new ControlLine(asked::add, (q, body) -> CompletableFuture.failedFuture(new Exception()));
    CompletableFuture<ControlLine.Reply> reply = new CompletableFuture<>();
    Hosting.Seat seat =
        ((FlowService) kmesh.dataFlows()).hosting().open(site, flow, noSession(), there);
    ObjectNode body = SpecJson.object(0);
    if (question == Question.HOST) {
      body.put("name", "job42").put("wanted", "RUNNING").put("made", false);
      body.set("spec", spec(site));
    }
    return catchThrowable(
        () -> {
          seat.answer(question, body, reply);
          reply.getNow(null);
        });
  }

  private static JsonNode spec(String site) {
    try {
      return SpecJson.tree(
          ("{\"format\":0,\"source\":{\"site\":{\"site\":\""
                  + site
                  + "\",\"export\":\"~flows\",\"path\":\"6a6f623432\"}},\"target\":{\"site\":{"
                  + "\"site\":\"burst\",\"export\":\"caches\",\"path\":\"6a\"}},\"mode\":{"
                  + "\"access\":{\"lease\":\"PT5S\",\"cache\":10737418240,\"stale\":\"show\","
                  + "\"writes\":\"none\"}},\"changelogUsers\":{},\"scanPause\":\"PT30S\","
                  + "\"deleteGuard\":{\"entries\":1000,\"percent\":10.0}}")
              .getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static LinkSession noSession() {
    return (LinkSession)
        Proxy.newProxyInstance(
            LentAccessTest.class.getClassLoader(),
            new Class<?>[] {LinkSession.class},
            (self, method, arguments) -> null);
  }

  @Test
  void anotherSite_hasNoPartInIt_norInWhatIsThisSites() throws Exception {
    flow().start().awaitInSync(LIMIT);
    String id;
    try (Stream<Path> flows = Files.list(dir.resolve("burst-flows"))) {
      id = flows.findFirst().orElseThrow().getFileName().toString();
    }
    for (Question question :
        List.of(
            Question.HOST,
            Question.HOSTED,
            Question.UNHOST,
            Question.GRANT,
            Question.REVOKE,
            Question.GIVEN,
            Question.AUDIT,
            Question.CONFLICTS)) {
      assertThat(refusal(sites.burst, "other", id, question))
          .as("%s", question)
          .isInstanceOf(ProviderException.class)
          .hasMessageContaining("it is another site's");
    }
    assertThat(refusal(sites.burst, "nobody", "0".repeat(32), Question.HOST))
        .hasMessageContaining("there is no export of that name for nobody");
    sites
        .burst
        .dataFlows()
        .ensure(
            "own",
            f -> f.from(Endpoint.directory(sites.here)).to(Endpoint.directory(dir.resolve("t"))))
        .start();
    String own;
    try (Stream<Path> flows = Files.list(dir.resolve("burst-flows"))) {
      own =
          flows
              .map(f -> f.getFileName().toString())
              .filter(name -> !name.equals(id))
              .findFirst()
              .orElseThrow();
    }
    assertThat(refusal(sites.burst, "lab", own, Question.HOST))
        .hasMessageContaining("it is another site's");
    assertThat(refusal(sites.burst, "lab", "1".repeat(32), Question.HOST))
        .hasMessageContaining("that of another flow of this name is here");
    assertThat(sites.burst.dataFlows().list())
        .extracting(DataFlow::name)
        .containsExactly("job42@lab", "own");
  }

  @Test
  void flowsOfARevokedSite_stopWhereTheirCachesAre_alsoAfterARestart() throws Exception {
    flow().start().awaitInSync(LIMIT);
    Path open = top().resolve("in/mesh");
    assertThat(Files.readString(open)).isEqualTo("mesh");
    sites.lab.close(); // a revoked site can't come back
    ((FlowService) sites.burst.dataFlows()).hosting().revoked("lab");
    assertThatThrownBy(() -> Files.readString(open)).isInstanceOf(ClosedFileSystemException.class);
    assertThat(LentSites.held(sites.burst).status().state()).isEqualTo(FlowState.STOPPED);
    String address = sites.burst.sites().listening().orElseThrow();
    sites.burst.close();
    sites.burst = sites.openBurst(address);
    assertThat(LentSites.held(sites.burst).status().state()).isEqualTo(FlowState.STOPPED);
    LentSites.held(sites.burst).delete();
    try (Stream<Path> left = Files.list(dir.resolve("caches/job42"))) {
      assertThat(left).isEmpty();
    }
  }
}
