// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.core.internal.flows.service.EndPlan.Side;
import io.kmesh.spi.ProviderException;
import java.nio.file.Path;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** What a site keeps of the ends that it runs for others: docs/format/flow-control.md. */
class AgentFormatTest {
  private static final String GOLDEN =
      "{\"format\":0,\"site\":\"lab\",\"name\":\"job\",\"side\":\"TARGET\",\"generation\":0,"
          + "\"tree\":{\"directory\":\"/data/job\"}}";
  private static final PartRecord PART =
      new PartRecord("lab", "job", Side.TARGET, 0, Endpoint.directory(Path.of("/data/job")), false);
  private static final String GOLDEN_MERGED =
      GOLDEN.substring(0, GOLDEN.length() - 1) + ",\"merged\":true}";

  @Test
  void part_isTheGoldenVector_andReadsBack() throws Exception {
    assertThat(new String(PART.encode(), UTF_8)).isEqualTo(GOLDEN);
    assertThat(PartRecord.decode("f", GOLDEN.getBytes(UTF_8))).isEqualTo(PART);
  }

  @Test
  void partOfSeveralMasters_isTheGoldenVector_andReadsBack() throws Exception {
    PartRecord part = PartRecord.decode("f", GOLDEN_MERGED.getBytes(UTF_8));
    assertThat(part.isMerged()).isTrue();
    assertThat(part.isTarget()).isTrue();
    assertThat(new String(part.encode(), UTF_8)).isEqualTo(GOLDEN_MERGED);
  }

  @Test
  void partThatSharesATree_isTheGoldenVector_andReadsBack() throws Exception {
    String golden =
        GOLDEN.substring(0, GOLDEN.length() - 1)
            + ",\"merged\":true,\"group\":{\"id\":\"00112233445566778899aabbccddeeff\","
            + "\"source\":0,\"target\":2},\"policy\":\"newest\"}";
    PartRecord part = PartRecord.decode("f", golden.getBytes(UTF_8));
    assertThat(part.hosted("f").end()).isEqualTo(2);
    assertThat(part.policy()).isEqualTo("newest");
    assertThat(new String(part.encode(), UTF_8)).isEqualTo(golden);
    PartRecord alone = PartRecord.decode("f", GOLDEN_MERGED.getBytes(UTF_8));
    assertThat(alone.hosted("00112233445566778899aabbccddeeff").end()).isEqualTo(1);
  }

  @Test
  void partInAPrefix_isTheGoldenVector_andReadsBack() throws Exception {
    String golden =
        GOLDEN.replace(
            "{\"directory\":\"/data/job\"}",
            "{\"objects\":{\"store\":\"bucket\",\"prefix\":\"archive/42/\"}}");
    PartRecord part = PartRecord.decode("f", golden.getBytes(UTF_8));
    assertThat(part.tree()).isEqualTo(Endpoint.objects("bucket", "archive/42"));
    assertThat(new String(part.encode(), UTF_8)).isEqualTo(golden);
  }

  @Test
  void part_ofAnotherFormat_isRefusedByName() {
    byte[] newer = GOLDEN.replace("\"format\":0", "\"format\":1").getBytes(UTF_8);
    assertThatThrownBy(() -> PartRecord.decode("0a1b", newer))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("0a1b");
    byte[] more = GOLDEN.replace("\"tree\"", "\"lanes\":2,\"tree\"").getBytes(UTF_8);
    assertThatThrownBy(() -> PartRecord.decode("0a1b", more))
        .isInstanceOf(ProviderException.class)
        .hasMessageContainingAll("0a1b", "\"lanes\"", "Use the Kmesh release that wrote it");
  }

  @Tag("fuzz")
  @Property(tries = 3_000)
  void damagedPart_isOneThatReadsBack_orRefused(
      @ForAll @IntRange(max = 1100) int flip, @ForAll @IntRange(max = 140) int cut)
      throws Exception {
    byte[] bytes =
        GOLDEN_MERGED.substring(0, Math.min(cut + 1, GOLDEN_MERGED.length())).getBytes(UTF_8);
    bytes[flip / 8 % bytes.length] ^= (byte) (1 << flip % 8);
    try {
      PartRecord read = PartRecord.decode("f", bytes);
      assertThat(PartRecord.decode("f", read.encode())).isEqualTo(read);
    } catch (ProviderException e) {
      assertThat(e).hasMessageContaining("f");
    }
  }
}
