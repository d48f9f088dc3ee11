// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.operations;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.OperationId;
import io.kmesh.OperationState;
import io.kmesh.Progress;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/** The JSON forms of the journal's records; docs/format/operations.md describes them. Stateless. */
final class OperationCodec {
  /** The version of the forms that this build writes, and the newest that it reads. */
  static final int FORMAT = 0;

  private static final ObjectMapper JSON = new ObjectMapper();

  private OperationCodec() {}

  static byte[] encode(OperationRecord record) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("format", FORMAT)
        .put("type", record.type())
        .put("state", record.state().name())
        .put("attempt", record.attempt())
        .put("created", record.created().toString())
        .put("updated", record.updated().toString());
    if (record.isCancelRequested()) {
      node.put("cancelRequested", true);
    }
    node.set("spec", record.spec());
    Progress progress = record.progress();
    node.putObject("progress")
        .put("itemsDone", progress.itemsDone())
        .put("itemsTotal", progress.itemsTotal())
        .put("bytesDone", progress.bytesDone().bytes())
        .put("bytesTotal", progress.bytesTotal().bytes());
    record.result().ifPresent(result -> node.set("result", result));
    record.error().ifPresent(error -> node.set("error", encode(error)));
    return bytes(node);
  }

  private static ObjectNode encode(OperationError error) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("kind", error.kind().name()).put("message", error.message());
    ObjectNode context = node.putObject("context");
    error.context().forEach(context::put);
    return node;
  }

  /**
   * Reads a record.
   *
   * @throws ProviderException UNSUPPORTED for a newer form, CORRUPT for one that can't be read
   */
  static OperationRecord decode(String id, String owner, int format, byte[] payload)
      throws ProviderException {
    JsonNode node = parse("the operation " + id, format, payload);
    try {
      return new OperationRecord(
          new OperationId(id),
          text(node, "type"),
          owner,
          OperationState.valueOf(text(node, "state")),
          node.path("cancelRequested").asBoolean(false),
          (int) number(node, "attempt"),
          object(node, "spec"),
          progress(object(node, "progress")),
          node.has("result") ? object(node, "result") : null,
          node.has("error") ? error(object(node, "error")) : null,
          Instant.parse(text(node, "created")),
          Instant.parse(text(node, "updated")));
    } catch (IllegalArgumentException | DateTimeException e) {
      throw damaged("the operation " + id, e);
    }
  }

  private static Progress progress(JsonNode node) {
    return new Progress(
        number(node, "itemsDone"),
        number(node, "itemsTotal"),
        DataSize.ofBytes(number(node, "bytesDone")),
        DataSize.ofBytes(number(node, "bytesTotal")));
  }

  private static OperationError error(JsonNode node) {
    Map<String, String> context = new TreeMap<>();
    node.path("context")
        .properties()
        .forEach(field -> context.put(field.getKey(), field.getValue().asText()));
    return new OperationError(
        ErrorKind.valueOf(text(node, "kind")), text(node, "message"), context);
  }

  static byte[] encode(Intent intent) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("format", FORMAT).put("effect", intent.effect());
    node.set("facts", intent.facts());
    return bytes(node);
  }

  static Intent decodeIntent(String operation, String unit, int format, byte[] payload)
      throws ProviderException {
    String what = "the intent " + unit + " of the operation " + operation;
    JsonNode node = parse(what, format, payload);
    try {
      return new Intent(unit, text(node, "effect"), object(node, "facts"));
    } catch (IllegalArgumentException e) {
      throw damaged(what, e);
    }
  }

  private static JsonNode parse(String what, int format, byte[] payload) throws ProviderException {
    requireFormat(what, format);
    JsonNode node;
    try {
      node = JSON.readTree(payload);
    } catch (IOException e) {
      throw damaged(what, e);
    }
    if (node == null || !node.isObject() || !node.path("format").isIntegralNumber()) {
      throw damaged(what, new IllegalArgumentException("it is no JSON object with a format"));
    }
    requireFormat(what, node.path("format").asLong());
    return node;
  }

  private static void requireFormat(String what, long format) throws ProviderException {
    if (format != FORMAT) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot read "
              + what
              + ": it has format "
              + format
              + ", this Kmesh knows "
              + FORMAT
              + ". Use the Kmesh that wrote it, or a newer one.");
    }
  }

  private static ProviderException damaged(String what, Exception cause) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot read "
            + what
            + ": its record is damaged ("
            + cause.getMessage()
            + "). Put back the last good copy of the state.",
        cause);
  }

  private static String text(JsonNode node, String field) {
    JsonNode value = node.path(field);
    if (!value.isTextual()) {
      throw new IllegalArgumentException("no text \"" + field + "\"");
    }
    return value.textValue();
  }

  private static long number(JsonNode node, String field) {
    JsonNode value = node.path(field);
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw new IllegalArgumentException("no number \"" + field + "\"");
    }
    return value.longValue();
  }

  private static ObjectNode object(JsonNode node, String field) {
    if (node.path(field) instanceof ObjectNode object) {
      return object;
    }
    throw new IllegalArgumentException("no object \"" + field + "\"");
  }

  private static byte[] bytes(ObjectNode node) {
    try {
      return JSON.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Cannot write JSON of a tree of values.", e);
    }
  }
}
