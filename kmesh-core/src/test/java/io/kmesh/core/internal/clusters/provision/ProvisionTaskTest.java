// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters.provision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Cluster;
import io.kmesh.ClusterShape;
import io.kmesh.ClusterSpec;
import io.kmesh.OperationId;
import io.kmesh.ProvisionedCluster;
import io.kmesh.ThroughputTier;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.cloud.CloudToken;
import io.kmesh.spi.cloud.CloudZone;
import io.kmesh.testkit.cloud.MockCloud;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.ManualTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The stored forms of what operations of clusters are asked and give. */
class ProvisionTaskTest {
  private static final ThroughputTier TIER = new ThroughputTier(250);
  private static final CloudToken TOKEN = new CloudToken("0123456789ab4def8123456789abcdef");
  private static final CloudToken CHANGE = new CloudToken("fedcba9876544210b123456789abcdef");

  private static final ClusterRecord RECORD =
      ClusterRecord.wanted(
              "burst",
              ClusterSpec.builder()
                  .at("mock")
                  .zone("zone-2")
                  .shape(new ClusterShape(DataSize.ofTib(4), TIER))
                  .option("net", "a")
                  .label("job", "42")
                  .build(),
              TOKEN,
              new OperationId("01j"),
              Instant.parse("2026-01-01T00:00:00Z"))
          .creating(new CloudZone("zone-2", "US"))
          .ready("mock-000001");

  /** The golden vectors of docs/format/operations.md. */
  private static final String SPEC =
      """
      {"format":0,"provider":"mock","zone":"zone-2","capacity":4398046511104,"throughput":250,\
      "options":{"net":"a"},"labels":{"job":"42"}}""";

  private static final String BASE =
      "{\"format\":0,\"cluster\":\"burst\",\"token\":\"" + TOKEN + "\",\"spec\":" + SPEC;

  private static final String RESULT =
      """
      {"format":0,"cluster":"burst","spec":%s,"phase":"READY","resource":"mock-000001",\
      "zone":"zone-2","country":"US","created":"2026-01-01T00:00:00Z"}"""
          .formatted(SPEC);

  private static final String RESIZE =
      BASE
          + ",\"change\":\""
          + CHANGE
          + "\",\"wanted\":{\"capacity\":6597069766656,\"throughput\":250}}";

  private static final JsonMapper JSON = new JsonMapper();

  private final ManualTime time = ManualTime.create();

  private ProvisionParts parts() throws IOException {
    return new ProvisionParts(
        new ClusterRecords(MemoryState.create(time)),
        Map.of("mock", MockCloud.builder().time(time).start()),
        time,
        new Attachments() {
          @Override
          public boolean isAttached(String name) {
            return false;
          }

          @Override
          public Cluster open(String name) {
            throw new AssertionError("Nobody opens " + name + " here.");
          }

          @Override
          public void detach(String name) {
            throw new AssertionError("Nobody detaches " + name + " here.");
          }
        });
  }

  private static ObjectNode json(String text) throws IOException {
    return (ObjectNode) JSON.readTree(text);
  }

  @Test
  void goldenVectors_areWrittenAndRead() throws IOException {
    DeleteTask delete = new DeleteTask(parts());
    ProvisionedCluster read = delete.decode(json(RESULT));

    assertThat(ProvisionTask.spec("burst", TOKEN, RECORD.spec())).hasToString(BASE + "}");
    assertThat(ResizeTask.spec(RECORD, CHANGE, new ClusterShape(DataSize.ofTib(6), TIER)))
        .hasToString(RESIZE);
    assertThat(delete.spec(RECORD, CHANGE))
        .hasToString(BASE + ",\"change\":\"" + CHANGE + "\",\"was\":" + RESULT + "}");
    assertThat(delete.encode(read)).hasToString(RESULT);
    assertThat(read.spec()).isEqualTo(RECORD.spec());
    assertThat(read.zone()).isEqualTo(new CloudZone("zone-2", "US"));
  }

  @Test
  void decode_ofAnotherFormatOrForeignText_isATypedError() throws IOException {
    CreateTask create = new CreateTask(parts());
    assertThatThrownBy(() -> create.decode(json(RESULT.replace("READY", "GONE"))))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT));
    assertThatThrownBy(() -> create.decode(json("{\"format\":1}")))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID));
  }

  @Test
  void isReady_needsItsProviderOnly() throws IOException {
    CreateTask create = new CreateTask(parts());
    assertThat(create.isReady(json(BASE + "}"), name -> false)).isTrue();
    assertThat(create.isReady(json(BASE.replace("mock", "other") + "}"), name -> true)).isFalse();
    assertThat(create.isReady(json("{}"), name -> true)).isFalse();
  }

  @Tag("fuzz")
  @Test
  void decode_ofDamagedText_isATypedErrorOrACluster() throws IOException {
    CreateTask create = new CreateTask(parts());
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < 3_000; i++) {
      StringBuilder text = new StringBuilder(RESULT);
      text.setCharAt(random.nextInt(text.length()), (char) random.nextInt(128));
      ObjectNode node;
      try {
        node = json(text.toString());
      } catch (JsonProcessingException | ClassCastException e) {
        continue; // no JSON object: the journal says so before
      }
      try {
        assertThat(create.decode(node)).as("seed " + seed).isNotNull();
      } catch (ProviderException e) {
        assertThat(e.kind()).as("seed " + seed).isIn(ErrorKind.CORRUPT, ErrorKind.INVALID);
      }
    }
  }
}
