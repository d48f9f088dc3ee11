// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.nio;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Globs of {@link java.nio.file.FileSystem#getPathMatcher} as patterns. */
final class Glob {
  private static final String SPECIAL = ".^$+()|*?[]{}\\-&";

  private final String glob;
  private final StringBuilder regex = new StringBuilder();
  private int next;

  private Glob(String glob) {
    this.glob = glob;
  }

  static Pattern pattern(String glob) {
    return Pattern.compile(new Glob(glob).convert(), Pattern.DOTALL);
  }

  private char take(String missing) {
    if (next >= glob.length()) {
      throw new PatternSyntaxException(missing, glob, next);
    }
    return glob.charAt(next++);
  }

  private String convert() {
    boolean isInGroup = false;
    while (next < glob.length()) {
      char c = take("");
      if (c == '*') {
        boolean crosses = next < glob.length() && glob.charAt(next) == '*';
        next += crosses ? 1 : 0;
        regex.append(crosses ? ".*" : "[^/]*");
      } else if (c == '?') {
        regex.append("[^/]");
      } else if (c == '[') {
        bracket();
      } else if (c == '{') {
        if (isInGroup) {
          throw new PatternSyntaxException("groups can't be nested", glob, next);
        }
        isInGroup = true;
        regex.append("(?:(?:");
      } else if (c == '}' && isInGroup) {
        isInGroup = false;
        regex.append("))");
      } else if (c == ',' && isInGroup) {
        regex.append(")|(?:");
      } else {
        literal(c == '\\' ? take("nothing is behind the last \\") : c);
      }
    }
    if (isInGroup) {
      throw new PatternSyntaxException("a } is missing", glob, next);
    }
    return regex.toString();
  }

  private void literal(char c) {
    if (SPECIAL.indexOf(c) >= 0) {
      regex.append('\\');
    }
    regex.append(c);
  }

  private void bracket() {
    regex.append("[[^/]&&[");
    char c = take("a ] is missing");
    if (c == '!') {
      regex.append('^');
      c = take("a ] is missing");
    }
    for (boolean isFirst = true; isFirst || c != ']'; isFirst = false) {
      boolean isRange = c == '-' && !isFirst && next < glob.length() && glob.charAt(next) != ']';
      if (isRange) {
        regex.append('-');
      } else {
        literal(c);
      }
      c = take("a ] is missing");
    }
    regex.append("]]");
  }
}
