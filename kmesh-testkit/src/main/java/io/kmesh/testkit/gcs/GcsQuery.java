// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.gcs;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The parameters of a request's query. A parameter that a method does not know is refused. */
final class GcsQuery {
  private static final Set<String> COMMON =
      Set.of("alt", "fields", "prettyPrint", "quotaUser", "userIp", "userProject", "key");

  private final Map<String, String> values;

  private GcsQuery(Map<String, String> values) {
    this.values = values;
  }

  static GcsQuery parse(@Nullable String raw) throws GcsError {
    Map<String, String> values = new TreeMap<>();
    if (raw != null && !raw.isEmpty()) {
      for (String one : raw.split("&", -1)) {
        int equals = one.indexOf('=');
        String name = GcsRequest.decode(equals < 0 ? one : one.substring(0, equals));
        String value = equals < 0 ? "" : GcsRequest.decode(one.substring(equals + 1));
        if (values.put(name, value) != null) {
          throw GcsError.parameter("The parameter " + name + " is there twice.");
        }
      }
    }
    return new GcsQuery(values);
  }

  void allow(String... names) throws GcsError {
    Set<String> known = Set.of(names);
    for (String name : values.keySet()) {
      if (!known.contains(name) && !COMMON.contains(name)) {
        throw GcsError.parameter("Unknown parameter: " + name);
      }
    }
  }

  @Nullable String find(String name) {
    return values.get(name);
  }

  String get(String name, String otherwise) {
    return values.getOrDefault(name, otherwise);
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  @Nullable Long number(String name) throws GcsError {
    String value = values.get(name);
    if (value == null) {
      return null;
    }
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw GcsError.parameter("Invalid long value: '" + value + "'.");
    }
  }

  boolean flag(String name) throws GcsError {
    String value = values.getOrDefault(name, "false");
    if (!value.equalsIgnoreCase("true") && !value.equalsIgnoreCase("false")) {
      throw GcsError.parameter("Invalid boolean value: '" + value + "'.");
    }
    return value.equalsIgnoreCase("true");
  }
}
