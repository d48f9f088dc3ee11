// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyPathsTest {
  /** The table of docs/format/directory-store.md. */
  @ParameterizedTest
  @CsvSource(
      delimiterString = " -> ",
      value = {
        "a -> a%o",
        "a/b -> a/b%o",
        "a/ -> a/%-%o",
        "/ -> %-/%-%o",
        "a//b -> a/%-/b%o",
        "../x -> %2E./x%o",
        ".hidden -> %2Ehidden%o",
        "v1.2/\u00e4 b% -> v1.2/%C3%A4%20b%25%o"
      })
  void names_whenKeyIsOfTheFormatPage_areThoseOfThePage(String key, String path) {
    assertThat(String.join("/", KeyPaths.names(key))).isEqualTo(path);
  }

  @Test
  void names_whenSegmentIsLong_areCutAsThePageSays() {
    String x = "x".repeat(200);
    assertThat(KeyPaths.names("x".repeat(199))).containsExactly("x".repeat(199) + "%o");
    assertThat(KeyPaths.names(x)).containsExactly(x + "%+", "%-%o");
    assertThat(KeyPaths.names(x + "/y")).containsExactly(x + "%+", "%-", "y%o");
    assertThat(KeyPaths.names("x".repeat(250))).containsExactly(x + "%+", "x".repeat(50) + "%o");
    assertThat(KeyPaths.names("\u0001".repeat(67)))
        .containsExactly("%01".repeat(67) + "%+", "%-%o");
    assertThat(KeyPaths.names(x + ".a")).containsExactly(x + "%+", "%2Ea%o");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "%",
        "%o",
        "%+",
        "%-%+",
        "%-%-%o",
        "a%",
        "a%4",
        "a%41%o",
        "a%2f%o",
        "a%2F%o",
        "a%zz%o",
        ".a%o",
        "a b%o",
        "a\u00e9%o",
        "a%c3%a9%o",
        "x%+",
        "lost+found!",
        "\u0661%o"
      })
  void parse_whenNoKeyMakesTheName_isForeign(String name) {
    assertThat(KeyPaths.parse(name)).isEmpty();
  }

  @Test
  void parse_whenPieceHasTheWrongLength_isForeign() {
    String x = "x".repeat(200);
    assertThat(KeyPaths.parse(x + "%+")).isPresent();
    assertThat(KeyPaths.parse(x + "%o")).isEmpty();
    assertThat(KeyPaths.parse(x)).isEmpty();
    assertThat(KeyPaths.parse(x + "xxx%+")).isEmpty();
  }

  @Property(tries = 2000)
  void names_whenAnyKey_areSafeAndReadBack(@ForAll("keys") String key) {
    List<String> names = KeyPaths.names(key);
    StringBuilder back = new StringBuilder();
    java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
    for (String name : names) {
      assertThat(name).hasSizeBetween(1, 204).matches("[A-Za-z0-9\\-_,=@+~.%]+");
      assertThat(name).doesNotStartWith(".");
      KeyPaths.Entry entry = KeyPaths.parse(name).orElseThrow();
      bytes.writeBytes(entry.begin());
    }
    back.append(bytes.toString(StandardCharsets.UTF_8));
    assertThat(back.toString()).isEqualTo(key);
    assertThat(KeyPaths.parse(names.get(names.size() - 1)).orElseThrow().kind())
        .isEqualTo(KeyPaths.Kind.OBJECT);
  }

  @Property(tries = 2000)
  void names_whenTwoKeys_orderAsTheKeysDo(@ForAll("keys") String a, @ForAll("keys") String b) {
    List<String> as = KeyPaths.names(a);
    List<String> bs = KeyPaths.names(b);
    int i = 0;
    while (i < as.size() && i < bs.size() && as.get(i).equals(bs.get(i))) {
      i++;
    }
    int byKey =
        Arrays.compareUnsigned(
            a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
    if (i == as.size() || i == bs.size()) {
      assertThat(byKey).isZero();
      return;
    }
    // Where the paths part, the entries order as the keys: a walk in this order is a walk of the
    // keys.
    byte[] one = KeyPaths.parse(as.get(i)).orElseThrow().begin();
    byte[] two = KeyPaths.parse(bs.get(i)).orElseThrow().begin();
    assertThat(Integer.signum(Arrays.compareUnsigned(one, two))).isEqualTo(Integer.signum(byKey));
  }

  @Provide
  Arbitrary<String> keys() {
    Arbitrary<String> pieces =
        Arbitraries.of(
            "a",
            "b",
            "/",
            "//",
            ".",
            "..",
            "%",
            "\u0000",
            "\u00e9",
            "\ud83d\ude00",
            " ",
            "-",
            "0",
            "x".repeat(199),
            "x".repeat(200),
            "x".repeat(66),
            "\u00e9".repeat(33),
            "%o",
            "%+",
            "%-");
    Arbitrary<String> built =
        pieces.list().ofMinSize(1).ofMaxSize(6).map(list -> String.join("", list));
    Arbitrary<String> any =
        Arbitraries.strings()
            .ofMinLength(1)
            .ofMaxLength(40)
            .filter(s -> StandardCharsets.UTF_8.newEncoder().canEncode(s));
    return Arbitraries.oneOf(built, any);
  }
}
