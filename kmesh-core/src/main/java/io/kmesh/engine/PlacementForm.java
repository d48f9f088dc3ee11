// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.core.internal.placement.PlacementJson;
import io.kmesh.placement.PlacementRules;
import java.io.IOException;

/** The stored form of placement rules: docs/format/placement.md. */
public final class PlacementForm {
  private PlacementForm() {}

  /** The bytes of rules: JSON in UTF-8. */
  public static byte[] encode(PlacementRules rules) {
    return SpecJson.encode(PlacementJson.write(rules));
  }

  /**
   * Reads rules.
   *
   * @param name what errors call them
   * @throws IOException a typed one when they are none, or of another format
   */
  public static PlacementRules decode(String name, byte[] bytes) throws IOException {
    return PlacementJson.decodeRules(name, bytes);
  }
}
