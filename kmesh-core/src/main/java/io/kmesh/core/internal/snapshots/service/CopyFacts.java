// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import static io.kmesh.core.internal.snapshots.service.ReportCodec.number;
import static io.kmesh.core.internal.snapshots.service.ReportCodec.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.core.internal.endpoints.EndpointJson;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.head.HeadLog;
import io.kmesh.core.internal.snapshots.fs.StubCopies;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * What a virtual copy says of itself.
 *
 * @param repository the repository's name
 * @param id 16 hexadecimal digits
 * @param name for people
 * @param snapshot the id of the snapshot that it shows
 * @param created when it was made
 * @param host where the target is: a machine, or a cluster
 * @param target the directory with what was written, or its place on a Lustre
 * @param rootBytes what its root adds to the repository's head
 */
record CopyFacts(
    String repository,
    String id,
    String name,
    String snapshot,
    Instant created,
    String host,
    Endpoint target,
    long rootBytes) {
  static CopyFacts of(String repository, Head.Root root) throws ProviderException {
    return new CopyFacts(
        repository,
        root.id(),
        root.name(),
        root.labels().getOrDefault("snapshot", ""),
        Instant.ofEpochMilli(root.time()),
        root.labels().getOrDefault("host", ""),
        target(root),
        HeadLog.bytesOf(root));
  }

  private static Endpoint target(Head.Root root) throws ProviderException {
    return StubCopies.isStub(root)
        ? new Endpoint.LustrePath(root.labels().getOrDefault("host", ""), StubCopies.path(root))
        : Endpoint.directory(Path.of(root.labels().getOrDefault("folder", "")));
  }

  /** Where on a Lustre it is; empty when it is kept in a directory. */
  Optional<Endpoint.LustrePath> lustre() {
    return target instanceof Endpoint.LustrePath path ? Optional.of(path) : Optional.empty();
  }

  /** The directory of one that is kept in a directory. */
  Path folder() {
    return ((Endpoint.LocalDirectory) target).directory();
  }

  /** What is said when the repository does not know it any more. */
  ProviderException gone() {
    return new ProviderException(
        ErrorKind.NOT_FOUND,
        "Cannot open the virtual copy \""
            + name
            + "\": the repository "
            + repository
            + " does not know "
            + id
            + ", it was deleted. List them.");
  }

  void write(ObjectNode json) {
    json.put("repository", repository).put("id", id).put("name", name).put("snapshot", snapshot);
    json.put("created", created.toString()).put("host", host);
    json.set("target", EndpointJson.write(target));
    json.put("rootBytes", rootBytes);
  }

  /**
   * Reads what was written.
   *
   * @throws IllegalArgumentException when something is missing
   */
  static CopyFacts read(JsonNode json) {
    return new CopyFacts(
        text(json, "repository"),
        text(json, "id"),
        text(json, "name"),
        text(json, "snapshot"),
        Instant.parse(text(json, "created")),
        text(json, "host"),
        EndpointJson.read(json.path("target")),
        number(json, "rootBytes"));
  }
}
