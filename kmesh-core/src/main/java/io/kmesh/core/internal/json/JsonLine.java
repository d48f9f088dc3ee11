// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Map;

/** Prints values as one line of JSON, for layers that have no part in JSON but this. */
public final class JsonLine {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private JsonLine() {}

  /**
   * One line without its end.
   *
   * @param members by name, in the order of the map: texts, numbers, truth values, and lists and
   *     maps of them
   */
  public static String of(Map<String, Object> members) {
    try {
      return JSON.writeValueAsString(members);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "Cannot print " + members.keySet() + " as JSON: " + e.getOriginalMessage() + ".", e);
    }
  }
}
