// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** The reference files of the test resources: see the README.md beside them. */
public final class Reference {
  private static final String ROOT = "/io/kmesh/lustre/";

  private Reference() {}

  /** The bytes of a file below {@code io/kmesh/lustre}. */
  static byte[] bytes(String name) {
    try (InputStream in = Reference.class.getResourceAsStream(ROOT + name)) {
      if (in == null) {
        throw new IllegalArgumentException("no test resource " + ROOT + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The text of a file; bytes that are no UTF-8 are replaced. */
  public static String text(String name) {
    return new String(bytes(name), StandardCharsets.UTF_8);
  }

  /** The fixtures whose name starts so. */
  static List<Map<String, Object>> fixtures(String name) {
    List<Map<String, Object>> found = new ArrayList<>();
    for (Object o : Json.list(Json.object(text("reference/fixtures.json")).get("fixtures"))) {
      Map<String, Object> fixture = Json.map(o);
      if (((String) fixture.get("fixture")).startsWith(name)) {
        found.add(fixture);
      }
    }
    if (found.isEmpty()) {
      throw new IllegalArgumentException("no fixture " + name);
    }
    return found;
  }

  /** The bytes of a field of hexadecimal digits. */
  static byte[] hex(Map<String, Object> object, String field) {
    return HexFormat.of().parseHex((String) object.get(field));
  }
}
