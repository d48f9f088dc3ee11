// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A catalog of HSM entries in one of its states, as its root's chunk has it:
 * docs/format/hsm-catalog.md.
 *
 * @param id unique in the domain
 * @param fileSystem the name of the Lustre file system, for people
 * @param instance which one of that name: 32 hexadecimal digits
 * @param archive the number of the HSM archive
 * @param time milliseconds since 1970 of this state, greater than that of the one before
 * @param entries the files, by their FIDs
 */
public record CatalogManifest(
    String id,
    String fileSystem,
    String instance,
    int archive,
    long time,
    Content.Directory entries) {
  /** The kind of their roots. */
  public static final String KIND = "hsm";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MOST_HEIGHT = 64;
  private static final String CATALOG = "catalog";
  private static final FileTime NEVER = new FileTime(0, 0);

  /** The form of a catalog. */
  public byte[] write() {
    ObjectNode json = JSON.createObjectNode();
    json.put("format", 0).put(CATALOG, id).put("fileSystem", fileSystem);
    json.put("instance", instance).put("archive", archive).put("time", time);
    json.put("height", entries.height()).put("page", entries.page().toString());
    try {
      return JSON.writeValueAsBytes(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("JSON that was built can't be written.", e);
    }
  }

  /** Reads a catalog. */
  public static CatalogManifest read(byte[] content, String what) throws ProviderException {
    try {
      JsonNode json = JSON.readTree(content);
      if (json.path("format").asInt(-1) != 0) {
        throw new ProviderException(
            ErrorKind.UNSUPPORTED,
            "Cannot read "
                + what
                + ": its format is "
                + json.path("format")
                + ", this Kmesh reads 0. Use a newer Kmesh.");
      }
      int height = json.path("height").asInt(-1);
      if (!json.path(CATALOG).isTextual() || height < 0 || height > MOST_HEIGHT) {
        throw new IllegalArgumentException("it has no id or no height of its pages");
      }
      return new CatalogManifest(
          json.path(CATALOG).asText(),
          json.path("fileSystem").asText(),
          json.path("instance").asText(),
          json.path("archive").asInt(),
          json.path("time").asLong(),
          new Content.Directory(height, ChunkName.parse(json.path("page").asText())));
    } catch (ProviderException e) {
      throw e;
    } catch (IOException | IllegalArgumentException e) {
      throw new ProviderException(
          ErrorKind.CORRUPT, "Cannot read " + what + ": " + e.getMessage() + ".", e);
    }
  }

  /** The root that a chunk of metadata is; empty when it is none of a catalog. */
  static Optional<Head.Root> find(ChunkName name, byte[] bytes, int offset, int length) {
    if (length == 0 || bytes[offset] != '{') {
      return Optional.empty();
    }
    try {
      byte[] content = Arrays.copyOfRange(bytes, offset, offset + length);
      return Optional.of(read(content, "a chunk").root(name));
    } catch (ProviderException e) {
      return Optional.empty();
    }
  }

  /** Its root. */
  public Head.Root root(ChunkName chunk) {
    return new Head.Root(
        KIND,
        fileSystem,
        id,
        time,
        chunk,
        Map.of("instance", instance, "archive", Integer.toString(archive)));
  }

  /** The tree that it keeps. */
  TreeNode tree() {
    return new TreeNode(
        PathBytes.EMPTY, FileType.DIRECTORY, 0, 0, 0, NEVER, NEVER, 0, 0, 1, List.of(), entries);
  }
}
