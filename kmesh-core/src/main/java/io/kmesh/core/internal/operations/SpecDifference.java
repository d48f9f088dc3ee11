// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.operations;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;

/** Finds where two specifications differ. Stateless. */
final class SpecDifference {
  private SpecDifference() {}

  /** The fields that differ, as paths with dots, sorted; empty when the two are the same. */
  static List<String> between(ObjectNode a, ObjectNode b) {
    List<String> fields = new ArrayList<>();
    collect("", a, b, fields);
    return fields;
  }

  private static void collect(String prefix, ObjectNode a, ObjectNode b, List<String> fields) {
    TreeSet<String> names = new TreeSet<>();
    for (Iterator<String> it = a.fieldNames(); it.hasNext(); ) {
      names.add(it.next());
    }
    for (Iterator<String> it = b.fieldNames(); it.hasNext(); ) {
      names.add(it.next());
    }
    for (String name : names) {
      JsonNode left = a.path(name);
      JsonNode right = b.path(name);
      if (left instanceof ObjectNode x && right instanceof ObjectNode y) {
        collect(prefix + name + ".", x, y, fields);
      } else if (!isSame(left, right)) {
        fields.add(prefix + name);
      }
    }
  }

  /** A small number is an int in one tree and a long in another: their texts are the same. */
  private static boolean isSame(JsonNode a, JsonNode b) {
    return a.equals(b)
        || (a.isNumber() && b.isNumber() && a.asText().equals(b.asText()))
        || (a.isArray() && b.isArray() && a.toString().equals(b.toString()));
  }
}
