// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.repository.tree.Page;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.path.PathBytes;
import io.kmesh.snapshots.AccessRule;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a snapshot is, as its root's chunk has it: docs/format/repository.md, "Roots".
 *
 * @param id 16 hexadecimal digits
 * @param name for people; need not be unique
 * @param time when its scan began
 * @param source what was taken, for people
 * @param host where
 * @param tags what its taker says of it
 * @param root the top of the tree
 * @param files regular files
 * @param directories directories, the top included
 * @param others links, devices and the like
 * @param bytes of all regular files
 * @param problems how many entries could not be taken as they are
 * @param more what only some have
 */
public record Manifest(
    String id,
    String name,
    Instant time,
    String source,
    String host,
    Map<String, String> tags,
    TreeNode root,
    long files,
    long directories,
    long others,
    long bytes,
    long problems,
    Additions more) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Copies and sorts the tags. */
  public Manifest {
    tags = java.util.Collections.unmodifiableMap(new TreeMap<>(tags));
  }

  /** One that has nothing more. */
  Manifest(
      String id,
      String name,
      Instant time,
      String source,
      String host,
      Map<String, String> tags,
      TreeNode root,
      long files,
      long directories,
      long others,
      long bytes,
      long problems) {
    this(
        id,
        name,
        time,
        source,
        host,
        tags,
        root,
        files,
        directories,
        others,
        bytes,
        problems,
        Additions.NONE);
  }

  /** The same of another tree. */
  Manifest rooted(TreeNode other) {
    return new Manifest(
        id,
        name,
        time,
        source,
        host,
        tags,
        other,
        files,
        directories,
        others,
        bytes,
        problems,
        more);
  }

  byte[] write() {
    ObjectNode json = JSON.createObjectNode();
    // A reader that knows no rules must not show what they hide.
    json.put("format", more.access().isEmpty() ? 0 : 1)
        .put("id", id)
        .put("name", name)
        .put("time", time.toString());
    json.put("source", source).put("host", host);
    ObjectNode all = json.putObject("tags");
    tags.forEach((tag, value) -> all.put(tag, value));
    json.put("root", Page.writeRoot(root));
    json.put("files", files).put("directories", directories).put("others", others);
    json.put("bytes", bytes).put("problems", problems);
    more.cut()
        .ifPresent(
            cut -> json.putObject("cut").put("id", cut.id()).put("snapshots", cut.snapshots()));
    for (AccessRule rule : more.access()) {
      json.withArray("access")
          .addObject()
          .put(rule.kind().name().toLowerCase(Locale.ROOT), rule.name())
          .put("path", rule.path().toBytes());
    }
    more.changelog().ifPresent(state -> write(json.putObject("changelog"), state));
    try {
      return JSON.writeValueAsBytes(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("JSON that was built can't be written.", e);
    }
  }

  static Manifest read(byte[] content, String what) throws ProviderException {
    try {
      JsonNode json = JSON.readTree(content);
      int format = json.path("format").asInt(-1);
      if (format != 0 && format != 1) {
        throw new ProviderException(
            ErrorKind.UNSUPPORTED,
            "Cannot read "
                + what
                + ": its format is "
                + json.path("format")
                + ", this Kmesh reads 0 and 1. Use a newer Kmesh.");
      }
      Map<String, String> tags = new TreeMap<>();
      for (Map.Entry<String, JsonNode> tag : json.path("tags").properties()) {
        tags.put(tag.getKey(), tag.getValue().asText());
      }
      return new Manifest(
          json.path("id").asText(),
          json.path("name").asText(),
          Instant.parse(json.path("time").asText()),
          json.path("source").asText(),
          json.path("host").asText(),
          tags,
          Page.readRoot(json.path("root").binaryValue(), what),
          json.path("files").asLong(),
          json.path("directories").asLong(),
          json.path("others").asLong(),
          json.path("bytes").asLong(),
          json.path("problems").asLong(),
          more(json));
    } catch (ProviderException e) {
      throw e;
    } catch (IOException | IllegalArgumentException | DateTimeException | NullPointerException e) {
      throw new ProviderException(
          ErrorKind.CORRUPT, "Cannot read " + what + ": " + e.getMessage() + ".", e);
    }
  }

  private static Additions more(JsonNode json) throws IOException {
    Additions more = Additions.NONE;
    JsonNode cut = json.path("cut");
    if (cut.isObject()) {
      more = more.with(new Additions.Cut(cut.path("id").asText(), cut.path("snapshots").asInt()));
    }
    List<AccessRule> access = new ArrayList<>();
    for (JsonNode rule : json.path("access")) {
      access.add(rule(rule));
    }
    if (access.isEmpty() != (json.path("format").asInt() == 0)) {
      throw new IllegalArgumentException("its format does not fit its access rules");
    }
    more = more.with(access);
    JsonNode changelog = json.path("changelog");
    return changelog.isObject() ? more.with(state(changelog)) : more;
  }

  private static void write(ObjectNode json, ChangelogState state) {
    json.put("fileSystem", state.fileSystem()).put("path", state.path().toBytes());
    state.excludes().forEach(json.putArray("excludes")::add);
    ObjectNode users = json.putObject("users");
    state.users().forEach((mdt, user) -> users.put(Integer.toString(mdt), user));
    ObjectNode read = json.putObject("read");
    state.read().forEach((mdt, index) -> read.put(Integer.toString(mdt), index));
  }

  private static ChangelogState state(JsonNode json) throws IOException {
    byte[] path = json.path("path").binaryValue();
    if (path == null) {
      throw new IllegalArgumentException("its changelog has no path");
    }
    List<String> excludes = new ArrayList<>();
    json.path("excludes").forEach(glob -> excludes.add(glob.asText()));
    Map<Integer, String> users = new TreeMap<>();
    for (Map.Entry<String, JsonNode> mdt : json.path("users").properties()) {
      users.put(Integer.valueOf(mdt.getKey()), mdt.getValue().asText());
    }
    Map<Integer, Long> read = new TreeMap<>();
    for (Map.Entry<String, JsonNode> mdt : json.path("read").properties()) {
      read.put(Integer.valueOf(mdt.getKey()), mdt.getValue().asLong());
    }
    return new ChangelogState(
        json.path("fileSystem").asText(), PathBytes.of(path), excludes, users, read);
  }

  private static AccessRule rule(JsonNode rule) throws IOException {
    for (AccessRule.Kind kind : AccessRule.Kind.values()) {
      JsonNode name = rule.get(kind.name().toLowerCase(Locale.ROOT));
      JsonNode path = rule.get("path");
      if (name != null && name.isTextual() && path != null && path.isTextual()) {
        return new AccessRule(kind, name.textValue(), PathBytes.of(path.binaryValue()));
      }
    }
    throw new IllegalArgumentException("it has an access rule of no known kind");
  }
}
