// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.KmeshException;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowSpec;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A state that a later build wrote, opened by this one: what is not known is refused by name, says
 * what to do, is left as it is, and stops nothing else.
 */
class LaterBuildTest {
  private static final String RUN =
      "{\"format\":0,\"id\":\"00112233445566778899aabbccddeeff\",\"wanted\":\"RUNNING\","
          + "\"generation\":0}";

  @TempDir Path dir;

  private interface Decoder {
    Object of(byte[] bytes) throws IOException;
  }

  private static void assertRefused(String record, Decoder decoder, String what) {
    assertThatThrownBy(() -> decoder.of(record.getBytes(UTF_8)))
        .as(record)
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageContainingAll("\"job\"", what, "Use the Kmesh release that wrote it.")
        .hasMessageNotContaining("Delete it");
  }

  @Test
  void recordOfARun_withWhatIsNotKnown_isRefusedByName() {
    Decoder run = bytes -> FlowRecordJson.decode("job", bytes);
    assertRefused(RUN.replace("\"format\":0", "\"format\":1"), run, "it has format 1");
    // As a build without shared trees or caches elsewhere met "group", "lent" and "host".
    assertRefused(RUN.replace("}", ",\"pair\":\"A\"}"), run, "the field \"pair\" is not known");
    assertRefused(RUN.replace("RUNNING", "PAUSED"), run, "the wanted \"PAUSED\" is not known");
    assertRefused(
        RUN.replace("}", ",\"lent\":\"LATER\"}"), run, "the lent \"LATER\" is not known here");
    assertRefused(
        RUN.replace(
            "}",
            ",\"group\":{\"id\":\"00112233445566778899aabbccddeeff\",\"source\":0,"
                + "\"target\":1,\"weight\":2}}"),
        run,
        "the field \"weight\" is not known");
    assertRefused(
        RUN.replace(
            "}",
            ",\"host\":{\"site\":\"lab\",\"name\":\"job\",\"asked\":{\"site\":{\"site\":\"b\","
                + "\"export\":\"c\",\"path\":\"\"}},\"top\":{\"tape\":\"/x\"}}}"),
        run,
        "the endpoint \"tape\" is not known");
  }

  private String spec() {
    FlowSpec spec =
        FlowSpec.builder()
            .from(Endpoint.directory(dir.resolve("from")))
            .to(Endpoint.directory(dir.resolve("to")))
            .async()
            .scanPause(Duration.ofMillis(50))
            .build();
    return new String(SpecJson.encode(FlowSpecJson.write(spec)), UTF_8);
  }

  @Test
  void specification_withWhatIsNotKnown_isRefusedByName() {
    Decoder decoder = bytes -> FlowSpecJson.decode("job", bytes);
    assertRefused(spec().replace("\"format\":0", "\"format\":7"), decoder, "it has format 7");
    assertRefused(
        spec().replace("\"scanPause\"", "\"order\":1,\"scanPause\""),
        decoder,
        "the field \"order\" is not known");
    assertRefused(spec().replace("\"async\"", "\"relay\""), decoder, "the field \"relay\"");
    assertRefused(
        spec().replaceFirst("\"directory\"", "\"tape\""),
        decoder,
        "the endpoint \"tape\" is not known");
  }

  @Test
  void grantsThatWereGiven_withWhatIsNotKnown_areRefusedByName() {
    String grants =
        "{\"format\":0,\"grants\":[{\"format\":0,\"id\":\"ffeeddccbbaa99887766554433221100\","
            + "\"who\":\"alice\",\"path\":\"secret\",\"from\":0,\"until\":1700000000000,"
            + "\"revoked\":false}]}";
    Decoder decoder = bytes -> LentGrants.decode("job", bytes);
    assertRefused(grants.replaceFirst("\"format\":0", "\"format\":1"), decoder, "it has format 1");
    assertRefused(
        grants.replace("[{\"format\":0", "[{\"format\":1"), decoder, "the format of a grant");
    assertRefused(grants.replace("\"grants\"", "\"rights\":[],\"grants\""), decoder, "\"rights\"");
  }

  /** Other flows run, the record stays byte for byte, and a kind of records nobody knows too. */
  @Test
  void stateWithAFlowOfALaterBuild_runsTheOthers_andKeepsIt() throws Exception {
    Path from = Files.createDirectory(dir.resolve("from"));
    Files.writeString(from.resolve("a"), "a");
    MemoryState state = MemoryState.create(RunningTime.instance());
    byte[] later = RUN.replace("}", ",\"pair\":\"A\"}").getBytes(UTF_8);
    RecordKey run = new RecordKey("flow.run", "ahead");
    RecordKey unknown = new RecordKey("flow.orbit", "x");
    state.apply(
        List.of(
            new StateChange.Put(
                new RecordKey("flow.spec", "ahead"),
                "",
                0,
                spec().replace("from", "elsewhere").getBytes(UTF_8),
                StateChange.ABSENT),
            new StateChange.Put(run, "", 0, later, StateChange.ABSENT),
            new StateChange.Put(unknown, "", 3, new byte[] {1}, StateChange.ABSENT),
            new StateChange.Put(
                new RecordKey("flow.spec", "plain"),
                "",
                0,
                spec().getBytes(UTF_8),
                StateChange.ABSENT),
            new StateChange.Put(
                new RecordKey("flow.run", "plain"),
                "",
                0,
                RUN.getBytes(UTF_8),
                StateChange.ABSENT)));
    try (Kmesh kmesh = Kmesh.builder().state(state).flowFolder(dir.resolve("flows")).build()) {
      DataFlow plain = kmesh.dataFlows().find("plain").orElseThrow();
      plain.awaitInSync(Duration.ofMinutes(1));
      assertThat(dir.resolve("to/a")).hasContent("a");
      assertThatThrownBy(() -> kmesh.dataFlows().find("ahead"))
          .isInstanceOf(KmeshException.class)
          .hasMessageContainingAll("\"ahead\"", "\"pair\"", "Use the Kmesh release that wrote it");
      assertThatThrownBy(() -> kmesh.dataFlows().list()).hasMessageContaining("\"ahead\"");
    }
    assertThat(state.find(run).orElseThrow().payload()).isEqualTo(later);
    assertThat(state.find(unknown)).isPresent();
  }
}
