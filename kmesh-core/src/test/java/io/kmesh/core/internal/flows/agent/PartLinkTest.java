// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.core.internal.endpoints.Endpoints;
import io.kmesh.core.internal.flows.control.ControlLine;
import io.kmesh.core.internal.flows.control.Question;
import io.kmesh.core.internal.flows.link.LinkPeer;
import io.kmesh.core.internal.flows.link.LinkSession;
import io.kmesh.core.internal.flows.placement.PlacementBook;
import io.kmesh.core.internal.flows.placement.PlacementGate;
import io.kmesh.core.internal.flows.service.EndPlan.Side;
import io.kmesh.core.internal.flows.service.Hosting;
import io.kmesh.core.internal.flows.service.JoinJson;
import io.kmesh.core.internal.flows.service.PrefixTrees;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.core.internal.observe.Observers;
import io.kmesh.flows.ConflictPolicy;
import io.kmesh.flows.FlowSpec;
import io.kmesh.sites.Export;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.RunningTime;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a site answers to sites of other builds. */
class PartLinkTest {
  @TempDir Path dir;

  @Test
  void siteOfAnOlderBuild_mayNotJoinSeveralMasters_andNothingIsMade() throws Exception {
    Path exported = Files.createDirectories(dir.resolve("exported"));
    List<byte[]> answers = new ArrayList<>();
    FlowSpec spec =
        FlowSpec.builder()
            .from(Endpoint.directory(dir.resolve("here")))
            .to(Endpoint.at("burst", "data/job"))
            .multiMaster(ConflictPolicy.keepBoth())
            .build();
    Observers observers = new Observers(RunningTime.instance(), List.of());
    MemoryState state = MemoryState.create(RunningTime.instance());
    try (Kmesh kmesh = Kmesh.builder().state(state).build();
        FlowAgent agent =
            new FlowAgent(
                "burst",
                new PartStore(state),
                new PlacementGate(
                    new PlacementBook(state, RunningTime.instance(), () -> Optional.of("burst")),
                    state,
                    observers),
                hosting(),
                new Endpoints(kmesh.clusters(), null),
                new PrefixTrees(name -> Optional.empty(), RunningTime.instance()),
                dir.resolve("flows"),
                new Exports(
                    List.of(
                        new Export(
                            "data",
                            Endpoint.directory(exported),
                            Export.Access.READ_WRITE,
                            Set.of()))),
                RunningTime.instance(),
                observers)) {
      PartLink part =
          new PartLink(agent, "lab", "0".repeat(32), Runnable::run, RunningTime.instance());
      LinkSession session = session(answers);
      part.opened(session);
      List<byte[]> asked = new ArrayList<>();
      ControlLine lab =
          new ControlLine(
              asked::add, (question, body) -> CompletableFuture.failedFuture(new Exception()));
      CompletableFuture<ObjectNode> joined =
          lab.ask(Question.JOIN, JoinJson.write(new JoinJson.Join("job", Side.TARGET, 0, spec)));
      CompletableFuture<ObjectNode> place = lab.ask(Question.PLACE, SpecJson.object(0));
      CompletableFuture<ObjectNode> left = lab.ask(Question.LEAVE, SpecJson.object(0));
      for (byte[] question : asked) {
        part.message(session, question);
      }
      for (byte[] answer : answers) {
        lab.received(answer);
      }
      assertThatThrownBy(joined::get)
          .hasCauseInstanceOf(ProviderException.class)
          .hasMessageContaining("the build of lab knows no flows of several masters")
          .satisfies(
              e ->
                  assertThat(((ProviderException) e.getCause()).kind())
                      .isEqualTo(ErrorKind.UNSUPPORTED));
      assertThatThrownBy(place::get).hasMessageContaining("was not joined first");
      assertThat(left.get()).as("a flow of which nobody knows here").hasToString("{\"format\":0}");
    }
    assertThat(exported.resolve("job")).doesNotExist();
    assertThat(dir.resolve("flows")).doesNotExist();
  }

  /** Holds nothing for anybody. */
  private static Hosting hosting() {
    return (Hosting)
        Proxy.newProxyInstance(
            PartLinkTest.class.getClassLoader(),
            new Class<?>[] {Hosting.class},
            (self, method, arguments) -> false);
  }

  private static LinkSession session(List<byte[]> sent) {
    return (LinkSession)
        Proxy.newProxyInstance(
            PartLinkTest.class.getClassLoader(),
            new Class<?>[] {LinkSession.class},
            (self, method, arguments) -> {
              if (method.getName().equals("peer")) {
                return new LinkPeer("lab", "", "i", 1, Set.of("zstd"), Set.of());
              }
              if (method.getName().equals("send")) {
                sent.add((byte[]) arguments[0]);
              }
              return null;
            });
  }
}
