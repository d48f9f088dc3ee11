// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.path.PathBytes;
import io.kmesh.snapshots.AccessRule;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Manifests that are none: a value, or a failure. */
class ManifestFuzzTest {
  private static final Manifest MANIFEST =
      new Manifest(
          "0123456789abcdef",
          "n",
          Instant.parse("2026-01-02T03:04:05.000000006Z"),
          "/s",
          "h",
          Map.of("k", "v"),
          new TreeNode(
              PathBytes.EMPTY,
              FileType.DIRECTORY,
              02755,
              1,
              2,
              new FileTime(3, 4),
              new FileTime(5, 6),
              7,
              0,
              1,
              List.of(),
              new Content.Directory(1, new ChunkName(8, 9, 10))),
          11,
          12,
          13,
          14,
          15);

  private static final Manifest MORE = more();

  private static Manifest more() {
    Additions more =
        Additions.NONE
            .with(new Additions.Cut("fedcba9876543210", 2))
            .with(
                List.of(
                    AccessRule.parse("user:alice:/results/**"), AccessRule.parse("group:lab:/")))
            .with(
                new ChangelogState(
                    "lab",
                    PathBytes.of("d"),
                    List.of("*.tmp"),
                    Map.of(0, "cl1", 1, "cl2"),
                    Map.of(0, 17L, 1, 18L)));
    Manifest m = MANIFEST;
    return new Manifest(
        m.id(),
        m.name(),
        m.time(),
        m.source(),
        m.host(),
        m.tags(),
        m.root(),
        m.files(),
        m.directories(),
        m.others(),
        m.bytes(),
        m.problems(),
        more);
  }

  private static final String[] VALUES = {
    "null",
    "true",
    "-1",
    "1.5",
    "99999999999999999999",
    "\"\"",
    "\"AAA\"",
    "\"AAAA\"",
    "\"*\"",
    "[]",
    "{}",
    "\"2026-99-99T00:00:00Z\"",
    "\"+1000000000-12-31T23:59:59Z\"",
    "[[[]]]"
  };

  private static void decode(byte[] bytes) {
    try {
      assertThat(Manifest.read(bytes, "the snapshot x")).isNotNull();
    } catch (ProviderException e) {
      assertThat(e.kind()).isIn(ErrorKind.CORRUPT, ErrorKind.UNSUPPORTED);
      assertThat(e.getMessage()).contains("the snapshot x").hasSizeLessThan(2000);
    }
  }

  @Test
  void write_read_isTheSame() throws ProviderException {
    assertThat(Manifest.read(MANIFEST.write(), "it")).isEqualTo(MANIFEST);
    assertThat(new String(MANIFEST.write(), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"format\":0,\"id\":\"0123456789abcdef\",\"name\":\"n\","
                + "\"time\":\"2026-01-02T03:04:05.000000006Z\",\"source\":\"/s\",\"host\":\"h\","
                + "\"tags\":{\"k\":\"v\"},\"root\":\"AAACAO0LAQIGBAQGDgEAAAAAAAAACAAAAAAAAAAJ"
                + "AAAAAAAAAAo=\",\"files\":11,\"directories\":12,\"others\":13,\"bytes\":14,"
                + "\"problems\":15}");
  }

  @Test
  void writeWithMore_read_isTheSame() throws ProviderException {
    assertThat(Manifest.read(MORE.write(), "it")).isEqualTo(MORE);
    String plain = new String(MANIFEST.write(), StandardCharsets.UTF_8);
    assertThat(new String(MORE.write(), StandardCharsets.UTF_8))
        .isEqualTo(
            plain.replace("\"format\":0", "\"format\":1").replaceFirst("}$", "")
                + ",\"cut\":{\"id\":\"fedcba9876543210\",\"snapshots\":2},"
                + "\"access\":[{\"user\":\"alice\",\"path\":\"cmVzdWx0cw==\"},"
                + "{\"group\":\"lab\",\"path\":\"\"}],"
                + "\"changelog\":{\"fileSystem\":\"lab\",\"path\":\"ZA==\","
                + "\"excludes\":[\"*.tmp\"],\"users\":{\"0\":\"cl1\",\"1\":\"cl2\"},"
                + "\"read\":{\"0\":17,\"1\":18}}}");
    String hidden = new String(MORE.write(), StandardCharsets.UTF_8).replace("access", "acces_");
    assertThatThrownBy(() -> Manifest.read(hidden.getBytes(StandardCharsets.UTF_8), "it"))
        .isInstanceOf(ProviderException.class);
  }

  @Tag("fuzz")
  @Property(tries = 3_000)
  void read_damagedAnywhere_isAValue_orDamage(
      @ForAll @IntRange(max = 700) int at,
      @ForAll byte value,
      @ForAll @IntRange(max = 30) int member,
      @ForAll @IntRange(max = 13) int other,
      @ForAll @IntRange(max = 800) int length) {
    damage(MANIFEST.write(), at, value, member, other, length);
    damage(MORE.write(), at, value, member, other, length);
  }

  private static void damage(byte[] whole, int at, byte value, int member, int other, int length) {
    byte[] bytes = whole.clone();
    bytes[at % bytes.length] = value;
    decode(Arrays.copyOf(bytes, Math.min(bytes.length, length)));
    String[] parts = new String(whole, StandardCharsets.UTF_8).split("(?<=\"):", -1);
    int n = 1 + member % (parts.length - 1);
    parts[n] = VALUES[other] + parts[n].replaceFirst("^(\"[^\"]*\"|-?[0-9]+)", "");
    decode(String.join(":", parts).getBytes(StandardCharsets.UTF_8));
  }
}
