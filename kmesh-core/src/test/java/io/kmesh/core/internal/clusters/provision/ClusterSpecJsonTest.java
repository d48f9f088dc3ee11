// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters.provision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.ClusterShape;
import io.kmesh.ClusterSpec;
import io.kmesh.OperationId;
import io.kmesh.ThroughputTier;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.cloud.CloudToken;
import io.kmesh.spi.cloud.CloudZone;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterSpecJsonTest {
  private static final ThroughputTier TIER = new ThroughputTier(250);

  private static final ClusterSpec SPEC =
      ClusterSpec.builder()
          .at("mock")
          .zone("zone-2")
          .capacity(DataSize.ofTib(4))
          .throughput(TIER)
          .option("net", "a")
          .label("job", "42")
          .build();

  private static final CloudToken TOKEN = new CloudToken("0123456789ab4def8123456789abcdef");
  private static final CloudToken CHANGE = new CloudToken("fedcba9876544210b123456789abcdef");

  private static final ClusterRecord WANTED =
      ClusterRecord.wanted(
          "burst", SPEC, TOKEN, new OperationId("01j"), Instant.parse("2026-01-01T00:00:00Z"));

  private static final ClusterRecord RECORD =
      WANTED
          .creating(new CloudZone("zone-2", "US"))
          .ready("mock-000001")
          .resizing(CHANGE, new ClusterShape(DataSize.ofTib(6), TIER));

  /** The golden vectors of docs/format/cluster-spec.md. */
  private static final String SPEC_TEXT =
      """
      {"format":0,"provider":"mock","zone":"zone-2","capacity":4398046511104,"throughput":250,\
      "options":{"net":"a"},"labels":{"job":"42"}}""";

  private static final String RECORD_TEXT =
      """
      {"format":0,"name":"burst","spec":%s,"token":"0123456789ab4def8123456789abcdef",\
      "phase":"RESIZING","operation":"01j","created":"2026-01-01T00:00:00Z","zone":"zone-2",\
      "country":"US","resource":"mock-000001","change":"fedcba9876544210b123456789abcdef",\
      "wanted":{"capacity":6597069766656,"throughput":250}}"""
          .formatted(SPEC_TEXT);

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void goldenVectors_areWrittenAndRead() throws IOException {
    assertThat(ClusterSpecJson.encode(SPEC)).asString().isEqualTo(SPEC_TEXT);
    assertThat(ClusterSpecJson.decode("burst", utf8(SPEC_TEXT))).isEqualTo(SPEC);
    assertThat(ClusterRecordJson.encode(RECORD)).asString().isEqualTo(RECORD_TEXT);
    assertThat(ClusterRecordJson.decode("burst", utf8(RECORD_TEXT))).isEqualTo(RECORD);
  }

  @Test
  void record_inEachPhase_roundTrips() throws IOException {
    ClusterRecord creating = WANTED.creating(new CloudZone("zone-2", "US"));
    ClusterRecord ready = creating.ready("mock-000001");
    for (ClusterRecord record :
        new ClusterRecord[] {
          WANTED,
          creating,
          ready,
          RECORD,
          ready.deleting(CHANGE),
          RECORD.ready(ClusterShape.of(DataSize.ofTib(6)))
        }) {
      assertThat(ClusterRecordJson.decode("burst", ClusterRecordJson.encode(record)))
          .isEqualTo(record);
    }
  }

  @Test
  void spec_isAValueThatChecksItself() {
    assertThat(SPEC.toBuilder().build()).isEqualTo(SPEC);
    assertThat(ClusterSpecJson.differences(SPEC, SPEC)).isEmpty();
    assertThat(
            ClusterSpecJson.differences(
                SPEC,
                ClusterSpec.builder()
                    .at("other")
                    .zone("z")
                    .shape(ClusterShape.of(DataSize.ofTib(1)))
                    .label("job", "43")
                    .build()))
        .containsExactly("provider", "zone", "capacity", "throughput", "options.net", "labels.job");
    assertThatThrownBy(() -> SPEC.toBuilder().zone("a b").build()).hasMessageContaining("a b");
    assertThatThrownBy(() -> SPEC.toBuilder().option("a b", "").build())
        .hasMessageContaining("a b");
    assertThatThrownBy(() -> SPEC.toBuilder().label("a", "b\n").build())
        .hasMessageContaining("printable");
    assertThatThrownBy(() -> ClusterSpec.builder().at("mock").build()).hasMessageContaining("zone");
    assertThatThrownBy(() -> ClusterShape.of(DataSize.ZERO)).hasMessageContaining("capacity");
    assertThatThrownBy(() -> new ThroughputTier(-1)).hasMessageContaining("-1");
    assertThat(SPEC.options()).isEqualTo(Map.of("net", "a"));
  }

  @Test
  void token_isAUuid() {
    assertThat(CloudToken.of(TOKEN.uuid())).isEqualTo(TOKEN);
    assertThat(TOKEN.uuid()).hasToString("01234567-89ab-4def-8123-456789abcdef");
    assertThatThrownBy(() -> new CloudToken("0123456789ab1def8123456789abcdef"))
        .hasMessageContaining("version 4");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{\"format\":0}",
        "{\"format\":0,\"provider\":\"M\",\"zone\":\"z\",\"capacity\":1,\"throughput\":0,"
            + "\"options\":{},\"labels\":{}}",
        "{\"format\":0,\"provider\":\"m\",\"zone\":\"z\",\"capacity\":0,\"throughput\":0,"
            + "\"options\":{},\"labels\":{}}",
        "{\"format\":0,\"provider\":\"m\",\"zone\":\"z\",\"capacity\":1.5,\"throughput\":0,"
            + "\"options\":{},\"labels\":{}}",
        "{\"format\":0,\"provider\":\"m\",\"zone\":\"z\",\"capacity\":1,\"throughput\":0,"
            + "\"options\":{\"a\":1},\"labels\":{}}",
        "{\"format\":0,\"provider\":\"m\",\"zone\":\"z\",\"capacity\":1,\"throughput\":0,"
            + "\"options\":[],\"labels\":{}}"
      })
  void decode_ofForeignText_isATypedError(String text) {
    assertThatThrownBy(() -> ClusterSpecJson.decode("burst", utf8(text)))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT))
        .hasMessageContaining("burst");
  }

  @Test
  void decode_ofANewerFormat_refusesByName() {
    String more =
        "{\"format\":0,\"provider\":\"m\",\"zone\":\"z\",\"capacity\":1,\"throughput\":0,"
            + "\"options\":{},\"labels\":{},\"more\":1}";
    assertThatThrownBy(() -> ClusterSpecJson.decode("burst", utf8(more)))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageContainingAll("burst", "\"more\"", "Use the Kmesh release that wrote it");
    assertThatThrownBy(() -> ClusterSpecJson.decode("burst", utf8("{\"format\":1}")))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageContaining("burst");
    assertThatThrownBy(
            () ->
                ClusterRecordJson.decode(
                    "burst", utf8(RECORD_TEXT.replace("RESIZING", "DELETING"))))
        .hasMessageContaining("don't fit the phase DELETING");
  }

  @Tag("fuzz")
  @Property(tries = 2_000, edgeCases = EdgeCasesMode.NONE)
  void decode_ofDamagedText_isATypedErrorOrARecord(
      @ForAll @IntRange(max = 1000) int at, @ForAll byte value) throws IOException {
    byte[] bytes = utf8(RECORD_TEXT);
    bytes[at % bytes.length] = value;
    try {
      ClusterRecord read = ClusterRecordJson.decode("burst", bytes);
      assertThat(ClusterRecordJson.decode("burst", ClusterRecordJson.encode(read))).isEqualTo(read);
    } catch (ProviderException e) {
      assertThat(e).hasMessageContaining("burst");
    }
  }
}
