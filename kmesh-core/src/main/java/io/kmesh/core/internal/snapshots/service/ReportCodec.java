// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.hsm.ReportJson;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * The JSON form of a result: docs/format/operations.md, version 0.
 *
 * @param <T> the type of the result
 * @param type its class
 * @param writer adds its fields
 * @param reader makes it of its fields; what is missing is an IllegalArgumentException
 */
record ReportCodec<T>(
    Class<T> type, BiConsumer<ObjectNode, T> writer, Function<JsonNode, T> reader) {
  ObjectNode encode(T result) {
    ObjectNode json = ReportJson.object();
    writer.accept(json, result);
    return json;
  }

  T decode(JsonNode json) throws IOException {
    ReportJson.checked(json);
    try {
      return reader.apply(json);
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot read the result of an operation: "
              + e.getMessage()
              + ". Start the operation anew.",
          e);
    }
  }

  static long number(JsonNode json, String field) {
    JsonNode value = json.path(field);
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw new IllegalArgumentException("\"" + field + "\" is no number");
    }
    return value.longValue();
  }

  static DataSize size(JsonNode json, String field) {
    return DataSize.ofBytes(number(json, field));
  }

  static String text(JsonNode json, String field) {
    JsonNode value = json.path(field);
    if (!value.isTextual()) {
      throw new IllegalArgumentException("\"" + field + "\" is no text");
    }
    return value.textValue();
  }

  static void putTexts(ObjectNode json, String field, List<String> texts) {
    ArrayNode list = json.putArray(field);
    texts.forEach(list::add);
  }

  static List<String> texts(JsonNode json, String field) {
    List<String> texts = new ArrayList<>();
    json.path(field).forEach(text -> texts.add(text.asText()));
    return texts;
  }
}
