// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.tiering;

import io.kmesh.path.PathBytes;

/**
 * Matches paths byte by byte: {@code ?} is one byte but a slash, {@code *} any number of them,
 * {@code **} any bytes with slashes, and a {@code **} between slashes also nothing. Iterative, so
 * that a hostile pattern costs at most pattern times path steps. Immutable.
 */
final class Glob {
  private final byte[] pattern;

  Glob(String pattern) {
    byte[] bytes = PathBytes.of(pattern).toBytes();
    int start = 0;
    while (start < bytes.length && bytes[start] == '/') {
      start++;
    }
    this.pattern = java.util.Arrays.copyOfRange(bytes, start, bytes.length);
  }

  boolean matches(PathBytes path) {
    byte[] text = path.toBytes();
    // reach[i]: whether the pattern so far matches the first i bytes.
    boolean[] reach = new boolean[text.length + 1];
    reach[0] = true;
    int p = 0;
    while (p < pattern.length) {
      boolean isStar = pattern[p] == '*';
      boolean isDouble = isStar && p + 1 < pattern.length && pattern[p + 1] == '*';
      boolean isDirectories =
          isDouble
              && (p == 0 || pattern[p - 1] == '/')
              && p + 2 < pattern.length
              && pattern[p + 2] == '/';
      boolean[] next = new boolean[text.length + 1];
      boolean open = false;
      for (int i = 0; i <= text.length; i++) {
        if (isDirectories) {
          open |= reach[i];
          next[i] = reach[i] || (open && i > 0 && text[i - 1] == '/');
        } else if (isStar) {
          if (i > 0 && !isDouble && text[i - 1] == '/') {
            open = false;
          }
          open |= reach[i];
          next[i] = open;
        } else if (i > 0) {
          boolean isSame = pattern[p] == '?' ? text[i - 1] != '/' : pattern[p] == text[i - 1];
          next[i] = reach[i - 1] && isSame;
        }
      }
      reach = next;
      p += isDirectories ? 3 : isDouble ? 2 : 1;
    }
    return reach[text.length];
  }
}
