// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.path.PathBytes;
import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathGlobTest {
  @ParameterizedTest
  @CsvSource({
    "*.tmp, a.tmp, true",
    "*.tmp, x/y/a.tmp, true",
    "*.tmp, a.tmp/b, false",
    "cache/, x/cache, true",
    "/cache, cache, true",
    "/cache, x/cache, false",
    "x/*.c, x/a.c, true",
    "x/*.c, x/y/a.c, false",
    "x/**, x/y/a.c, true",
    "x/**/a.c, x/a.c, true",
    "x/**/a.c, x/y/z/a.c, true",
    "**/a.c, a.c, true",
    "/x**a.c, x/y/a.c, true",
    "?, a, true",
    "?, ab, false",
    "x?y/z, x/y/z, false",
    "[a-c]x, bx, true",
    "[!a-c]x, bx, false",
    "[!a-c]x, dx, true",
    "[]]x, ]x, true",
    "\\*, *, true",
    "\\*, a, false",
    "*, .hidden, true",
    "a*b*c, aXbYbZc, true",
  })
  void fits(String glob, String path, boolean expected) {
    assertThat(PathGlob.of(glob).fits(PathBytes.of(path))).isEqualTo(expected);
  }

  @Test
  void fits_bytesThatAreNoText() {
    PathBytes name = PathBytes.of(new byte[] {'a', (byte) 0xff, 'b'});
    assertThat(PathGlob.of("a?b").fits(name)).isTrue();
    assertThat(PathGlob.of("a*").fits(name)).isTrue();
    assertThat(PathGlob.of("a??b").fits(name)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/", "a\\", "a[b", "[!]"})
  void of_whatCannotBeRead_saysWhy(String glob) {
    assertThatThrownBy(() -> PathGlob.of(glob))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Cannot use the glob");
  }

  @Test
  void fits_manyStars_endsSoon() {
    PathGlob glob = PathGlob.of("*a".repeat(30) + "b");
    PathBytes name = PathBytes.of("a".repeat(250));
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(10), () -> assertThat(glob.fits(name)).isFalse());
  }
}
