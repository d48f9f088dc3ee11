// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the JSON of the reference files: objects as maps, arrays as lists, integers as {@link
 * BigInteger}, other numbers as doubles.
 */
public final class Json {
  private final String text;
  private int at;

  private Json(String text) {
    this.text = text;
  }

  /** The one value of a text. */
  static @Nullable Object parse(String text) {
    Json json = new Json(text);
    Object value = json.value();
    json.space();
    json.check(json.at == text.length(), "the end");
    return value;
  }

  /** The one object of a text. */
  public static Map<String, Object> object(String text) {
    return map(parse(text));
  }

  @SuppressWarnings("unchecked")
  public static Map<String, Object> map(@Nullable Object value) {
    if (!(value instanceof Map)) {
      throw new IllegalArgumentException("not an object: " + value);
    }
    return (Map<String, Object>) value;
  }

  @SuppressWarnings("unchecked")
  public static List<Object> list(@Nullable Object value) {
    if (!(value instanceof List)) {
      throw new IllegalArgumentException("not an array: " + value);
    }
    return (List<Object>) value;
  }

  /** A number as 64 bits: of an integer, or of a text such as {@code 0xffff}. */
  static long bits(@Nullable Object value) {
    if (value instanceof BigInteger number) {
      return number.longValue();
    }
    if (value instanceof Boolean b) {
      return b ? 1 : 0;
    }
    String s = String.valueOf(value);
    return s.startsWith("0x")
        ? Long.parseUnsignedLong(s.substring(2), 16)
        : Long.parseUnsignedLong(s);
  }

  private @Nullable Object value() {
    space();
    char c = peek();
    return switch (c) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> string();
      case 't' -> word("true", true);
      case 'f' -> word("false", false);
      case 'n' -> word("null", null);
      default -> number();
    };
  }

  private Map<String, @Nullable Object> object() {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    at++;
    space();
    while (peek() != '}') {
      space();
      String key = string();
      space();
      expect(':');
      map.put(key, value());
      space();
      if (peek() == ',') {
        at++;
      }
      space();
    }
    at++;
    return map;
  }

  private List<@Nullable Object> array() {
    List<@Nullable Object> list = new ArrayList<>();
    at++;
    space();
    while (peek() != ']') {
      list.add(value());
      space();
      if (peek() == ',') {
        at++;
      }
      space();
    }
    at++;
    return list;
  }

  private String string() {
    expect('"');
    StringBuilder out = new StringBuilder();
    while (peek() != '"') {
      char c = text.charAt(at++);
      if (c != '\\') {
        out.append(c);
        continue;
      }
      char escaped = text.charAt(at++);
      switch (escaped) {
        case 'n' -> out.append('\n');
        case 't' -> out.append('\t');
        case 'r' -> out.append('\r');
        case 'b' -> out.append('\b');
        case 'f' -> out.append('\f');
        case 'u' -> {
          out.append((char) Integer.parseInt(text.substring(at, at + 4), 16));
          at += 4;
        }
        default -> out.append(escaped);
      }
    }
    at++;
    return out.toString();
  }

  private Object number() {
    int start = at;
    while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    String digits = text.substring(start, at);
    check(!digits.isEmpty(), "a value");
    return digits.matches("-?\\d+") ? new BigInteger(digits) : Double.valueOf(digits);
  }

  private @Nullable Object word(String word, @Nullable Object value) {
    check(text.startsWith(word, at), word);
    at += word.length();
    return value;
  }

  private void space() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private char peek() {
    check(at < text.length(), "more");
    return text.charAt(at);
  }

  private void expect(char c) {
    check(peek() == c, String.valueOf(c));
    at++;
  }

  private void check(boolean holds, String expected) {
    if (!holds) {
      throw new IllegalArgumentException("not JSON: expected " + expected + " at " + at);
    }
  }
}
