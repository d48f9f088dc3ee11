// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Argon2idTest {
  private static final Argon2id.Cost CHEAP = new Argon2id.Cost(64, 1, 1);
  private static final byte[] SALT = new byte[16];

  private static byte[] filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  @Test
  void derive_vectorOfRfc9106_isMet() throws ProviderException {
    byte[] tag =
        Argon2id.derive(
            filled(32, 1),
            filled(16, 2),
            filled(8, 3),
            filled(12, 4),
            new Argon2id.Cost(32, 3, 4),
            32);
    assertThat(HexFormat.of().formatHex(tag))
        .isEqualTo("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
  }

  @Test
  void derive_composedAndDecomposed_isTheSame_andThePassphraseStays() throws ProviderException {
    char[] composed = "Gr\u00fc\u00dfe".toCharArray();
    char[] decomposed = "Gru\u0308\u00dfe".toCharArray();
    assertThat(Argon2id.derive(composed, SALT, CHEAP))
        .isEqualTo(Argon2id.derive(decomposed, SALT, CHEAP))
        .isNotEqualTo(Argon2id.derive("Grusse".toCharArray(), SALT, CHEAP))
        .hasSize(32);
    assertThat(composed).isEqualTo("Gr\u00fc\u00dfe".toCharArray());
  }

  @Test
  void derive_textOfAscii_isThatOfItsBytes() throws ProviderException {
    assertThat(Argon2id.derive("abc".toCharArray(), SALT, CHEAP))
        .isEqualTo(
            Argon2id.derive(new byte[] {'a', 'b', 'c'}, SALT, new byte[0], new byte[0], CHEAP, 32));
  }

  @Test
  void derive_emptyOrHalfACharacter_refuses() {
    for (String bad : new String[] {"", "a\ud800", "\udc00b"}) {
      assertThatThrownBy(() -> Argon2id.derive(bad.toCharArray(), SALT, CHEAP))
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, 1",
    "7, 1, 1",
    "15, 1, 2",
    "64, 0, 1",
    "64, 101, 1",
    "64, 1, 0",
    "1000, 1, 65",
    "4194305, 1, 1",
    "-1, 1, 1",
    "2147483647, 1, 1",
    "64, 2147483647, 1",
    "64, 1, 2147483647"
  })
  void cost_outOfBounds_refuses(int memory, int iterations, int lanes) {
    assertThatThrownBy(() -> new Argon2id.Cost(memory, iterations, lanes))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void derive_moreThanTheHeap_refusesBeforeItAllocates() {
    assertThatThrownBy(
            () -> Argon2id.requireMemory(new Argon2id.Cost(4 << 20, 1, 1), (4L << 30) - 1))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NO_SPACE))
        .hasMessageContaining("-Xmx");
  }
}
