// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.nio;

import java.util.regex.PatternSyntaxException;

/**
 * Turns globs into regular expressions, as {@link java.nio.file.FileSystem#getPathMatcher} says.
 */
final class GlobPattern {
  private final String glob;
  private final StringBuilder regex = new StringBuilder();
  private int at;
  private boolean inGroup;

  private GlobPattern(String glob) {
    this.glob = glob;
  }

  /**
   * The regular expression of a glob.
   *
   * @throws PatternSyntaxException when it is not a glob
   */
  static String toRegex(String glob) {
    return new GlobPattern(glob).convert();
  }

  private String convert() {
    while (at < glob.length()) {
      char c = glob.charAt(at++);
      switch (c) {
        case '\\' -> appendLiteral(nextOr("\\ stands at the end"));
        case '*' -> appendStar();
        case '?' -> regex.append("[^/]");
        case '[' -> appendClass();
        case '{' -> openGroup();
        case '}' -> closeGroup(c);
        case ',' -> regex.append(inGroup ? "|" : ",");
        default -> appendLiteral(c);
      }
    }
    if (inGroup) {
      throw new PatternSyntaxException("a { is not closed", glob, at);
    }
    return regex.toString();
  }

  private char nextOr(String complaint) {
    if (at == glob.length()) {
      throw new PatternSyntaxException(complaint, glob, at);
    }
    return glob.charAt(at++);
  }

  private void appendLiteral(char c) {
    if (".^$+()|*?[]{}\\-&".indexOf(c) >= 0) {
      regex.append('\\');
    }
    regex.append(c);
  }

  private void appendStar() {
    if (at < glob.length() && glob.charAt(at) == '*') {
      at++;
      regex.append(".*");
    } else {
      regex.append("[^/]*");
    }
  }

  private void openGroup() {
    if (inGroup) {
      throw new PatternSyntaxException("groups do not nest", glob, at);
    }
    inGroup = true;
    regex.append("(?:");
  }

  private void closeGroup(char c) {
    if (inGroup) {
      inGroup = false;
      regex.append(')');
    } else {
      appendLiteral(c);
    }
  }

  private void appendClass() {
    regex.append("[[^/]&&[");
    char c = nextOr("a [ is not closed");
    if (c == '!') {
      regex.append('^');
      c = nextOr("a [ is not closed");
    }
    boolean first = true;
    while (first || c != ']') {
      if (c == '-' && !first && at < glob.length() && glob.charAt(at) != ']') {
        regex.append('-');
      } else {
        appendLiteral(c);
      }
      first = false;
      c = nextOr("a [ is not closed");
    }
    regex.append("]]");
  }
}
