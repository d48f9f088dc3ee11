// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.lustre.Fid;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Sha256;
import io.kmesh.spi.store.UploadPart;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The index's records as JSON, format 0. */
final class IndexJson {
  static final int FORMAT = 0;

  private static final ObjectMapper JSON = new ObjectMapper();

  private IndexJson() {}

  /** A key's holder: the file, and the large archive under way on it, if any. */
  record Holder(Fid fid, @Nullable String attemptOrNull) {}

  /** A part that the store acknowledged, with the CRC-32C of its bytes. */
  record JournalledPart(UploadPart part, int crc) {}

  static byte[] entry(IndexEntry e) {
    ObjectNode node = JSON.createObjectNode();
    node.put("fid", e.fid().toString());
    node.put("key", e.key());
    node.put("etag", e.etag());
    node.put("size", e.size());
    node.put("sha256", e.sha256().toString());
    node.put("bodySize", e.bodySize());
    node.put("dataVersion", Long.toUnsignedString(e.dataVersion()));
    node.put("archive", e.archive());
    node.put("attempt", e.attempt());
    optional(node, "side", e.sideOrNull());
    if (!e.kept().isEmpty()) {
      ArrayNode kept = node.putArray("kept");
      for (IndexEntry.Kept k : e.kept()) {
        ObjectNode one = kept.addObject();
        one.put("key", k.key());
        one.put("etag", k.etag());
        one.put("attempt", k.attempt());
        optional(one, "side", k.sideOrNull());
      }
    }
    return bytes(node);
  }

  static IndexEntry entry(String id, byte[] payload) throws IOException {
    return read(
        id,
        payload,
        node -> {
          List<IndexEntry.Kept> kept = new ArrayList<>();
          for (JsonNode k : node.path("kept")) {
            kept.add(
                new IndexEntry.Kept(
                    text(k, "key"), text(k, "etag"), optional(k, "side"), text(k, "attempt")));
          }
          return new IndexEntry(
              Fid.parse(text(node, "fid")),
              text(node, "key"),
              text(node, "etag"),
              number(node, "size"),
              Sha256.parse(text(node, "sha256")),
              number(node, "bodySize"),
              Long.parseUnsignedLong(text(node, "dataVersion")),
              (int) number(node, "archive"),
              text(node, "attempt"),
              optional(node, "side"),
              kept);
        });
  }

  static byte[] holder(Holder holder) {
    ObjectNode node = JSON.createObjectNode();
    node.put("fid", holder.fid().toString());
    optional(node, "attempt", holder.attemptOrNull());
    return bytes(node);
  }

  static Holder holder(String id, byte[] payload) throws IOException {
    return read(
        id, payload, node -> new Holder(Fid.parse(text(node, "fid")), optional(node, "attempt")));
  }

  static byte[] part(JournalledPart part) {
    ObjectNode node = JSON.createObjectNode();
    node.put("number", part.part().number());
    node.put("etag", part.part().etag());
    node.put("size", part.part().size());
    node.put("crc32c", Integer.toUnsignedLong(part.crc()));
    return bytes(node);
  }

  static JournalledPart part(String id, byte[] payload) throws IOException {
    return read(
        id,
        payload,
        node ->
            new JournalledPart(
                new UploadPart(
                    (int) number(node, "number"), text(node, "etag"), number(node, "size")),
                (int) number(node, "crc32c")));
  }

  static byte[] intent(Intent intent) {
    ObjectNode node = JSON.createObjectNode();
    node.put("attempt", intent.attempt());
    node.put("fid", intent.fid().toString());
    if (intent instanceof Intent.Publish p) {
      node.put("type", "publish");
      node.put("key", p.key());
      optional(node, "kept", p.keptKey());
      optional(node, "side", p.sideKey());
      optional(node, "upload", p.uploadId());
      node.put("parts", p.isUpload());
      node.put("begun", p.begunMillis());
      node.put("size", p.content().size());
      node.put("sha256", p.content().sha256());
      node.put("bodySize", p.content().bodySize());
      node.put("dataVersion", Long.toUnsignedString(p.content().dataVersion()));
      node.put("archive", p.content().archive());
    } else if (intent instanceof Intent.Move m) {
      node.put("type", "move");
      node.put("from", m.from());
      node.put("etag", m.etag());
      node.put("to", m.to());
    } else {
      node.put("type", "remove");
    }
    return bytes(node);
  }

  static Intent intent(String id, byte[] payload) throws IOException {
    return read(
        id,
        payload,
        node -> {
          String attempt = text(node, "attempt");
          Fid fid = Fid.parse(text(node, "fid"));
          return switch (text(node, "type")) {
            case "publish" ->
                new Intent.Publish(
                    attempt,
                    fid,
                    text(node, "key"),
                    optional(node, "kept"),
                    optional(node, "side"),
                    new Intent.Content(
                        number(node, "size"),
                        text(node, "sha256"),
                        number(node, "bodySize"),
                        Long.parseUnsignedLong(text(node, "dataVersion")),
                        (int) number(node, "archive")),
                    optional(node, "upload"),
                    node.path("parts").asBoolean(),
                    number(node, "begun"));
            case "move" ->
                new Intent.Move(
                    attempt, fid, text(node, "from"), text(node, "etag"), text(node, "to"));
            case "remove" -> new Intent.Remove(attempt, fid);
            default -> throw new IllegalArgumentException("its type is not known");
          };
        });
  }

  private interface Reader<T> {
    T read(JsonNode node);
  }

  private static <T> T read(String id, byte[] payload, Reader<T> reader) throws IOException {
    try {
      return reader.read(JSON.readTree(payload));
    } catch (IOException | IllegalArgumentException e) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot read the mirror's index at "
              + id
              + ": "
              + e.getMessage()
              + ". Rebuild the index from the store.",
          e);
    }
  }

  private static byte[] bytes(ObjectNode node) {
    return node.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void optional(ObjectNode node, String name, @Nullable String value) {
    if (value != null) {
      node.put(name, value);
    }
  }

  private static @Nullable String optional(JsonNode node, String name) {
    JsonNode value = node.get(name);
    return value == null || !value.isTextual() ? null : value.textValue();
  }

  private static String text(JsonNode node, String name) {
    JsonNode value = node.get(name);
    if (value == null || !value.isTextual()) {
      throw new IllegalArgumentException("the text " + name + " is missing");
    }
    return value.textValue();
  }

  private static long number(JsonNode node, String name) {
    JsonNode value = node.get(name);
    if (value == null || !value.isIntegralNumber() || !value.canConvertToLong()) {
      throw new IllegalArgumentException("the number " + name + " is missing");
    }
    return value.longValue();
  }
}
