// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.nio;

import io.kmesh.path.PathBytes;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;

/** Text of names of any bytes: UTF-8, and U+DC00 plus the value for each byte that is none. */
final class PathText {
  private static final char ESCAPE = '\udc00';
  private static final char FIRST_ESCAPED = '\udc80';
  private static final char LAST_ESCAPED = '\udcff';

  private PathText() {}

  /** The text of these bytes. */
  static String decode(PathBytes bytes) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes.toBytes());
    CharBuffer out = CharBuffer.allocate(bytes.length());
    while (in.hasRemaining()) {
      CoderResult result = decoder.reset().decode(in, out, true);
      if (result.isError()) {
        for (int i = 0; i < result.length(); i++) {
          out.put((char) (ESCAPE + (in.get() & 0xff)));
        }
      }
    }
    return out.flip().toString();
  }

  /**
   * The bytes of a text.
   *
   * @throws InvalidPathException when it holds NUL or a surrogate that is neither paired nor an
   *     escape
   */
  static PathBytes encode(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length() + 8);
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      int c = text.codePointAt(i);
      if (c >= FIRST_ESCAPED && c <= LAST_ESCAPED) {
        bytes.write(c - ESCAPE);
      } else if (c == 0) {
        throw new InvalidPathException(text, "NUL is no part of a name", i);
      } else if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
        throw new InvalidPathException(text, "unpaired surrogate", i);
      } else {
        bytes.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
      }
    }
    return PathBytes.of(bytes.toByteArray());
  }
}
