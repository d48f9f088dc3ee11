// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.endpoints;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.path.PathBytes;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Set;

/**
 * The JSON form of an endpoint, for specifications that contain one: docs/format/snapshot-spec.md.
 */
public final class EndpointJson {
  private static final Set<String> KNOWN =
      Set.of("lustre", "site", "snapshot", "virtualCopy", "objects");

  private EndpointJson() {}

  /** Writes an endpoint. */
  public static ObjectNode write(Endpoint endpoint) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    if (endpoint instanceof Endpoint.LustrePath lustre) {
      json.putObject("lustre")
          .put("cluster", lustre.cluster())
          .put("path", HexFormat.of().formatHex(lustre.path().toBytes()));
    } else if (endpoint instanceof Endpoint.LocalDirectory local) {
      json.put("directory", local.directory().toString());
    } else if (endpoint instanceof Endpoint.SitePath remote) {
      json.putObject("site")
          .put("site", remote.site())
          .put("export", remote.export())
          .put("path", HexFormat.of().formatHex(remote.path().toBytes()));
    } else if (endpoint instanceof Endpoint.SnapshotTree snapshot) {
      json.putObject("snapshot").put("repository", snapshot.repository()).put("id", snapshot.id());
    } else if (endpoint instanceof Endpoint.VirtualCopyTree copy) {
      json.putObject("virtualCopy").put("repository", copy.repository()).put("id", copy.id());
    } else if (endpoint instanceof Endpoint.ObjectPrefix objects) {
      json.putObject("objects").put("store", objects.store()).put("prefix", objects.prefix());
    }
    return json;
  }

  /**
   * Reads an endpoint.
   *
   * @throws IllegalArgumentException when it is none that this build knows
   */
  public static Endpoint read(JsonNode json) {
    if (!json.isObject() || json.size() != 1) {
      throw new IllegalArgumentException("an endpoint is an object of one field");
    }
    JsonNode lustre = json.path("lustre");
    if (lustre.isObject() && lustre.size() == 2) {
      return new Endpoint.LustrePath(
          text(lustre, "cluster"), PathBytes.of(HexFormat.of().parseHex(text(lustre, "path"))));
    }
    JsonNode site = json.path("site");
    if (site.isObject() && site.size() == 3) {
      return new Endpoint.SitePath(
          text(site, "site"),
          text(site, "export"),
          PathBytes.of(HexFormat.of().parseHex(text(site, "path"))));
    }
    JsonNode snapshot = json.path("snapshot");
    if (snapshot.isObject() && snapshot.size() == 2) {
      return new Endpoint.SnapshotTree(text(snapshot, "repository"), text(snapshot, "id"));
    }
    JsonNode copy = json.path("virtualCopy");
    if (copy.isObject() && copy.size() == 2) {
      return new Endpoint.VirtualCopyTree(text(copy, "repository"), text(copy, "id"));
    }
    JsonNode objects = json.path("objects");
    if (objects.isObject() && objects.size() == 2) {
      return new Endpoint.ObjectPrefix(text(objects, "store"), text(objects, "prefix"));
    }
    if (!json.has("directory")) {
      String kind = json.fieldNames().next();
      throw KNOWN.contains(kind)
          ? new IllegalArgumentException("the endpoint \"" + kind + "\" has not what belongs to it")
          : new SpecJson.LaterBuildException("the endpoint \"" + kind + "\" is not known here");
    }
    try {
      return new Endpoint.LocalDirectory(Path.of(text(json, "directory")));
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("the directory is no path: " + e.getMessage(), e);
    }
  }

  private static String text(JsonNode json, String field) {
    JsonNode value = json.path(field);
    if (!value.isTextual()) {
      throw new IllegalArgumentException("the endpoint has no text \"" + field + "\"");
    }
    return value.textValue();
  }
}
