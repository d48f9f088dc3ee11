// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Catalogs that are none: a value, or a failure. */
class CatalogManifestFuzzTest {
  private static final CatalogManifest CATALOG =
      new CatalogManifest(
          "0123456789abcdef0123456789abcdef-1",
          "lab",
          "0123456789abcdef0123456789abcdef",
          1,
          1_700_000_000_123L,
          new Content.Directory(2, new ChunkName(1, 2, 3)));

  private static final String[] VALUES = {
    "null", "true", "-1", "1.5", "99999999999999999999", "\"\"", "\"AAA\"", "[]", "{}", "[[[]]]"
  };

  private static void decode(byte[] bytes) {
    try {
      assertThat(CatalogManifest.read(bytes, "the catalog x").tree()).isNotNull();
    } catch (ProviderException e) {
      assertThat(e.kind()).isIn(ErrorKind.CORRUPT, ErrorKind.UNSUPPORTED);
      assertThat(e.getMessage()).contains("the catalog x").hasSizeLessThan(2000);
    }
  }

  @Test
  void write_read_isTheSame_andNoSnapshot() throws ProviderException {
    assertThat(CatalogManifest.read(CATALOG.write(), "it")).isEqualTo(CATALOG);
    assertThat(new String(CATALOG.write(), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"format\":0,\"catalog\":\"0123456789abcdef0123456789abcdef-1\","
                + "\"fileSystem\":\"lab\",\"instance\":\"0123456789abcdef0123456789abcdef\","
                + "\"archive\":1,\"time\":1700000000123,\"height\":2,"
                + "\"page\":\"000000000000000100000000000000020000000000000003\"}");
    byte[] bytes = CATALOG.write();
    assertThat(SnapshotStore.FINDER.root(new ChunkName(7, 8, 9), bytes, 0, bytes.length))
        .hasValueSatisfying(root -> assertThat(root.kind()).isEqualTo(CatalogManifest.KIND));
  }

  @Tag("fuzz")
  @Property(tries = 3_000)
  void read_damagedAnywhere_isAValue_orDamage(
      @ForAll @IntRange(max = 500) int at,
      @ForAll byte value,
      @ForAll @IntRange(max = 30) int member,
      @ForAll @IntRange(max = 9) int other,
      @ForAll @IntRange(max = 300) int length) {
    byte[] bytes = CATALOG.write();
    bytes[at % bytes.length] = value;
    decode(Arrays.copyOf(bytes, Math.min(bytes.length, length)));
    String[] parts = new String(CATALOG.write(), StandardCharsets.UTF_8).split("(?<=\"):", -1);
    int n = 1 + member % (parts.length - 1);
    parts[n] = VALUES[other] + parts[n].replaceFirst("^(\"[^\"]*\"|-?[0-9]+)", "");
    decode(String.join(":", parts).getBytes(StandardCharsets.UTF_8));
  }
}
