// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.head;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.pack.PackId;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Heads that are no heads: a value, or a failure that names the object. */
class HeadJsonFuzzTest {
  private static final ChunkName CHUNK = new ChunkName(1, -2, 3);
  private static final PackId PACK = PackId.of("0123456789abcdef01234567", -1);
  private static final Head HEAD =
      new Head(
          7,
          "a".repeat(32),
          List.of("b".repeat(32)),
          List.of(
              new Head.Root("snapshot", "n \"ä", "id", -5, CHUNK, Map.of("source", "s", "h", ""))),
          List.of(new Head.Run("s/0", 1L << 40, 2)),
          List.of(new Head.Session("s", 1, "h", List.of(CHUNK), 5)),
          Map.of(PACK, 6L),
          Set.of(PackId.of("f".repeat(24), 0)));

  private static final String[] VALUES = {
    "null",
    "true",
    "-1",
    "1.5",
    "1e9",
    "99999999999999999999",
    "\"\"",
    "\"\\ud800\"",
    "[]",
    "[1]",
    "[null]",
    "[{}]",
    "{}",
    "\"00\"",
    "[\"00\"]",
    "[[[]]]"
  };

  private static void decode(byte[] bytes) {
    try {
      Head head = HeadJson.read(bytes, "d/heads/1");
      assertThat(HeadJson.read(HeadJson.write(head), "it")).isEqualTo(head);
    } catch (ProviderException e) {
      assertThat(e.kind()).isIn(ErrorKind.CORRUPT, ErrorKind.UNSUPPORTED);
      assertThat(e.getMessage()).contains("d/heads/1").hasSizeLessThan(2000);
    }
  }

  @Test
  void write_read_isTheSame() throws ProviderException {
    assertThat(HeadJson.read(HeadJson.write(HEAD), "it")).isEqualTo(HEAD);
    String text = new String(HeadJson.write(HEAD), StandardCharsets.UTF_8);
    // For ever from version 1 on; until then a change is seen here.
    assertThat(text)
        .isEqualTo(
            "{\"format\":0,\"generation\":7,\"attempt\":\""
                + "a".repeat(32)
                + "\",\"recent\":[\""
                + "b".repeat(32)
                + "\"],\"roots\":[{\"kind\":\"snapshot\",\"name\":\"n \\\"ä\",\"id\":\"id\","
                + "\"time\":-5,\"chunk\":\"0000000000000001fffffffffffffffe0000000000000003\","
                + "\"h\":\"\",\"source\":\"s\"}],\"runs\":[{\"key\":\"s/0\","
                + "\"chunks\":1099511627776,\"type\":2}],\"sessions\":[{\"id\":\"s\",\"began\":1,"
                + "\"host\":\"h\","
                + "\"holds\":[\"0000000000000001fffffffffffffffe0000000000000003\"],\"knows\":5}],"
                + "\"condemned\":[{\"since\":6,\"packs\":[\"0123456789abcdef01234567ffffffff\"]}],"
                + "\"gone\":[\"ffffffffffffffffffffffff00000000\"]}");
  }

  @Tag("fuzz")
  @Property(tries = 3_000)
  void read_damagedAnywhere_isAValue_orDamage(
      @ForAll @IntRange(max = 1000) int at,
      @ForAll byte value,
      @ForAll @IntRange(max = 30) int member,
      @ForAll @IntRange(max = 15) int other,
      @ForAll @IntRange(max = 1500) int length) {
    byte[] bytes = HeadJson.write(HEAD);
    bytes[at % bytes.length] = value;
    decode(Arrays.copyOf(bytes, Math.min(bytes.length, length)));
    String[] parts = new String(HeadJson.write(HEAD), StandardCharsets.UTF_8).split("(?<=\"):", -1);
    int n = 1 + member % (parts.length - 1);
    parts[n] = VALUES[other] + parts[n].replaceFirst("^(\"[^\"]*\"|-?[0-9]+|\\[[^]]*])", "");
    decode(String.join(":", parts).getBytes(StandardCharsets.UTF_8));
  }
}
