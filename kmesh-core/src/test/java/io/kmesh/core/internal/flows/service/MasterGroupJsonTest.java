// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.core.internal.flows.service.EndPlan.Side;
import io.kmesh.core.internal.flows.service.FlowRecordJson.FlowRecord;
import io.kmesh.core.internal.flows.service.FlowRecordJson.Wanted;
import io.kmesh.flows.ConflictPolicy;
import io.kmesh.flows.FlowSpec;
import io.kmesh.spi.ProviderException;
import java.nio.file.Path;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** What is kept, and told, of flows that share trees: docs/format/flow-spec.md, flow-control.md. */
class MasterGroupJsonTest {
  private static final String ID = "00112233445566778899aabbccddeeff";
  private static final String GROUP =
      "\"group\":{\"id\":\"ffeeddccbbaa99887766554433221100\",\"source\":1,\"target\":2}";
  private static final String ALONE =
      "{\"format\":0,\"id\":\"" + ID + "\",\"wanted\":\"RUNNING\",\"generation\":0}";
  private static final String RECORD = ALONE.replace("}", "," + GROUP + "}");
  private static final MasterGroup READ = new MasterGroup("ffeeddccbbaa99887766554433221100", 1, 2);

  private static FlowSpec spec() {
    return FlowSpec.builder()
        .from(Endpoint.directory(Path.of("/data/hub")))
        .to(Endpoint.at("burst", "data/hub"))
        .multiMaster(ConflictPolicy.sites("end2", "source"))
        .build();
  }

  @Test
  void record_isTheGoldenVector_andReadsBack() throws Exception {
    FlowRecord record = new FlowRecord(ID, Wanted.RUNNING, 0).in(READ);
    assertThat(new String(FlowRecordJson.encode(record), UTF_8)).isEqualTo(RECORD);
    assertThat(FlowRecordJson.decode("f", RECORD.getBytes(UTF_8))).isEqualTo(record);
    assertThat(record.place()).isEqualTo(READ);
  }

  @Test
  void recordOfAFlowAlone_isAsItEverWas() throws Exception {
    FlowRecord record = FlowRecordJson.decode("f", ALONE.getBytes(UTF_8));
    assertThat(record.group()).isNull();
    assertThat(record.place()).isEqualTo(new MasterGroup(ID, 0, 1));
    assertThat(new String(FlowRecordJson.encode(record), UTF_8)).isEqualTo(ALONE);
  }

  @Test
  void join_tellsTheGroup_andReadsBack() throws Exception {
    JoinJson.Join join = new JoinJson.Join("hub", Side.TARGET, 0, spec(), READ);
    ObjectNode json = JoinJson.write(join);
    assertThat(json.toString())
        .endsWith("," + GROUP + "}")
        .contains("\"ends\":[\"end2\",\"source\"]");
    assertThat(JoinJson.read(json)).isEqualTo(join);
    JoinJson.Join alone = new JoinJson.Join("hub", Side.TARGET, 0, spec());
    assertThat(JoinJson.write(alone).has("group")).isFalse();
    assertThat(JoinJson.read(JoinJson.write(alone))).isEqualTo(alone);
  }

  @Test
  void groupThatCanNotBe_isRefused() {
    for (String[] bad :
        new String[][] {
          {"\"source\":1", "\"source\":2"},
          {"\"source\":1", "\"source\":-1"},
          {"\"target\":2", "\"target\":256"},
          {"\"target\":2", "\"target\":\"2\""},
          {"\"target\":2", "\"target\":2,\"more\":1"},
          {"ffee", "../."},
        }) {
      assertThatThrownBy(
              () -> FlowRecordJson.decode("f", RECORD.replace(bad[0], bad[1]).getBytes(UTF_8)))
          .as(bad[1])
          .isInstanceOf(ProviderException.class);
    }
    FlowSpec oneWay = spec().toBuilder().async().build();
    assertThatThrownBy(
            () ->
                JoinJson.read(
                    JoinJson.write(new JoinJson.Join("hub", Side.TARGET, 0, oneWay, READ))))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("several masters");
  }

  @Test
  void shareAndNumbers_areTheGoldenVectors_andReadBack() throws Exception {
    String golden =
        "{\"format\":0,\"group\":{\"id\":\"00112233445566778899aabbccddeeff\",\"source\":0,"
            + "\"target\":1},\"number\":2}";
    ObjectMapper json = new ObjectMapper();
    ShareJson.Share share = ShareJson.read((ObjectNode) json.readTree(golden));
    assertThat(share.number()).isEqualTo(2);
    assertThat(ShareJson.write(share)).hasToString(golden);
    String kept = "{\"format\":0,\"last\":7}";
    assertThat(GroupNumbers.decode("g", kept.getBytes(UTF_8))).isEqualTo(7);
    assertThat(new String(GroupNumbers.encode(7), UTF_8)).isEqualTo(kept);
    for (String wrong :
        new String[] {
          golden.replace("\"number\":2", "\"number\":256"),
          golden.replace("\"number\"", "\"numbers\""),
          golden.replace("\"target\":1", "\"target\":0")
        }) {
      assertThatThrownBy(() -> ShareJson.read((ObjectNode) json.readTree(wrong)))
          .isInstanceOf(ProviderException.class);
    }
  }

  @Tag("fuzz")
  @Property(tries = 1_000)
  void damagedShareOrNumber_isOneThatReadsBack_orRefused(
      @ForAll @IntRange(max = 2000) int flip, @ForAll @IntRange(max = 110) int cut)
      throws Exception {
    String share = ShareJson.write(new ShareJson.Share(READ, 9)).toString();
    String whole = flip % 2 == 0 ? "{\"format\":0,\"last\":7}" : share;
    byte[] bytes = whole.substring(0, Math.min(cut + 1, whole.length())).getBytes(UTF_8);
    bytes[flip / 8 % bytes.length] ^= (byte) (1 << flip % 8);
    try {
      if (flip % 2 == 0) {
        int last = GroupNumbers.decode("g", bytes);
        assertThat(GroupNumbers.decode("g", GroupNumbers.encode(last))).isEqualTo(last);
      } else if (new ObjectMapper().readTree(bytes) instanceof ObjectNode json) {
        ShareJson.Share read = ShareJson.read(json);
        assertThat(ShareJson.read(ShareJson.write(read))).isEqualTo(read);
      }
    } catch (ProviderException | com.fasterxml.jackson.core.JacksonException e) {
      assertThat(e).hasMessageMatching("(?s).+");
    }
  }

  @Tag("fuzz")
  @Property(tries = 3_000)
  void damagedRecordOrJoin_isOneThatReadsBack_orRefused(
      @ForAll @IntRange(max = 5000) int flip, @ForAll @IntRange(max = 600) int cut)
      throws Exception {
    String join = JoinJson.write(new JoinJson.Join("f", Side.TARGET, 0, spec(), READ)).toString();
    String whole = flip % 2 == 0 ? RECORD : join;
    byte[] bytes = whole.substring(0, Math.min(cut + 1, whole.length())).getBytes(UTF_8);
    bytes[flip / 8 % bytes.length] ^= (byte) (1 << flip % 8);
    try {
      if (flip % 2 == 0) {
        FlowRecord read = FlowRecordJson.decode("f", bytes);
        assertThat(FlowRecordJson.decode("f", FlowRecordJson.encode(read))).isEqualTo(read);
      } else if (new ObjectMapper().readTree(bytes) instanceof ObjectNode json) {
        JoinJson.Join read = JoinJson.read(json);
        assertThat(JoinJson.read(JoinJson.write(read))).isEqualTo(read);
      }
    } catch (ProviderException | com.fasterxml.jackson.core.JacksonException e) {
      assertThat(e).hasMessageMatching("(?s).+");
    }
  }
}
