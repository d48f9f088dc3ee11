// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

/** Well-formed UTF-8 by RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
final class Utf8 {
  private Utf8() {}

  /** The bytes of the character that begins at {@code i}, or 0 when none well-formed does. */
  static int lengthAt(byte[] b, int i, int end) {
    int c = b[i] & 0xff;
    if (c < 0x80) {
      return 1;
    }
    int length = c >= 0xc2 && c <= 0xdf ? 2 : c >= 0xe0 && c <= 0xef ? 3 : 0;
    if (c >= 0xf0 && c <= 0xf4) {
      length = 4;
    }
    if (length == 0 || i + length > end) {
      return 0;
    }
    for (int k = 1; k < length; k++) {
      if ((b[i + k] & 0xc0) != 0x80) {
        return 0;
      }
    }
    int second = b[i + 1] & 0xff;
    boolean bad =
        (c == 0xe0 && second < 0xa0)
            || (c == 0xed && second > 0x9f)
            || (c == 0xf0 && second < 0x90)
            || (c == 0xf4 && second > 0x8f);
    return bad ? 0 : length;
  }

  /** The character of {@code length} well-formed bytes at {@code i}. */
  static int codePointAt(byte[] b, int i, int length) {
    int c = b[i] & 0xff;
    c = length == 1 ? c : length == 2 ? c & 0x1f : length == 3 ? c & 0x0f : c & 0x07;
    for (int k = 1; k < length; k++) {
      c = c << 6 | (b[i + k] & 0x3f);
    }
    return c;
  }
}
