// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters.provision;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.ClusterShape;
import io.kmesh.ClusterSpec;
import io.kmesh.ThroughputTier;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The canonical JSON form of what a cluster is. Format: docs/format/cluster-spec.md, version 0.
 * Stateless.
 */
final class ClusterSpecJson {
  static final int FORMAT = 0;

  private ClusterSpecJson() {}

  static ObjectNode write(ClusterSpec spec) {
    ObjectNode node = SpecJson.object(FORMAT);
    node.put("provider", spec.provider()).put("zone", spec.zone());
    write(node, spec.shape());
    spec.options().forEach(node.putObject("options")::put);
    spec.labels().forEach(node.putObject("labels")::put);
    return node;
  }

  static void write(ObjectNode node, ClusterShape shape) {
    node.put("capacity", shape.capacity().bytes()).put("throughput", shape.throughput().value());
  }

  static byte[] encode(ClusterSpec spec) {
    return SpecJson.encode(write(spec));
  }

  static ClusterSpec decode(String name, byte[] bytes) throws IOException {
    return SpecJson.decode("cluster spec", name, FORMAT, bytes, ClusterSpecJson::read);
  }

  /** Reads it; IllegalArgumentException when it is none. */
  static ClusterSpec read(JsonNode node) {
    SpecJson.onlyFields(
        node, Set.of("format", "provider", "zone", "capacity", "throughput", "options", "labels"));
    if (SpecJson.integer(node, "format") != FORMAT) {
      throw new IllegalArgumentException("a cluster spec has another format than " + FORMAT);
    }
    return new ClusterSpec(
        SpecJson.text(node, "provider"),
        SpecJson.text(node, "zone"),
        shape(node),
        texts(node, "options"),
        texts(node, "labels"));
  }

  static ClusterShape shape(JsonNode node) {
    JsonNode bytes = SpecJson.required(node, "capacity");
    if (!bytes.isIntegralNumber() || !bytes.canConvertToLong()) {
      throw new IllegalArgumentException("the field \"capacity\" is no whole number");
    }
    return new ClusterShape(
        DataSize.ofBytes(bytes.longValue()),
        new ThroughputTier(SpecJson.integer(node, "throughput")));
  }

  private static Map<String, String> texts(JsonNode node, String field) {
    JsonNode value = SpecJson.required(node, field);
    if (!value.isObject()) {
      throw new IllegalArgumentException("the field \"" + field + "\" is no object");
    }
    Map<String, String> texts = new TreeMap<>();
    value.fieldNames().forEachRemaining(name -> texts.put(name, SpecJson.text(value, name)));
    return texts;
  }

  /** The fields in which two differ, by their names in the JSON form. */
  static List<String> differences(ClusterSpec a, ClusterSpec b) {
    List<String> fields = new ArrayList<>();
    add(fields, "provider", a.provider(), b.provider());
    add(fields, "zone", a.zone(), b.zone());
    add(fields, "capacity", a.shape().capacity(), b.shape().capacity());
    add(fields, "throughput", a.shape().throughput(), b.shape().throughput());
    addAll(fields, "options", a.options(), b.options());
    addAll(fields, "labels", a.labels(), b.labels());
    return fields;
  }

  private static void addAll(
      List<String> fields, String field, Map<String, String> a, Map<String, String> b) {
    Set<String> names = new TreeSet<>(a.keySet());
    names.addAll(b.keySet());
    names.forEach(name -> add(fields, field + "." + name, a.get(name), b.get(name)));
  }

  private static void add(
      List<String> fields, String field, @Nullable Object a, @Nullable Object b) {
    if (!Objects.equals(a, b)) {
      fields.add(field);
    }
  }
}
