// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.spi.store.ObjectInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;

/**
 * The object that stands for an open upload: its body holds key and metadata, its own metadata the
 * key for lists. See docs/format/gcs-uploads.md.
 *
 * @param key the object's key
 * @param metadata the object's user metadata
 */
record GcsMarker(String key, Map<String, String> metadata) {
  /** The metadata of the marker that holds the key, in URL-safe Base64 without padding. */
  static final String KEY = "kmesh-upload-key";

  private static final int FORMAT = 0;
  private static final ObjectMapper JSON = new ObjectMapper();

  GcsMarker {
    metadata = Map.copyOf(metadata);
  }

  ByteBuffer body() {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.put("format", FORMAT);
    body.put("key", key);
    ObjectNode all = body.putObject("metadata");
    new TreeMap<>(metadata).forEach(all::put);
    return ByteBuffer.wrap(body.toString().getBytes(StandardCharsets.UTF_8));
  }

  static GcsMarker parse(ByteBuffer body) throws IOException {
    JsonNode json = JSON.readTree(StandardCharsets.UTF_8.decode(body.duplicate()).toString());
    if (json == null || !json.path("format").isInt() || !json.path("key").isTextual()) {
      throw new IOException("it is damaged");
    }
    if (json.path("format").intValue() != FORMAT) {
      throw new IOException("a newer Kmesh wrote it, in format " + json.path("format"));
    }
    Map<String, String> metadata = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : json.path("metadata").properties()) {
      if (!entry.getValue().isTextual()) {
        throw new IOException("it is damaged");
      }
      metadata.put(entry.getKey(), entry.getValue().textValue());
    }
    return new GcsMarker(json.path("key").textValue(), metadata);
  }

  Map<String, String> list() {
    byte[] utf8 = key.getBytes(StandardCharsets.UTF_8);
    return Map.of(KEY, Base64.getUrlEncoder().withoutPadding().encodeToString(utf8));
  }

  /** The key of a marker in a list; empty for an object that is none. */
  static String key(ObjectInfo listed) {
    try {
      String value = listed.metadata().getOrDefault(KEY, "");
      return new String(Base64.getUrlDecoder().decode(value), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }
}
