// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Lists of paths that somebody changed: docs/format/flow-control.md. Stateless. */
public final class LookedAt {
  private static final int FORMAT = 0;
  private static final int MOST_PATHS = 1_000;
  private static final int MOST_BYTES = 512 << 10;

  private LookedAt() {}

  /** The same in parts of which each is one question, and one step of an engine. */
  static List<List<PathBytes>> parts(List<PathBytes> paths) {
    List<List<PathBytes>> parts = new ArrayList<>();
    List<PathBytes> part = new ArrayList<>();
    long bytes = 0;
    for (PathBytes path : paths) {
      bytes += path.length();
      if (!part.isEmpty() && (part.size() == MOST_PATHS || bytes > MOST_BYTES)) {
        parts.add(part);
        part = new ArrayList<>();
        bytes = path.length();
      }
      part.add(path);
    }
    if (!part.isEmpty()) {
      parts.add(part);
    }
    return parts;
  }

  /** What an engine is told: of a directory the names in it too. */
  public static List<Message.Place> places(List<PathBytes> paths) {
    return paths.stream().map(p -> new Message.Place(p, Message.Scope.NAMES)).toList();
  }

  static ObjectNode write(List<PathBytes> paths) {
    ObjectNode json = SpecJson.object(FORMAT);
    ArrayNode array = json.putArray("paths");
    paths.forEach(path -> array.add(HexFormat.of().formatHex(path.toBytes())));
    return json;
  }

  /**
   * Reads a list.
   *
   * @throws ProviderException INVALID when it is none, or has more than 1,000 paths
   */
  public static List<PathBytes> read(ObjectNode json) throws ProviderException {
    List<PathBytes> paths = new ArrayList<>();
    try {
      JsonNode array = SpecJson.required(json, "paths");
      if (!array.isArray() || array.size() > MOST_PATHS) {
        throw new IllegalArgumentException("it is no array of at most " + MOST_PATHS);
      }
      for (JsonNode path : array) {
        PathBytes read = PathBytes.of(HexFormat.of().parseHex(path.asText()));
        read.names();
        paths.add(read);
      }
    } catch (IllegalArgumentException e) {
      throw new ProviderException(
          ErrorKind.INVALID, "Cannot look at a list of paths: " + e.getMessage(), e);
    }
    return paths;
  }

  /** A question about one path. */
  static ObjectNode write(PathBytes path) {
    return SpecJson.object(FORMAT).put("path", HexFormat.of().formatHex(path.toBytes()));
  }

  /**
   * Reads the path that a question is about.
   *
   * @throws ProviderException INVALID when it is none
   */
  public static PathBytes path(ObjectNode json) throws ProviderException {
    try {
      PathBytes path = PathBytes.of(HexFormat.of().parseHex(json.path("path").asText("")));
      path.names();
      return path;
    } catch (IllegalArgumentException e) {
      throw new ProviderException(
          ErrorKind.INVALID, "Cannot prove what is at a path: " + e.getMessage(), e);
    }
  }
}
