// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.LayoutComponent;
import io.kmesh.lustre.StripePattern;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A layout as it stands in an entry: {@code kmesh.layout} in docs/format/repository.md. */
final class LayoutJson {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String END = "end";
  private static final String POOL = "pool";

  private LayoutJson() {}

  static byte[] write(Layout layout) {
    ArrayNode components = JSON.createArrayNode();
    for (LayoutComponent c : layout.components()) {
      ObjectNode json = components.addObject();
      if (c.end() != LayoutComponent.TO_EOF) {
        json.put(END, c.end());
      }
      json.put("pattern", c.pattern().name());
      json.put("stripes", c.stripeCount()).put("stripeSize", c.stripeSize());
      c.pool().ifPresent(pool -> json.put(POOL, pool));
    }
    try {
      return JSON.writeValueAsBytes(components);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("JSON that was built can't be written.", e);
    }
  }

  /**
   * Reads one.
   *
   * @throws ProviderException CORRUPT when it is none
   */
  static Layout read(byte[] bytes) throws ProviderException {
    try {
      JsonNode json = JSON.readTree(bytes);
      List<LayoutComponent> components = new ArrayList<>();
      long start = 0;
      for (JsonNode c : json) {
        long end = c.has(END) ? number(c, END) : LayoutComponent.TO_EOF;
        components.add(
            new LayoutComponent(
                start,
                end,
                StripePattern.valueOf(c.path("pattern").asText()),
                Math.toIntExact(number(c, "stripes")),
                number(c, "stripeSize"),
                c.has(POOL) ? c.path(POOL).asText() : null));
        start = end;
      }
      return new Layout(components, false);
    } catch (IOException | IllegalArgumentException | ArithmeticException e) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot read a layout: "
              + e.getMessage()
              + ". It is damaged, or of a newer Kmesh; run a check.",
          e);
    }
  }

  private static long number(JsonNode json, String name) {
    if (!json.path(name).canConvertToLong() || !json.path(name).isIntegralNumber()) {
      throw new IllegalArgumentException("it has no number \"" + name + "\"");
    }
    return json.path(name).asLong();
  }
}
