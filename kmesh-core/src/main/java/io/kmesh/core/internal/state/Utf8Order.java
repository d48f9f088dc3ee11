// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import org.jspecify.annotations.Nullable;

/** The order of texts by their UTF-8 bytes, which is the order of their code points. Stateless. */
final class Utf8Order {
  private Utf8Order() {}

  /**
   * The smallest text that is behind all texts with a prefix, or null when there is none.
   *
   * @param prefix well-formed, see {@link #isWellFormed}
   */
  static @Nullable String after(String prefix) {
    int end = prefix.length();
    while (end > 0) {
      int last = prefix.codePointBefore(end);
      end -= Character.charCount(last);
      if (last < Character.MAX_CODE_POINT) {
        int next = last + 1 == Character.MIN_SURROGATE ? Character.MAX_SURROGATE + 1 : last + 1;
        return new StringBuilder(prefix.substring(0, end)).appendCodePoint(next).toString();
      }
    }
    return null;
  }

  /** Whether a text has a UTF-8 form: every surrogate has its other half. */
  static boolean isWellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        continue;
      }
      boolean isPair =
          Character.isHighSurrogate(c)
              && i + 1 < text.length()
              && Character.isLowSurrogate(text.charAt(i + 1));
      if (!isPair) {
        return false;
      }
      i++;
    }
    return true;
  }

  /** Compares two well-formed texts. */
  static int compare(String a, String b) {
    int shared = Math.min(a.length(), b.length());
    for (int i = 0; i < shared; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        // A surrogate stands for a code point behind all those of one char.
        boolean isXHigh = Character.isSurrogate(x);
        return isXHigh == Character.isSurrogate(y) ? Character.compare(x, y) : isXHigh ? 1 : -1;
      }
    }
    return Integer.compare(a.length(), b.length());
  }
}
