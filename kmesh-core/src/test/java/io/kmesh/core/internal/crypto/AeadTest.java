// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Stream;
import javax.crypto.AEADBadTagException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AeadTest {
  private static final HexFormat HEX = HexFormat.of();
  private static final byte[] KEY =
      HEX.parseHex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  private static final byte[] NONCE = HEX.parseHex("cafebabefacedbaddecaf888");

  static Stream<CryptoProvider> providers() {
    return Stream.of(CryptoProvider.choose("jdk"), CryptoProvider.choose("accp"));
  }

  /** The GCM paper's test case 16. */
  @ParameterizedTest
  @MethodSource("providers")
  void seal_publishedVector_isMet(CryptoProvider provider) throws AEADBadTagException {
    byte[] plain =
        HEX.parseHex(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
    byte[] associated = HEX.parseHex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    byte[] out = new byte[2 + plain.length + 16];
    Aead aead = new Aead(KEY, provider);
    assertThat(aead.seal(plain, 0, plain.length, NONCE, associated, out, 2))
        .isEqualTo(plain.length + 16);
    assertThat(HEX.formatHex(out))
        .isEqualTo(
            "0000522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                + "76fc6ece0f4e1768cddf8853bb2d551b");
    byte[] back = new byte[plain.length + 3];
    assertThat(aead.open(out, 2, out.length - 2, NONCE, associated, back, 3))
        .isEqualTo(plain.length);
    assertThat(Arrays.copyOfRange(back, 3, back.length)).isEqualTo(plain);
  }

  @Test
  void sealAndOpen_sizesAroundThePieces_areTheSameWithEveryProvider() throws Exception {
    Aead jdk = new Aead(KEY, CryptoProvider.choose("jdk"));
    Aead accp = new Aead(KEY, CryptoProvider.choose("accp"));
    byte[] associated = {1, 2, 3};
    int nonce = 0;
    for (int size : new int[] {0, 1, 16, 16383, 16384, 16385, 32768, 65536, 70_001, 1 << 20}) {
      byte[] plain = new byte[size];
      new Random(size).nextBytes(plain);
      byte[] one = new byte[size + 16];
      byte[] two = new byte[size + 16];
      byte[] number = new byte[12];
      number[0] = (byte) nonce++;
      jdk.seal(plain, 0, size, number, associated, one, 0);
      accp.seal(plain, 0, size, number, associated, two, 0);
      assertThat(one).isEqualTo(two);
      byte[] back = new byte[size];
      assertThat(jdk.open(one, 0, one.length, number, associated, back, 0)).isEqualTo(size);
      assertThat(back).isEqualTo(plain);
      Arrays.fill(back, (byte) 0);
      assertThat(accp.open(one, 0, one.length, number, associated, back, 0)).isEqualTo(size);
      assertThat(back).isEqualTo(plain);
    }
  }

  @ParameterizedTest
  @MethodSource("providers")
  void open_anythingElseThanWhatWasSealed_refuses_andLeavesZeros(CryptoProvider provider)
      throws Exception {
    Aead aead = new Aead(KEY, provider);
    byte[] plain = new byte[40_000];
    Arrays.fill(plain, (byte) 7);
    byte[] sealed = new byte[plain.length + 16];
    byte[] associated = {1};
    aead.seal(plain, 0, plain.length, NONCE, associated, sealed, 0);
    byte[] out = new byte[plain.length];
    for (int bit : new int[] {0, 8 * 20_000, 8 * plain.length, 8 * sealed.length - 1}) {
      byte[] bad = sealed.clone();
      bad[bit / 8] ^= (byte) (1 << bit % 8);
      Arrays.fill(out, (byte) 1);
      assertThatThrownBy(() -> aead.open(bad, 0, bad.length, NONCE, associated, out, 0))
          .isInstanceOf(AEADBadTagException.class);
      assertThat(out).containsOnly(0);
    }
    assertThatThrownBy(() -> aead.open(sealed, 0, sealed.length - 1, NONCE, associated, out, 0))
        .isInstanceOf(AEADBadTagException.class);
    assertThatThrownBy(() -> aead.open(sealed, 0, 15, NONCE, associated, out, 0))
        .isInstanceOf(AEADBadTagException.class);
    assertThatThrownBy(() -> aead.open(sealed, 0, sealed.length, NONCE, new byte[0], out, 0))
        .isInstanceOf(AEADBadTagException.class);
    assertThatThrownBy(() -> aead.open(sealed, 0, sealed.length, new byte[12], associated, out, 0))
        .isInstanceOf(AEADBadTagException.class);
    assertThatThrownBy(
            () ->
                new Aead(new byte[32], provider)
                    .open(sealed, 0, sealed.length, NONCE, associated, out, 0))
        .isInstanceOf(AEADBadTagException.class);
    // It goes on as if nothing had been.
    assertThat(aead.open(sealed, 0, sealed.length, NONCE, associated, out, 0)).isEqualTo(40_000);
    assertThat(out).isEqualTo(plain);
  }

  @Test
  void aead_keysAndNoncesOfOtherLengths_refuses() {
    assertThatThrownBy(() -> new Aead(new byte[16]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("16");
    Aead aead = new Aead(KEY);
    byte[] b = new byte[64];
    assertThatThrownBy(() -> aead.seal(b, 0, 1, new byte[16], b, new byte[64], 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("16");
    assertThat(aead.toString()).doesNotContain("fe");
  }

  @Test
  void choose_withoutAWish_takesTheFastOneThatIsOnThePath() {
    assertThat(CryptoProvider.choose("").name()).isEqualTo("accp");
    assertThat(java.security.Security.getProvider("AmazonCorrettoCryptoProvider"))
        .as("the host's providers stay as they were")
        .isNull();
    assertThat(new Aead(KEY, CryptoProvider.jdk()).provider()).isEqualTo("jdk");
  }

  @Test
  void choose_unknownName_refusesAndListsTheKnown() {
    assertThatThrownBy(() -> CryptoProvider.choose("bc"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("jdk and accp");
  }

  @Test
  void warmUp_runsToItsEnd() {
    GcmWarmUp.run();
    Aead.warmUp();
  }
}
