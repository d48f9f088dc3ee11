// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.time.DateTimeException;
import java.util.Iterator;
import java.util.Set;
import java.util.function.Function;

/** Strict reading and writing of specs that are one small JSON object with a format number. */
public final class SpecJson {
  /** {@code true}. */
  public static final JsonNode TRUE = BooleanNode.TRUE;

  private static final int MAX_BYTES = 1 << 20;

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private SpecJson() {}

  /** An object that begins with its format. */
  public static ObjectNode object(int format) {
    return JSON.createObjectNode().put("format", format);
  }

  /** The tree in UTF-8. */
  public static byte[] encode(ObjectNode node) {
    try {
      return JSON.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A tree of plain values can always be written.", e);
    }
  }

  /** Whatever JSON it is. */
  public static JsonNode tree(byte[] bytes) throws IOException {
    return JSON.readTree(bytes);
  }

  /**
   * Reads a spec.
   *
   * @param kind what it is, for errors
   * @param name which one, for errors
   * @throws IOException a typed one when it is damaged or of another format
   */
  public static <T> T decode(
      String kind, String name, int format, byte[] bytes, Function<JsonNode, T> reader)
      throws IOException {
    try {
      if (bytes.length > MAX_BYTES) {
        throw new IllegalArgumentException("it has more than " + MAX_BYTES + " bytes");
      }
      JsonNode node = JSON.readTree(bytes);
      if (node == null || !node.isObject()) {
        throw new IllegalArgumentException("it is no JSON object");
      }
      int found = integer(node, "format");
      if (found != format) {
        throw new ProviderException(
            ErrorKind.INVALID,
            "Cannot read the "
                + kind
                + " \""
                + name
                + "\": it has format "
                + found
                + ", this build knows "
                + format
                + ". Use the Kmesh release that wrote it.");
      }
      return reader.apply(node);
    } catch (LaterBuildException e) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot read the "
              + kind
              + " \""
              + name
              + "\": "
              + e.getMessage()
              + ", so a later build wrote it. Use the Kmesh release that wrote it.",
          e);
    } catch (JsonProcessingException
        | IllegalArgumentException
        | ArithmeticException
        | DateTimeException e) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot read the "
              + kind
              + " \""
              + name
              + "\": "
              + e.getMessage()
              + ". Delete it and make it anew.",
          e);
    }
  }

  /** What is not of this build: nothing is damaged, and nobody is to delete it. */
  public static final class LaterBuildException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    /** Says what is not known, as the middle of a sentence. */
    public LaterBuildException(String what) {
      super(what);
    }
  }

  /** Refuses what is no object or has another field than these. */
  public static void onlyFields(JsonNode node, Set<String> known) {
    if (!node.isObject()) {
      throw new IllegalArgumentException("an object is missing that has " + known);
    }
    Iterator<String> names = node.fieldNames();
    while (names.hasNext()) {
      String name = names.next();
      if (!known.contains(name)) {
        throw new LaterBuildException("the field \"" + name + "\" is not known here");
      }
    }
  }

  /** A field that is an object of exactly one field. */
  public static JsonNode single(JsonNode node, String field) {
    JsonNode value = required(node, field);
    if (!value.isObject() || value.size() != 1) {
      throw new IllegalArgumentException("\"" + field + "\" is no object of one field");
    }
    return value;
  }

  /** A field that must be there. */
  public static JsonNode required(JsonNode node, String field) {
    JsonNode value = node.get(field);
    if (value == null) {
      throw new IllegalArgumentException("the field \"" + field + "\" is missing");
    }
    return value;
  }

  /** A text. */
  public static String text(JsonNode node, String field) {
    JsonNode value = required(node, field);
    if (!value.isTextual()) {
      throw new IllegalArgumentException("the field \"" + field + "\" is no text");
    }
    return value.textValue();
  }

  /** A name out of those that this build knows. */
  public static <E extends Enum<E>> E oneOf(JsonNode node, String field, Class<E> type) {
    String name = text(node, field);
    for (E one : type.getEnumConstants()) {
      if (one.name().equals(name)) {
        return one;
      }
    }
    throw new LaterBuildException("the " + field + " \"" + name + "\" is not known here");
  }

  /** A whole number from 0 on. */
  public static long count(JsonNode node, String field) {
    JsonNode value = required(node, field);
    if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
      throw new IllegalArgumentException("\"" + field + "\" is no whole number from 0 on");
    }
    return value.longValue();
  }

  /** A whole number. */
  public static int integer(JsonNode node, String field) {
    JsonNode value = required(node, field);
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw new IllegalArgumentException("the field \"" + field + "\" is no whole number");
    }
    return value.intValue();
  }
}
