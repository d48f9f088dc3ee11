// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlobMetadataTest {
  private static final URI STORE = URI.create("az://c@a");

  @ParameterizedTest
  @CsvSource({
    "kmesh-attempt, kmesh__2dattempt",
    "b-1, b__2d1",
    "1st, __31st",
    "a__b, a__5f_b",
    "a_-b, a__5f__2db",
    "a.b, a__2eb",
    "_, _",
    "owner, owner",
    "group, group",
    "permissions, permissions",
    "modtime, modtime",
    "hdi_isfolder, hdi_isfolder",
    "ftype, ftype",
    "posix_owner, posix_owner",
    "is_symlink, is_symlink"
  })
  void names_areEscapedAsDescribed(String name, String encoded) {
    assertThat(BlobMetadata.encodeName(name)).isEqualTo(encoded);
    assertThat(BlobMetadata.decodeName(encoded)).isEqualTo(name);
  }

  @Test
  void values_thatHttpWouldChange_areQuoted() {
    assertThat(BlobMetadata.encodeValue("")).isEqualTo("\"\"");
    assertThat(BlobMetadata.encodeValue(" x")).isEqualTo("\" x\"");
    assertThat(BlobMetadata.encodeValue("\"\"")).isEqualTo("\"\"\"\"");
    assertThat(BlobMetadata.encodeValue("\"quoted\"")).isEqualTo("\"quoted\"");
    assertThat(BlobMetadata.encodeValue("a b")).isEqualTo("a b");
  }

  @Test
  void foreignMetadata_isReadAsItIs() {
    assertThat(BlobMetadata.decode(Map.of("Owner", "1000", "a__zz", "\"x\"", "a__41", "")))
        .isEqualTo(Map.of("owner", "1000", "a__zz", "\"x\"", "a__41", ""));
    assertThat(BlobMetadata.decode(null)).isEmpty();
  }

  @Property(tries = 3000)
  void nameThenBack_isTheSame_andIsAnIdentifier(@ForAll("names") String name) {
    String encoded = BlobMetadata.encodeName(name);
    assertThat(encoded).matches("[a-z_][a-z0-9_]*");
    assertThat(BlobMetadata.decodeName(encoded)).isEqualTo(name);
  }

  @Property(tries = 3000)
  void valueThenBack_isTheSame_andHttpKeepsIt(@ForAll("values") String value) {
    String encoded = BlobMetadata.encodeValue(value);
    assertThat(encoded).isNotEmpty().isEqualTo(encoded.strip());
    assertThat(BlobMetadata.decodeValue(encoded)).isEqualTo(value);
  }

  @Provide
  Arbitrary<String> names() {
    return Arbitraries.oneOf(
        Arbitraries.strings().withChars("a_-2d5f").ofMinLength(1).ofMaxLength(12),
        Arbitraries.strings()
            .withCharRange('!', '~')
            .ofMinLength(1)
            .ofMaxLength(20)
            .map(s -> s.toLowerCase(java.util.Locale.ROOT)));
  }

  @Provide
  Arbitrary<String> values() {
    return Arbitraries.oneOf(
        Arbitraries.strings().withChars(" \"a").ofMaxLength(8),
        Arbitraries.strings().withCharRange(' ', '~').ofMaxLength(20));
  }

  @Test
  void metadata_thatIsTooLargeAsAzureNamesIt_isRefused() {
    Map<String, String> metadata = Map.of("-".repeat(2000), "x".repeat(500));
    assertThatThrownBy(() -> BlobMetadata.encode("put", "k", STORE, metadata))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageContaining("put k in az://c@a")
        .hasMessageContaining("8500");
  }

  @Test
  void keys_thatAzureWouldChange_areRefusedWithTheReason() {
    for (String key :
        List.of(
            "a/../b",
            "..",
            "a/.",
            "x.",
            "d./f",
            "a\\b",
            "n\nl",
            "z\0",
            "\u007f",
            "\uffff",
            "d/".repeat(254) + "x")) {
      assertThat(BlobKeys.reason(key)).as(key).isNotNull();
    }
    for (String key : List.of("a//b", "/a", "a/", "//", "a b ", "%2e%2e", "\u00e9\ud83d\ude00")) {
      assertThat(BlobKeys.reason(key)).as(key).isNull();
    }
  }
}
