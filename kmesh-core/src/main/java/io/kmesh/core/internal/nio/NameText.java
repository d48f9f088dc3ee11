// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.nio;

import io.kmesh.path.PathBytes;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.util.HexFormat;

/**
 * Names of any bytes as text: what is UTF-8 is itself, each other byte is the lone surrogate U+DC00
 * plus its value (as Python's surrogateescape). No UTF-8 decodes to a lone surrogate, so different
 * bytes are different texts, and the text leads back to the bytes.
 */
public final class NameText {
  private static final char ESCAPE = 0xdc00;
  private static final char FIRST_ESCAPED = 0xdc80;
  private static final char LAST_ESCAPED = 0xdcff;
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private NameText() {}

  /** The text of these bytes. */
  public static String of(PathBytes name) {
    byte[] bytes = name.toBytes();
    if (isPlain(bytes)) {
      return new String(bytes, StandardCharsets.US_ASCII);
    }
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    while (in.hasRemaining()) {
      CoderResult result = decoder.reset().decode(in, out, true);
      for (int i = 0; result.isError() && i < result.length(); i++) {
        out.put((char) (ESCAPE + (in.get() & 0xff)));
      }
    }
    return out.flip().toString();
  }

  private static boolean isPlain(byte[] bytes) {
    for (byte b : bytes) {
      if (b < 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * The bytes of a text.
   *
   * @throws InvalidPathException when it has NUL, or a lone surrogate that is no escape
   */
  public static PathBytes bytes(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length() + 8);
    int i = 0;
    while (i < text.length()) {
      int c = text.codePointAt(i);
      if (c == 0) {
        throw new InvalidPathException(text, "a name can't hold NUL", i);
      } else if (c < 0x80) {
        bytes.write(c);
      } else if (c >= FIRST_ESCAPED && c <= LAST_ESCAPED) {
        bytes.write(c - ESCAPE);
      } else if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
        throw new InvalidPathException(text, "a lone surrogate stands for no byte", i);
      } else {
        bytes.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
      }
      i += Character.charCount(c);
    }
    return PathBytes.of(bytes.toByteArray());
  }

  /** The bytes as a part of a URI; slashes stay. */
  public static String percent(PathBytes path) {
    StringBuilder text = new StringBuilder();
    for (byte b : path.toBytes()) {
      if ((b >= 'a' && b <= 'z')
          || (b >= 'A' && b <= 'Z')
          || (b >= '0' && b <= '9')
          || (b > 0 && "/._-~".indexOf(b) >= 0)) {
        text.append((char) b);
      } else {
        text.append('%').append(HEX.toHexDigits(b));
      }
    }
    return text.toString();
  }

  /**
   * The bytes of a part of a URI.
   *
   * @throws IllegalArgumentException when it is not what {@link #percent} writes
   */
  public static PathBytes ofPercent(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%' && i + 2 < text.length()) {
        bytes.write(HexFormat.fromHexDigits(text, i + 1, i + 3));
        i += 2;
      } else if (c == '%') {
        throw new IllegalArgumentException("Cannot read " + text + ": it ends within an escape.");
      } else {
        bytes.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
      }
    }
    return PathBytes.of(bytes.toByteArray());
  }
}
