// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.gcs;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The {@code fields} parameter: what of an answer is wanted, such as {@code items(name,size)}. */
final class GcsFields {
  private final String text;
  private int at;

  private GcsFields(String text) {
    this.text = text;
  }

  /** Answers 200 with what the request wants of a value. */
  static GcsReply reply(GcsRequest request, Map<String, Object> value) throws GcsError {
    String fields = request.query().get("fields", "");
    if (fields.isEmpty() || fields.equals("*")) {
      return GcsReply.json(200, value);
    }
    GcsFields parser = new GcsFields(fields);
    Map<String, Object> wanted = parser.list();
    if (parser.at != fields.length()) {
      throw parser.bad();
    }
    return GcsReply.json(200, select(value, wanted));
  }

  private Map<String, Object> list() throws GcsError {
    Map<String, Object> wanted = new LinkedHashMap<>();
    while (true) {
      int from = at;
      while (at < text.length() && ",()/".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      if (at == from) {
        throw bad();
      }
      String name = text.substring(from, at);
      Map<String, Object> below = Map.of();
      if (take('(')) {
        below = list();
        if (!take(')')) {
          throw bad();
        }
      } else if (take('/')) {
        below = one();
      }
      wanted.merge(name, below, GcsFields::join);
      if (!take(',')) {
        return wanted;
      }
    }
  }

  /** What stands behind a slash: one name, perhaps with more below it. */
  private Map<String, Object> one() throws GcsError {
    int from = at;
    while (at < text.length() && ",()/".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    if (at == from) {
      throw bad();
    }
    String name = text.substring(from, at);
    return Map.of(name, take('/') ? one() : Map.of());
  }

  private static Object join(Object a, Object b) {
    Map<String, Object> both = new LinkedHashMap<>();
    for (Object one : List.of(a, b)) {
      ((Map<?, ?>) one).forEach((k, v) -> both.put(String.valueOf(k), v));
    }
    return both;
  }

  private static @Nullable Object select(@Nullable Object value, Map<?, ?> wanted) {
    if (wanted.isEmpty() || wanted.containsKey("*")) {
      return value;
    }
    if (value instanceof List<?> list) {
      List<@Nullable Object> selected = new ArrayList<>();
      for (Object one : list) {
        selected.add(select(one, wanted));
      }
      return selected;
    }
    if (value instanceof Map<?, ?> map) {
      Map<Object, @Nullable Object> selected = new LinkedHashMap<>();
      map.forEach(
          (k, v) -> {
            if (wanted.get(k) instanceof Map<?, ?> below) {
              selected.put(k, select(v, below));
            }
          });
      return selected;
    }
    return value;
  }

  private boolean take(char c) {
    if (at < text.length() && text.charAt(at) == c) {
      at++;
      return true;
    }
    return false;
  }

  private GcsError bad() {
    return GcsError.parameter("Invalid field selection " + text);
  }
}
