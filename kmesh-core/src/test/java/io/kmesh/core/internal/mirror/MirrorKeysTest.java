// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class MirrorKeysTest {
  private final MirrorKeys keys = new MirrorKeys(2, 1024);

  private static PathBytes latin(String text) {
    return PathBytes.of(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void ofFile_whenGoldenVectors_isAsTheFormatSays() {
    assertThat(keys.ofFile(PathBytes.of("a/b.txt"))).isEqualTo("a/b.txt");
    assertThat(keys.ofFile(PathBytes.of("données/été"))).isEqualTo("données/été");
    assertThat(keys.ofFile(latin("bad\u00ff\u00fename"))).isEqualTo("bad%FF%FEname");
    assertThat(keys.ofFile(PathBytes.of("100%/x\ny"))).isEqualTo("100%25/x%0Ay");
    assertThat(keys.ofFile(PathBytes.of("dots.../ lead"))).isEqualTo("dots..%2E/%20lead");
    assertThat(keys.ofFile(PathBytes.of(".kmesh/x"))).isEqualTo("%2Ekmesh/x");
    assertThat(keys.ofFile(PathBytes.of("a/.kmesh"))).isEqualTo("a/.kmesh");
    assertThat(keys.ofFile(PathBytes.of("back\\slash"))).isEqualTo("back%5Cslash");
    assertThat(keys.ofDirectory(PathBytes.of("d/e"))).isEqualTo("d/e/");
    assertThat(keys.ofFile(PathBytes.of("zero\u200bwidth"))).isEqualTo("zero%E2%80%8Bwidth");
    assertThat(keys.ofFile(latin("\u00ed\u00a0\u0080"))).isEqualTo("%ED%A0%80");
    assertThat(keys.ofFile(latin("\u00c0\u00af"))).isEqualTo("%C0%AF");
    assertThat(keys.ofFile(PathBytes.of("\ud83d\ude00"))).isEqualTo("\ud83d\ude00");
  }

  @Test
  void ofFile_whenTooLong_isHashed() {
    String name = "n".repeat(200);
    String path = String.join("/", name, name, name, name, name, name);
    assertThat(keys.ofFile(PathBytes.of(path))).matches("\\.kmesh/long/[0-9a-f]{64}");
    assertThat(MirrorKeys.saysPath(keys.ofFile(PathBytes.of(path)))).isFalse();
  }

  @Test
  void pathOf_whenUnsafe_isRefused() {
    for (String key :
        new String[] {
          "",
          "/",
          "a//b",
          "/a",
          "a/../b",
          "..",
          ".",
          "a/%2E%2E/b",
          "a%2Fb",
          "a%00b",
          "a%",
          "a%2",
          "a%zz",
          "a%2e",
          "a/b//",
          "%2E%2E",
          "n".repeat(256)
        }) {
      assertThatThrownBy(() -> MirrorKeys.pathOf(key))
          .as("key \"%s\"", key)
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT));
    }
  }

  @Property(tries = 3000)
  void pathOf_whenKeyOfAnyPath_isThatPath(@ForAll("paths") byte[] path) throws Exception {
    PathBytes bytes = PathBytes.of(path);
    String key = MirrorKeys.escape(bytes);
    assertThat(MirrorKeys.pathOf(key)).isEqualTo(bytes);
    assertThat(MirrorKeys.pathOf(key + "/")).isEqualTo(bytes);
    assertThat(key).doesNotStartWith(".kmesh");
    assertThat(key.codePoints()).noneMatch(c -> c < 0x20 || c == '\\' || c == 0x7f);
    assertThat(key.getBytes(StandardCharsets.UTF_8))
        .isEqualTo(
            new String(key.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8)
                .getBytes(StandardCharsets.UTF_8));
  }

  @Property(tries = 2000)
  void pathOf_whenAnyText_givesASafePathOrCorrupt(@ForAll String key) {
    try {
      PathBytes path = MirrorKeys.pathOf(key);
      assertThat(path.names()).isNotEmpty();
    } catch (ProviderException e) {
      assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
    }
  }

  @Provide
  Arbitrary<byte[]> paths() {
    Arbitrary<Byte> any = Arbitraries.bytes();
    Arbitrary<Byte> odd =
        Arbitraries.of(
            (byte) '.',
            (byte) ' ',
            (byte) '%',
            (byte) '/',
            (byte) 0xc3,
            (byte) 0xa9,
            (byte) 0xe2,
            (byte) 0x80,
            (byte) 0x8b,
            (byte) 'k',
            (byte) '\\',
            (byte) '2',
            (byte) 'E');
    return Arbitraries.oneOf(any, odd)
        .array(Byte[].class)
        .ofMinSize(1)
        .ofMaxSize(60)
        .map(MirrorKeysTest::unbox)
        .filter(MirrorKeysTest::isPath);
  }

  private static byte[] unbox(Byte[] boxed) {
    byte[] bytes = new byte[boxed.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = boxed[i];
    }
    return bytes;
  }

  private static boolean isPath(byte[] bytes) {
    for (byte b : bytes) {
      if (b == 0) {
        return false;
      }
    }
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    return Arrays.stream(text.split("/", -1))
        .noneMatch(name -> name.isEmpty() || name.equals(".") || name.equals(".."));
  }
}
