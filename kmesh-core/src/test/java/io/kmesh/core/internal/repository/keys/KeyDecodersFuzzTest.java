// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.key.SecretBytes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** The keys' decoders on damaged and foreign bytes: a value, or a failure that names the object. */
class KeyDecodersFuzzTest {
  private static final String NAME = "keys/1-00";

  private static final List<String> VALID =
      List.of(
          "{\"format\":0,\"repository\":\"000102030405060708090a0b0c0d0e0f\"}",
          "{\"format\":0,\"kind\":\"passphrase\",\"name\":\"n\",\"argon2id\":{\"memoryKiB\":64,"
              + "\"iterations\":1,\"lanes\":1,\"salt\":\"AAAAAAAAAAAAAAAAAAAAAA==\"},\"nonce\":"
              + "\"AAAAAAAAAAAAAAAA\",\"sealed\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
          "{\"format\":0,\"kind\":\"provider\",\"name\":\"n\",\"reference\":\"r\","
              + "\"version\":\"1\",\"sealed\":\"AAAA\"}",
          new String(
              new DomainSecret(
                      "main", SecretBytes.copyOf(new byte[32]), Chunking.DATA, Chunking.IMAGE)
                  .encode(),
              StandardCharsets.UTF_8));

  private static void decodeAll(byte[] text) {
    decode(text, Marker.KEY, t -> assertThat(Marker.decode(Marker.decode(t).encode())).isNotNull());
    decode(
        text,
        NAME,
        t -> {
          Wrapping wrapping = Wrapping.decode(NAME, t);
          byte[] again = wrapping.encode();
          assertThat(Wrapping.decode(NAME, again).encode()).isEqualTo(again);
        });
    decode(
        text,
        NAME,
        t -> {
          byte[] again = DomainSecret.decode(NAME, t).encode();
          assertThat(DomainSecret.decode(NAME, again).encode()).isEqualTo(again);
        });
  }

  private interface Decoder {
    void decode(byte[] text) throws ProviderException;
  }

  private static void decode(byte[] text, String name, Decoder decoder) {
    try {
      decoder.decode(text);
    } catch (ProviderException e) {
      assertThat(e.kind()).isIn(ErrorKind.CORRUPT, ErrorKind.UNSUPPORTED);
      assertThat(e.getMessage()).contains(name).hasSizeLessThan(400).matches("[\\x20-\\x7e]*");
    }
  }

  @Tag("fuzz")
  @Property(tries = 3_000)
  void decoders_anyBytes_areAValue_orDamage(@ForAll @Size(max = 200) byte[] bytes) {
    decodeAll(bytes);
  }

  @Tag("fuzz")
  @Property(tries = 5_000)
  void decoders_damagedAnywhere_areAValue_orDamage(
      @ForAll @IntRange(max = 3) int which,
      @ForAll @IntRange(max = 1000) int at,
      @ForAll byte value,
      @ForAll @IntRange(max = 2000) int length) {
    byte[] text = VALID.get(which).getBytes(StandardCharsets.UTF_8);
    text[at % text.length] = value;
    decodeAll(Arrays.copyOf(text, Math.min(text.length, length)));
  }

  @Tag("fuzz")
  @Property(tries = 5_000)
  void decoders_membersReplaced_areAValue_orDamage(
      @ForAll @IntRange(max = 3) int which,
      @ForAll @IntRange(max = 30) int at,
      @ForAll("values") String value) {
    // The n-th value, text or number or array, is another one.
    String[] parts = VALID.get(which).split(":", -1);
    int n = 1 + at % (parts.length - 1);
    parts[n] = value + parts[n].replaceFirst("^(\"[^\"]*\"|[0-9]+|\\[[^]]*])", "");
    decodeAll(String.join(":", parts).getBytes(StandardCharsets.UTF_8));
  }

  @Provide
  Arbitrary<String> values() {
    return Arbitraries.of(
        "null",
        "true",
        "-1",
        "0",
        "1",
        "1.5",
        "1e9",
        "2147483648",
        "99999999999999999999",
        "\"\"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"AAAA\"",
        "\"AAA\"",
        "\"" + "x".repeat(5000) + "\"",
        "[]",
        "[1,2,3]",
        "[65536,262144,1048576,1]",
        "{}",
        "[".repeat(3000));
  }
}
