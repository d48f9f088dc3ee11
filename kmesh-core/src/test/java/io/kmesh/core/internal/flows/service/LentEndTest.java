// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.core.internal.endpoints.Endpoints;
import io.kmesh.core.internal.flows.control.Capability;
import io.kmesh.core.internal.flows.control.ControlLine;
import io.kmesh.core.internal.flows.control.Question;
import io.kmesh.core.internal.flows.link.LinkPeer;
import io.kmesh.core.internal.flows.link.LinkSession;
import io.kmesh.core.internal.flows.link.LinkStatus;
import io.kmesh.core.internal.flows.service.EndPlan.Side;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.core.internal.observe.Observers;
import io.kmesh.flows.FlowSpec;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.RunningTime;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The source of a flow whose cache another site holds, as far as it says no. */
class LentEndTest {
  private static final String ID = "00112233445566778899aabbccddeeff";
  private static final FlowSpec SPEC =
      FlowSpec.builder()
          .from(HostJson.lent("lab", "job42"))
          .to(Endpoint.at("burst", "caches/job42"))
          .access()
          .build();

  @TempDir Path dir;
  private final List<String> heard = new ArrayList<>();
  private final List<byte[]> sent = new ArrayList<>();
  private final List<String> made = new ArrayList<>();
  private boolean isAllowed = true;
  private Kmesh kmesh;
  private FlowEnd local;
  private LentEnd end;

  @BeforeEach
  void open() throws Exception {
    MemoryState state = MemoryState.create(RunningTime.instance());
    kmesh = Kmesh.builder().state(state).build();
    Path source = Files.createDirectories(dir.resolve("source"));
    FlowSpec here = SPEC.toBuilder().from(Endpoint.directory(source)).build();
    local =
        FlowEnd.open(
            EndPlan.of(
                ID, "job42", Side.SOURCE, 0, here, null, Files.createDirectory(dir.resolve("b"))),
            new Endpoints(kmesh.clusters(), null).open(Endpoint.directory(source)),
            null,
            RunningTime.instance(),
            new Observers(RunningTime.instance(), List.of()));
    end =
        new LentEnd(
            new LentEnd.Terms(
                "job42",
                ID,
                SPEC,
                LentGrants.open(state, ID, RunningTime.instance()),
                () -> {
                  if (!isAllowed) {
                    throw new ProviderException(ErrorKind.DENIED, "a rule says no");
                  }
                },
                () -> false,
                () -> made.add("made")),
            local,
            RunningTime.instance());
  }

  @AfterEach
  void close() throws Exception {
    local.close();
    kmesh.close();
  }

  private LinkSession session(Set<String> capabilities) {
    return (LinkSession)
        Proxy.newProxyInstance(
            LentEndTest.class.getClassLoader(),
            new Class<?>[] {LinkSession.class},
            (self, method, arguments) ->
                switch (method.getName()) {
                  case "peer" -> new LinkPeer("burst", "", "i", 1, capabilities, Set.of());
                  case "status" -> new LinkStatus(0, 0, 0, 0, 0, 0, 1, 0, 0, 0, Duration.ZERO);
                  case "equals" -> self == arguments[0];
                  case "hashCode" -> 1;
                  case "send" -> {
                    sent.add((byte[]) arguments[0]);
                    yield null;
                  }
                  default -> {
                    heard.add(
                        method.getName().equals("close")
                            ? "close: " + arguments[0]
                            : method.getName());
                    yield null;
                  }
                });
  }

  @Test
  void siteOfAnOlderBuild_isAskedNothing_andNamed() throws Exception {
    end.opened(session(Set.of("zstd", Capability.GRANTS)));
    assertThat(sent).isEmpty();
    assertThat(heard).containsExactly("close: it was refused there");
    assertThat(end.link().waiting())
        .contains("The build of burst can't hold caches of flows that others make (flow.caches)")
        .contains("Bring it up to date there");
    assertThatThrownBy(() -> end.askNow("give a grant", Question.GRANT, SpecJson.object(0)))
        .hasMessageContaining("Cannot give a grant of the data flow \"job42\"")
        .hasMessageContaining("flow.caches");
    assertThat(made).isEmpty();
  }

  /** What the other site asks, over a session in which it said that it holds the cache. */
  private CompletableFuture<ObjectNode> asked(Question question, ObjectNode body) throws Exception {
    LinkSession session = session(Set.of(Capability.CACHES));
    List<byte[]> questions = new ArrayList<>();
    ControlLine burst =
        new ControlLine(
            questions::add,
            (asked, what) ->
                CompletableFuture.completedFuture(ControlLine.Reply.of(SpecJson.object(0))));
    end.opened(session);
    for (byte[] message : List.copyOf(sent)) {
      burst.received(message); // HOST, which is answered
    }
    for (byte[] message : List.copyOf(questions)) {
      end.message(session, message);
    }
    assertThat(made).containsExactly("made");
    sent.clear();
    questions.clear();
    CompletableFuture<ObjectNode> answer = burst.ask(question, body);
    end.message(session, questions.get(0));
    for (byte[] message : List.copyOf(sent)) {
      if (ControlLine.isControl(message)) {
        burst.received(message);
      }
    }
    return answer;
  }

  private static ObjectNode join(FlowSpec spec, Side side, long generation) {
    return JoinJson.write(new JoinJson.Join("job42@lab", side, generation, spec));
  }

  @Test
  void whatTheOtherSiteJoins_isTheFlowAsItWasMade() throws Exception {
    FlowSpec there = SPEC.toBuilder().to(Endpoint.directory(Path.of("/data/caches"))).build();
    assertThat(asked(Question.JOIN, join(there, Side.SOURCE, 0)).get().path("format").asInt(-1))
        .isZero();
  }

  private void assertDenied(ObjectNode join) throws Exception {
    CompletableFuture<ObjectNode> answer = asked(Question.JOIN, join);
    assertThatThrownBy(answer::get)
        .hasCauseInstanceOf(ProviderException.class)
        .hasMessageContaining("it is not what this site made. Nothing is sent");
    assertThat(heard).isEmpty();
  }

  @Test
  void anotherSource_isNotSent() throws Exception {
    assertDenied(
        join(SPEC.toBuilder().from(HostJson.lent("lab", "other")).build(), Side.SOURCE, 0));
  }

  @Test
  void aFlowThatIsGuardedOtherwise_isNotSent() throws Exception {
    assertDenied(join(SPEC.toBuilder().sensitive("x").build(), Side.SOURCE, 0));
  }

  @Test
  void aTargetHere_isNotOpened() throws Exception {
    assertDenied(join(SPEC, Side.TARGET, 0));
  }

  @Test
  void aTurnedFlow_isNotOpened() throws Exception {
    assertDenied(join(SPEC, Side.SOURCE, 1));
  }

  @Test
  void rulesThatForbidIt_areAskedWhenItIsJoined() throws Exception {
    isAllowed = false;
    assertThatThrownBy(asked(Question.JOIN, join(SPEC, Side.SOURCE, 0))::get)
        .hasMessageContaining("a rule says no");
  }

  @Test
  void questionsOfOwners_areRefused() throws Exception {
    assertThatThrownBy(asked(Question.CONFIRM, SpecJson.object(0))::get)
        .hasMessageContaining("Cannot answer CONFIRM: this site made the flow");
  }
}
