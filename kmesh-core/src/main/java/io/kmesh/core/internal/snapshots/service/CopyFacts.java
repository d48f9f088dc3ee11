// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import static io.kmesh.core.internal.snapshots.service.ReportCodec.number;
import static io.kmesh.core.internal.snapshots.service.ReportCodec.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.head.HeadLog;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;

/**
 * What a virtual copy says of itself.
 *
 * @param repository the repository's name
 * @param id 16 hexadecimal digits
 * @param name for people
 * @param snapshot the id of the snapshot that it shows
 * @param created when it was made
 * @param host where its folder is
 * @param folder with what was written
 * @param rootBytes what its root adds to the repository's head
 */
record CopyFacts(
    String repository,
    String id,
    String name,
    String snapshot,
    Instant created,
    String host,
    Path folder,
    long rootBytes) {
  static CopyFacts of(String repository, Head.Root root) {
    return new CopyFacts(
        repository,
        root.id(),
        root.name(),
        root.labels().getOrDefault("snapshot", ""),
        Instant.ofEpochMilli(root.time()),
        root.labels().getOrDefault("host", ""),
        Path.of(root.labels().getOrDefault("folder", "")),
        HeadLog.bytesOf(root));
  }

  void write(ObjectNode json) {
    json.put("repository", repository).put("id", id).put("name", name).put("snapshot", snapshot);
    json.put("created", created.toString()).put("host", host).put("folder", folder.toString());
    json.put("rootBytes", rootBytes);
  }

  /**
   * Reads what was written.
   *
   * @throws IllegalArgumentException when something is missing
   */
  static CopyFacts read(JsonNode json) {
    try {
      return new CopyFacts(
          text(json, "repository"),
          text(json, "id"),
          text(json, "name"),
          text(json, "snapshot"),
          Instant.parse(text(json, "created")),
          text(json, "host"),
          Path.of(text(json, "folder")),
          number(json, "rootBytes"));
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("\"folder\" is no path: " + e.getMessage(), e);
    }
  }
}
