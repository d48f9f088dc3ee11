// SPDX-License-Identifier: Apache-2.0
package io.kmesh.path;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Prints bytes of a path so that a log line or a terminal cannot be misled by them. */
final class PathPrinter {
  private PathPrinter() {}

  static String print(byte[] bytes) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    StringBuilder text = new StringBuilder(bytes.length);
    while (in.hasRemaining()) {
      decoder.reset();
      CoderResult result = decoder.decode(in, out, true);
      out.flip();
      out.toString().codePoints().forEach(c -> appendEscaped(text, c));
      out.clear();
      if (result.isError()) {
        for (int i = 0; i < result.length(); i++) {
          appendByte(text, in.get());
        }
      }
    }
    return text.toString();
  }

  private static void appendEscaped(StringBuilder text, int c) {
    if (c == '\\') {
      text.append("\\\\");
      return;
    }
    int type = Character.getType(c);
    boolean hidden =
        type == Character.CONTROL
            || type == Character.FORMAT
            || type == Character.LINE_SEPARATOR
            || type == Character.PARAGRAPH_SEPARATOR
            || type == Character.UNASSIGNED
            || type == Character.PRIVATE_USE;
    if (hidden) {
      for (byte b : new String(Character.toChars(c)).getBytes(StandardCharsets.UTF_8)) {
        appendByte(text, b);
      }
    } else {
      text.appendCodePoint(c);
    }
  }

  private static void appendByte(StringBuilder text, byte b) {
    text.append(String.format("\\x%02x", b & 0xff));
  }
}
