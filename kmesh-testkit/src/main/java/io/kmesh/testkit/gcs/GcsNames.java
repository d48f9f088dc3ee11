// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.gcs;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Rules of names, metadata and classes (cloud.google.com/storage/docs/objects, quotas). */
final class GcsNames {
  static final Comparator<String> UTF8_ORDER =
      (a, b) ->
          Arrays.compareUnsigned(
              a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
  static final int MAX_NAME = 1024;
  static final int MAX_METADATA = 8192;
  private static final Set<String> CLASSES =
      Set.of(
          "STANDARD",
          "NEARLINE",
          "COLDLINE",
          "ARCHIVE",
          "MULTI_REGIONAL",
          "REGIONAL",
          "DURABLE_REDUCED_AVAILABILITY");

  private GcsNames() {}

  static void object(String name) throws GcsError {
    if (name.isEmpty()) {
      throw GcsError.required("Required");
    }
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_NAME) {
      throw GcsError.invalid(
          "The maximum object length is 1024 characters, but got a name with "
              + bytes
              + " characters: ''"
              + name.substring(0, 20)
              + "...''");
    }
    if (name.equals(".") || name.equals("..")) {
      throw GcsError.invalid("Invalid object name: '" + name + "'");
    }
    if (name.indexOf('\n') >= 0 || name.indexOf('\r') >= 0) {
      throw GcsError.invalid("Disallowed unicode characters present in object name");
    }
    if (name.startsWith(".well-known/acme-challenge/")) {
      throw GcsError.invalid("Disallowed prefix of the object name: .well-known/acme-challenge/");
    }
  }

  static String storageClass(Object value) throws GcsError {
    if (!(value instanceof String s) || !CLASSES.contains(s)) {
      throw GcsError.invalid("Invalid storage class " + value + ".");
    }
    return s;
  }

  /** Custom metadata: strings, 8 KiB in all. */
  static Map<String, String> metadata(Object value) throws GcsError {
    if (!(value instanceof Map<?, ?> map)) {
      throw GcsError.invalid("The metadata must be an object.");
    }
    Map<String, String> metadata = new TreeMap<>();
    long bytes = 0;
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      String name = String.valueOf(entry.getKey());
      if (!(entry.getValue() instanceof String text) || name.isEmpty()) {
        throw GcsError.invalid("The metadata " + name + " must be a string.");
      }
      requireHeader(name);
      requireHeader(text);
      bytes += name.getBytes(StandardCharsets.UTF_8).length;
      bytes += text.getBytes(StandardCharsets.UTF_8).length;
      metadata.put(name, text);
    }
    if (bytes > MAX_METADATA) {
      throw GcsError.invalid("The total size of custom metadata exceeds the limit of 8192 bytes.");
    }
    return metadata;
  }

  /** The XML API shows metadata as headers, which hold no control characters. */
  private static void requireHeader(String text) throws GcsError {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < ' ' || text.charAt(i) == 0x7f) {
        throw GcsError.invalid("Custom metadata must not hold control characters.");
      }
    }
  }
}
