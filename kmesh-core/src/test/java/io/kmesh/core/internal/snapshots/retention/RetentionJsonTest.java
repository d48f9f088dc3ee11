// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.snapshots.RetentionPolicy;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Arrays;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetentionJsonTest {
  private static final String GOLDEN =
      "{\"format\":0,\"last\":3,\"within\":\"PT48H\",\"hourly\":24,\"daily\":7,\"weekly\":5,"
          + "\"monthly\":12,\"yearly\":10,\"tags\":[\"audit\",\"release\"],"
          + "\"zone\":\"Europe/Berlin\"}";

  private static final RetentionPolicy FULL =
      RetentionPolicy.builder()
          .last(3)
          .within(Duration.ofDays(2))
          .hourly(24)
          .daily(7)
          .weekly(5)
          .monthly(12)
          .yearly(10)
          .tag("release")
          .tag("audit")
          .in(ZoneId.of("Europe/Berlin"))
          .build();

  private static final String SMALL = "{\"format\":0,\"last\":1,\"zone\":\"Z\"}";

  @Provide
  Arbitrary<RetentionPolicy> policies() {
    return RetentionPolicies.all();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void goldenVectors_areWrittenAndRead() throws IOException {
    RetentionPolicy small = RetentionPolicy.builder().last(1).in(ZoneId.of("Etc/UTC")).build();
    assertThat(new String(RetentionJson.encode(FULL), StandardCharsets.UTF_8)).isEqualTo(GOLDEN);
    assertThat(new String(RetentionJson.encode(small), StandardCharsets.UTF_8)).isEqualTo(SMALL);
    assertThat(RetentionJson.decode("r", utf8(GOLDEN))).isEqualTo(FULL);
    assertThat(RetentionJson.decode("r", utf8(SMALL))).isEqualTo(small);
  }

  @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
  void anyPolicy_roundTrips(@ForAll("policies") RetentionPolicy policy) throws IOException {
    assertThat(RetentionJson.decode("r", RetentionJson.encode(policy))).isEqualTo(policy);
    assertThat(policy.toBuilder().build()).isEqualTo(policy);
  }

  @Test
  void decode_newerFormat_refusesByName() {
    assertThatThrownBy(() -> RetentionJson.decode("gfs", utf8("{\"format\":1}")))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageContaining("gfs")
        .hasMessageContaining("format 1");
  }

  @Test
  void decode_ruleOfALaterBuild_refusesByName() {
    byte[] later = utf8("{\"format\":0,\"last\":1,\"minutely\":1,\"zone\":\"Z\"}");
    assertThatThrownBy(() -> RetentionJson.decode("gfs", later))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageContaining("gfs")
        .hasMessageContaining("minutely");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "7",
        "{\"format\":0,\"zone\":\"Z\"}",
        "{\"format\":0,\"last\":1}",
        "{\"format\":0,\"last\":-1,\"zone\":\"Z\"}",
        "{\"format\":0,\"last\":1.5,\"zone\":\"Z\"}",
        "{\"format\":0,\"last\":9999999999,\"zone\":\"Z\"}",
        "{\"format\":0,\"last\":1,\"within\":\"PT0S\",\"zone\":\"Z\"}",
        "{\"format\":0,\"last\":1,\"within\":\"P1M\",\"zone\":\"Z\"}",
        "{\"format\":0,\"last\":1,\"tags\":\"a\",\"zone\":\"Z\"}",
        "{\"format\":0,\"last\":1,\"tags\":[1],\"zone\":\"Z\"}",
        "{\"format\":0,\"last\":1,\"tags\":[\"a\",\"a\"],\"zone\":\"Z\"}",
        "{\"format\":0,\"last\":1,\"tags\":[\" \"],\"zone\":\"Z\"}",
        "{\"format\":0,\"last\":1,\"zone\":\"Mars\"}"
      })
  void decode_foreignText_isATypedError(String text) {
    assertThatThrownBy(() -> RetentionJson.decode("gfs", utf8(text)))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT))
        .hasMessageContaining("gfs");
  }

  @Tag("fuzz")
  @Property(tries = 5_000, edgeCases = EdgeCasesMode.NONE)
  void decode_damagedText_isATypedError_orAPolicy(
      @ForAll("policies") RetentionPolicy policy,
      @ForAll @IntRange(max = 400) int at,
      @ForAll byte value,
      @ForAll @IntRange(min = 1, max = 400) int length)
      throws IOException {
    byte[] bytes = RetentionJson.encode(policy);
    bytes[at % bytes.length] = value;
    byte[] some = length < bytes.length / 4 ? Arrays.copyOf(bytes, length) : bytes;
    RetentionPolicy read;
    try {
      read = RetentionJson.decode("gfs", some);
    } catch (ProviderException e) {
      assertThat(e).hasMessageContaining("gfs");
      return;
    }
    assertThat(RetentionJson.decode("gfs", RetentionJson.encode(read))).isEqualTo(read);
  }
}
