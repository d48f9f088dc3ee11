// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HmacSha256Test {
  /** RFC 4231, test cases 1, 6 (a key longer than a block) and 7. */
  private static final String[][] VECTORS = {
    {
      "0b".repeat(20),
      "4869205468657265",
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    },
    {
      "aa".repeat(131),
      "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a"
          + "65204b6579202d2048617368204b6579204669727374",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    }
  };

  private static byte[] compute(HmacSha256 hmac, byte[] message, int offset, int length) {
    byte[] code = new byte[HmacSha256.BYTES];
    hmac.compute(message, offset, length, code);
    return code;
  }

  @ParameterizedTest
  @ValueSource(strings = {"jdk", "accp"})
  void publishedVectors(String provider) {
    for (String[] vector : VECTORS) {
      HmacSha256 hmac =
          new HmacSha256(HexFormat.of().parseHex(vector[0]), CryptoProvider.choose(provider));
      byte[] message = HexFormat.of().parseHex(vector[1]);
      for (int times = 0; times < 2; times++) {
        assertThat(HexFormat.of().formatHex(compute(hmac, message, 0, message.length)))
            .isEqualTo(vector[2]);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 63, 64, 8191, 8192, 8193, 100_000, 1 << 20})
  void providersAgree_wherever_theMessageLies(int length) {
    byte[] key = new byte[32];
    byte[] message = new byte[length + 10];
    Random random = new Random(length);
    random.nextBytes(key);
    random.nextBytes(message);
    HmacSha256 jdk = new HmacSha256(key, CryptoProvider.jdk());
    HmacSha256 accp = new HmacSha256(key, CryptoProvider.choose("accp"));
    byte[] moved = Arrays.copyOfRange(message, 7, 7 + length);
    assertThat(compute(accp, message, 7, length))
        .isEqualTo(compute(jdk, moved, 0, length))
        .isNotEqualTo(compute(jdk, message, 0, message.length));
  }

  @ParameterizedTest
  @ValueSource(strings = {"jdk", "accp"})
  void text_hidesTheKey(String provider) {
    assertThat(new HmacSha256(new byte[] {1}, CryptoProvider.choose(provider)).toString())
        .isEqualTo("HmacSha256(" + provider + ", ****)");
  }
}
