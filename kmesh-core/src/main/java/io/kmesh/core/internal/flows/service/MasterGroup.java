// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.flows.service.EndPlan.Side;
import io.kmesh.core.internal.json.SpecJson;
import java.util.Set;

/**
 * The flows of several masters to which a flow belongs that shares a tree with another one. All
 * their trees are replicas of one; a flow is a way between two of them. Immutable.
 *
 * @param id the same for all of them: the id of the first one
 * @param source the number of the flow's source among the trees: 0 to 255
 * @param target the number of its target, another one
 */
public record MasterGroup(String id, int source, int target) {
  /** The largest number of a tree. */
  static final int LAST = 255;

  private static final Set<String> FIELDS = Set.of("id", "source", "target");

  /** Checks it. */
  public MasterGroup {
    if (!id.matches("[0-9a-f]{32}")) {
      throw new IllegalArgumentException("\"id\" is not 32 hexadecimal digits");
    }
    if (source < 0 || source > LAST || target < 0 || target > LAST || source == target) {
      throw new IllegalArgumentException("a group's ends are not two numbers from 0 to " + LAST);
    }
  }

  /** The number of an end. */
  public int end(Side side) {
    return side == Side.SOURCE ? source : target;
  }

  boolean has(int end) {
    return source == end || target == end;
  }

  /** Its form in JSON. */
  public ObjectNode write() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", id)
        .put("source", source)
        .put("target", target);
  }

  /**
   * Reads it.
   *
   * @throws IllegalArgumentException when it is none
   */
  public static MasterGroup read(JsonNode json) {
    SpecJson.onlyFields(json, FIELDS);
    return new MasterGroup(SpecJson.text(json, "id"), end(json, "source"), end(json, "target"));
  }

  private static int end(JsonNode json, String name) {
    JsonNode number = SpecJson.required(json, name);
    if (!number.isIntegralNumber() || !number.canConvertToInt()) {
      throw new IllegalArgumentException("\"" + name + "\" is no number of an end");
    }
    return number.intValue();
  }
}
