// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.tiering;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.path.PathBytes;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobTest {
  @ParameterizedTest
  @CsvSource({
    "*.h5,a.h5,true",
    "*.h5,d/a.h5,false",
    "**/*.h5,d/e/a.h5,true",
    "**/*.h5,a.h5,true",
    "**/*.h5,ah5,false",
    "job?/ckpt.*,job1/ckpt.100,true",
    "job?/ckpt.*,job12/ckpt.100,false",
    "a/**,a/b/c,true",
    "a/**,a,false",
    "/a/b,a/b,true",
    "a**z,a/b/z,true",
    "x/**/y,x/y,true",
    "x/**/y,x/1/2/y,true",
    "x/**/y,xy,false",
  })
  void matches_pattern_asDocumented(String glob, String path, boolean expected) {
    assertThat(new Glob(glob).matches(PathBytes.of(path))).isEqualTo(expected);
  }

  @Property
  void matches_anyPattern_agreesWithARegularExpression(
      @ForAll @StringLength(max = 8) @Chars({'a', 'b', '/', '*', '?'}) String glob,
      @ForAll @StringLength(max = 8) @Chars({'a', 'b', '/'}) @CharRange(from = 'a', to = 'b')
          String path) {
    String pattern = glob.replaceFirst("^/+", "");
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      boolean isDouble = c == '*' && pattern.startsWith("**", i);
      if (isDouble && (i == 0 || pattern.charAt(i - 1) == '/') && pattern.startsWith("**/", i)) {
        regex.append("(?:.*/)?");
        i += 2;
      } else if (isDouble) {
        regex.append(".*");
        i++;
      } else if (c == '*') {
        regex.append("[^/]*");
      } else if (c == '?') {
        regex.append("[^/]");
      } else {
        regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    assertThat(new Glob(glob).matches(PathBytes.of(path)))
        .as("glob %s on %s by %s", glob, path, regex)
        .isEqualTo(Pattern.compile(regex.toString(), Pattern.DOTALL).matcher(path).matches());
  }
}
