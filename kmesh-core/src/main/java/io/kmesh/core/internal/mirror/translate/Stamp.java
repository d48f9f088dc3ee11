// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import io.kmesh.core.internal.mirror.Content;
import io.kmesh.core.internal.mirror.MirrorAttributes;
import io.kmesh.engine.MirrorDialect;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * From what an object was translated, as docs/format/mirror.md describes {@code kmesh-translated}.
 *
 * @param dialect in which words it is
 * @param origin names the source object's place; see {@link #originOf}
 * @param etag the source object's ETag
 * @param body what its body is made of when it is not the source object's; else empty
 */
record Stamp(MirrorDialect dialect, String origin, String etag, String body) {
  /** The attribute's name. */
  static final String NAME = MirrorAttributes.TRANSLATED;

  private static final int ORIGIN_DIGITS = 32;
  private static final Pattern FORM =
      Pattern.compile("0 ([a-z0-9]+) ([0-9a-f]{32}) ([!-~]+) ([!-~]+)");
  private static final HexFormat UPPER = HexFormat.of().withUpperCase();

  /** Names the place of an object. */
  static String originOf(URI store, String key) {
    byte[] place = (store + "\n" + key).getBytes(StandardCharsets.UTF_8);
    return HexFormat.of().formatHex(Content.newDigest().digest(place)).substring(0, ORIGIN_DIGITS);
  }

  /** The attribute's value: printable ASCII. */
  String text() {
    return "0 "
        + dialect.word()
        + " "
        + origin
        + " "
        + escape(etag)
        + " "
        + (body.isEmpty() ? "-" : escape(body));
  }

  /** Reads a value; empty when it is none of this version. */
  static Optional<Stamp> parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    Optional<MirrorDialect> dialect = MirrorDialect.of(matcher.group(1));
    Optional<String> etag = unescape(matcher.group(3));
    Optional<String> body =
        matcher.group(4).equals("-") ? Optional.of("") : unescape(matcher.group(4));
    boolean isNothing = matcher.group(4).equals("%");
    if (dialect.isEmpty() || etag.isEmpty() || body.isEmpty() || isNothing) {
      return Optional.empty();
    }
    return Optional.of(new Stamp(dialect.get(), matcher.group(2), etag.get(), body.get()));
  }

  private static String escape(String text) {
    StringBuilder escaped = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      boolean isPlain = b > ' ' && b < 0x7f && b != '%' && !text.equals("-");
      if (isPlain) {
        escaped.append((char) b);
      } else {
        escaped.append('%').append(UPPER.toHexDigits(b));
      }
    }
    return escaped.isEmpty() ? "%" : escaped.toString();
  }

  /** Only what {@link #escape} gives, so that each stamp has one text. */
  private static Optional<String> unescape(String escaped) {
    if (escaped.equals("%")) {
      return Optional.of("");
    }
    byte[] bytes = new byte[escaped.length()];
    int length = 0;
    for (int i = 0; i < escaped.length(); i++) {
      char c = escaped.charAt(i);
      if (c != '%') {
        bytes[length++] = (byte) c;
        continue;
      }
      String digits = escaped.substring(i + 1, Math.min(escaped.length(), i + 3));
      if (digits.length() < 2 || !digits.toUpperCase(Locale.ROOT).matches("[0-9A-F]{2}")) {
        return Optional.empty();
      }
      bytes[length++] = (byte) HexFormat.fromHexDigits(digits);
      i += 2;
    }
    String text = new String(bytes, 0, length, StandardCharsets.UTF_8);
    return escape(text).equals(escaped) ? Optional.of(text) : Optional.empty();
  }
}
