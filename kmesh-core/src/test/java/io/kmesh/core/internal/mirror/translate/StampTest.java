// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.engine.MirrorDialect;
import java.net.URI;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The attribute {@code kmesh-translated} of docs/format/mirror.md. */
class StampTest {
  private static final String ORIGIN = "77f4fefe5ec5c2ac65b2d4d0f3dd3d74";

  @Test
  void goldenVector() {
    String origin = Stamp.originOf(URI.create("s3://bucket"), "data/caf\u00e9");
    assertThat(origin).isEqualTo("bc9195313135b52af1cf53430d5780bd");
    assertThat(new Stamp(MirrorDialect.FSX, ORIGIN, "9b2cf5-3", "").text())
        .isEqualTo("0 fsx " + ORIGIN + " 9b2cf5-3 -");
    assertThat(new Stamp(MirrorDialect.GOOGLE, ORIGIN, "a b%\u00e9", "object:-").text())
        .isEqualTo("0 google " + ORIGIN + " a%20b%25%C3%A9 object:-");
    assertThat(new Stamp(MirrorDialect.S3FS, ORIGIN, "-", "").text())
        .isEqualTo("0 s3fs " + ORIGIN + " %2D -");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "1 fsx " + ORIGIN + " e -",
        "0 fsx " + ORIGIN + " e",
        "0 fsx " + ORIGIN + " e - more",
        "0 tar " + ORIGIN + " e -",
        "0 fsx 77f4 e -",
        "0 fsx " + ORIGIN + " e%2 -",
        "0 fsx " + ORIGIN + " e%zz -",
        "0 fsx " + ORIGIN + " e%2f -",
        "0 fsx " + ORIGIN + " e%41 -",
        "0 fsx " + ORIGIN + " %FF -",
        "0 fsx " + ORIGIN + " \u00e9 -",
      })
  void whatIsNone_isNotRead(String text) {
    assertThat(Stamp.parse(text)).isEmpty();
  }

  @Provide
  Arbitrary<Stamp> stamps() {
    Arbitrary<String> texts =
        Arbitraries.oneOf(
            Arbitraries.strings().ascii().ofMaxLength(40),
            Arbitraries.strings().excludeChars('\ud800').ofMaxLength(10).filter(StampTest::isText),
            Arbitraries.of("-", "%", "", " ", "object:x"));
    return Combinators.combine(
            Arbitraries.of(MirrorDialect.values()),
            Arbitraries.strings().withChars("0123456789abcdef").ofLength(32),
            texts,
            texts)
        .as(Stamp::new);
  }

  private static boolean isText(String text) {
    return text.chars().noneMatch(c -> Character.isSurrogate((char) c));
  }

  @Property(tries = 1000)
  @Tag("fuzz")
  void stamp_isReadBack_andPrintable(@ForAll("stamps") Stamp stamp) {
    assertThat(stamp.text()).matches("[ -~]+");
    assertThat(Stamp.parse(stamp.text())).contains(stamp);
  }

  /** What is read has one text. */
  @Property(tries = 1000)
  @Tag("fuzz")
  void anything_isReadOrNot(@ForAll("texts") String text) {
    Stamp.parse(text).ifPresent(stamp -> assertThat(stamp.text()).isEqualTo(text));
  }

  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> fields =
        Arbitraries.strings().withChars("0aF%-2Dx\u00e9 ").ofMinLength(1).ofMaxLength(6);
    return Arbitraries.oneOf(
        Arbitraries.strings().ofMaxLength(60),
        Combinators.combine(fields, fields).as((a, b) -> "0 fsx " + ORIGIN + " " + a + " " + b));
  }
}
