// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.spi.ProviderException;
import java.util.regex.Pattern;

/**
 * What makes a prefix a repository; docs/format/repository.md, The marker.
 *
 * @param repository its id, 32 hexadecimal digits
 */
public record Marker(String repository) {
  /** Where it is. */
  public static final String KEY = "kmesh-repository";

  private static final Pattern ID = Pattern.compile("[0-9a-f]{32}");

  /** Checks the id. */
  public Marker {
    if (!ID.matcher(repository).matches()) {
      throw new IllegalArgumentException("A repository's id has 32 hexadecimal digits.");
    }
  }

  /** Reads a marker: CORRUPT when it is none, UNSUPPORTED when its format is newer. */
  public static Marker decode(byte[] text) throws ProviderException {
    JsonNode node = KeyJson.read(KEY, text);
    KeyJson.requireFormat(KEY, node);
    String id = KeyJson.text(KEY, node, "repository");
    if (!ID.matcher(id).matches()) {
      throw KeyJson.damaged(KEY, "its id has not 32 hexadecimal digits", null);
    }
    return new Marker(id);
  }

  /** Its bytes. */
  public byte[] encode() {
    ObjectNode node = KeyJson.JSON.createObjectNode();
    node.put("format", KeyJson.FORMAT);
    node.put("repository", repository);
    return KeyJson.bytes(node);
  }

  /** The associated data of a wrapping, so that it opens at its place in this repository only. */
  byte[] associatedData(String objectKey) {
    return ("kmesh-repository/0/" + repository + "/" + objectKey)
        .getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }
}
