// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.json.HostileJson;
import io.kmesh.flows.FlowProblem;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import org.junit.jupiter.api.Test;

/** What the answer to LEAVE says: docs/format/flow-control.md. */
class RemainsJsonTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String GOLDEN =
      "{\"format\":0,\"kept\":[{\"path\":\"/data/job/.kmesh-flow-f\",\"reason\":\"why\"}]}";

  @Test
  void answer_isTheGoldenVector_andReadsBack() throws Exception {
    FlowProblem one = new FlowProblem("/data/job/.kmesh-flow-f", "why");
    assertThat(RemainsJson.write(List.of(one))).hasToString(GOLDEN);
    assertThat(RemainsJson.read("burst", (ObjectNode) JSON.readTree(GOLDEN)))
        .containsExactly(new FlowProblem("burst:/data/job/.kmesh-flow-f", "why"));
    assertThat(RemainsJson.write(List.of())).hasToString("{\"format\":0}");
    assertThat(RemainsJson.read("burst", RemainsJson.write(List.of()))).isEmpty();
  }

  @Test
  void answerThatSaysMuch_isCut() {
    ObjectNode much =
        RemainsJson.write(Collections.nCopies(1000, new FlowProblem("a", "b".repeat(10))));
    assertThat(much.path("kept")).hasSize(16);
    ObjectNode large = RemainsJson.write(List.of(new FlowProblem("a", "b".repeat(10_000))));
    assertThat(RemainsJson.read("burst", large)).isEmpty();
  }

  @Tag("fuzz")
  @Property(tries = 1_000)
  void damagedAnswer_isRead(@ForAll long seed) {
    try {
      if (JSON.readTree(new String(HostileJson.damage(GOLDEN, seed), UTF_8))
          instanceof ObjectNode damaged) {
        assertThat(RemainsJson.read("burst", damaged)).hasSizeLessThanOrEqualTo(16);
      }
    } catch (IOException e) {
      assertThat(e).isInstanceOf(com.fasterxml.jackson.core.JacksonException.class);
    }
  }
}
