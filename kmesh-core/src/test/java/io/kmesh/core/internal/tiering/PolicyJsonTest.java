// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.tiering;

import static io.kmesh.tiering.Conditions.age;
import static io.kmesh.tiering.Conditions.hsm;
import static io.kmesh.tiering.Conditions.inPool;
import static io.kmesh.tiering.Conditions.owner;
import static io.kmesh.tiering.Conditions.path;
import static io.kmesh.tiering.Conditions.poolUsage;
import static io.kmesh.tiering.Conditions.project;
import static io.kmesh.tiering.Conditions.size;
import static io.kmesh.unit.Units.days;
import static io.kmesh.unit.Units.mib;
import static io.kmesh.unit.Units.percent;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.lustre.HsmFlag;
import io.kmesh.spi.ProviderException;
import io.kmesh.tiering.TieringPolicy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PolicyJsonTest {
  private static final String GOLDEN =
      "{\"format\":0,\"name\":\"cold\",\"cluster\":\"lab\",\"under\":\"6a6f6273\",\"when\":{\"all\":["
          + "{\"olderThan\":{\"basis\":\"LAST_USE\",\"age\":\"PT720H\"}},{\"size\":{\"least\":67108864,"
          + "\"most\":9223372036854775807}}]},\"archiveTo\":\"ckpt\",\"release\":\"ONCE_ARCHIVED\","
          + "\"watermarks\":{\"high\":85.0,\"low\":70.0}}";

  private static final TieringPolicy COLD =
      TieringPolicy.builder("cold")
          .on("lab")
          .under("/jobs/")
          .when(age().moreThan(days(30)).and(size().atLeast(mib(64))))
          .archiveTo("ckpt")
          .thenRelease()
          .watermarks(percent(85), percent(70))
          .build();

  private static final TieringPolicy EVERYTHING =
      TieringPolicy.builder("all")
          .on("lab")
          .when(
              path("**/*.h5")
                  .and(owner(4_000_000_000L).or(project(7)))
                  .and(hsm(HsmFlag.NORELEASE).negate())
                  .and(inPool("fast").and(poolUsage("fast").above(percent(80)))))
          .moveTo("cheap")
          .watermarks("fast", percent(80), percent(60))
          .keepNewest(3, "ckpt.*")
          .promote("cheap", "fast", days(1))
          .build();

  @Test
  void encode_goldenPolicy_givesTheGoldenText() {
    assertThat(new String(PolicyJson.encode(COLD), StandardCharsets.UTF_8)).isEqualTo(GOLDEN);
  }

  @Test
  void decode_goldenText_givesTheGoldenPolicy() throws IOException {
    assertThat(PolicyJson.decode("cold", GOLDEN.getBytes(StandardCharsets.UTF_8))).isEqualTo(COLD);
  }

  @Test
  void decode_everyKindOfCondition_roundTrips() throws IOException {
    assertThat(PolicyJson.decode("all", PolicyJson.encode(EVERYTHING))).isEqualTo(EVERYTHING);
  }

  @Test
  void decode_newerFormat_refusesByName() {
    String newer = GOLDEN.replace("\"format\":0", "\"format\":1");
    assertThatThrownBy(() -> PolicyJson.decode("cold", newer.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("cold")
        .hasMessageContaining("format 1");
  }

  @Tag("fuzz")
  @Property(tries = 5_000)
  void decode_damagedText_isATypedError(
      @ForAll @IntRange(min = 0, max = 400) int at, @ForAll byte value) {
    byte[] bytes = PolicyJson.encode(EVERYTHING);
    bytes[at % bytes.length] = value;
    try {
      assertThat(PolicyJson.decode("all", bytes)).isNotNull();
    } catch (IOException e) {
      assertThat(e).isInstanceOf(ProviderException.class).hasMessageContaining("all");
    }
  }
}
