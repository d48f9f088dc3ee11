// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.retention;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.snapshots.RetentionPolicy;
import java.io.IOException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Set;
import java.util.TreeSet;

/**
 * The canonical JSON form of a retention policy. Format: docs/format/retention-policy.md, version
 * 0.
 */
public final class RetentionJson {
  /** The version that is written and read. */
  public static final int FORMAT = 0;

  private static final Set<String> FIELDS =
      Set.of(
          "format", "last", "within", "hourly", "daily", "weekly", "monthly", "yearly", "tags",
          "zone");

  private RetentionJson() {}

  /** The policy as a tree. */
  public static ObjectNode write(RetentionPolicy policy) {
    ObjectNode node = SpecJson.object(FORMAT);
    count(node, "last", policy.last());
    policy.within().ifPresent(within -> node.put("within", within.toString()));
    count(node, "hourly", policy.hourly());
    count(node, "daily", policy.daily());
    count(node, "weekly", policy.weekly());
    count(node, "monthly", policy.monthly());
    count(node, "yearly", policy.yearly());
    if (!policy.tags().isEmpty()) {
      ArrayNode tags = node.putArray("tags");
      policy.tags().forEach(tags::add);
    }
    node.put("zone", policy.zone().getId());
    return node;
  }

  private static void count(ObjectNode node, String field, int count) {
    if (count > 0) {
      node.put(field, count);
    }
  }

  /** The policy in UTF-8. */
  public static byte[] encode(RetentionPolicy policy) {
    return SpecJson.encode(write(policy));
  }

  /**
   * Reads a policy.
   *
   * @param name what errors call it
   * @throws IOException a typed one when it is damaged or of another format
   */
  public static RetentionPolicy decode(String name, byte[] bytes) throws IOException {
    return SpecJson.decode("retention policy", name, FORMAT, bytes, RetentionJson::read);
  }

  private static RetentionPolicy read(JsonNode node) {
    SpecJson.onlyFields(node, FIELDS);
    Set<String> tags = new TreeSet<>();
    if (node.has("tags")) {
      JsonNode array = SpecJson.required(node, "tags");
      if (!array.isArray()) {
        throw new IllegalArgumentException("the field \"tags\" is no array");
      }
      for (JsonNode tag : array) {
        if (!tag.isTextual() || !tags.add(tag.textValue())) {
          throw new IllegalArgumentException("a tag is no text, or is there twice");
        }
      }
    }
    return new RetentionPolicy(
        count(node, "last"),
        node.has("within") ? Duration.parse(SpecJson.text(node, "within")) : null,
        count(node, "hourly"),
        count(node, "daily"),
        count(node, "weekly"),
        count(node, "monthly"),
        count(node, "yearly"),
        tags,
        ZoneId.of(SpecJson.text(node, "zone")));
  }

  private static int count(JsonNode node, String field) {
    return node.has(field) ? SpecJson.integer(node, field) : 0;
  }
}
