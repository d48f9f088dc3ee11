// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** What the JSON objects of this package share. Stateless. */
final class KeyJson {
  /** The version of all of them. */
  static final int FORMAT = 0;

  static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private KeyJson() {}

  static JsonNode read(String what, byte[] text) throws ProviderException {
    try (JsonParser parser = JSON.createParser(text)) {
      JsonNode node = JSON.readTree(parser);
      if (node == null || !node.isObject() || parser.nextToken() != null) {
        throw damaged(what, "it is no JSON object", null);
      }
      return node;
    } catch (ProviderException e) {
      throw e;
    } catch (IOException | RuntimeException | StackOverflowError e) {
      // The cause would quote the object.
      throw damaged(what, "it is no JSON (" + e.getClass().getSimpleName() + ")", null);
    }
  }

  static byte[] bytes(ObjectNode node) {
    return node.toString().getBytes(StandardCharsets.UTF_8);
  }

  static void requireFormat(String what, JsonNode node) throws ProviderException {
    JsonNode format = node.path("format");
    if (!format.isIntegralNumber()) {
      throw damaged(what, "it has no format", null);
    }
    if (!format.canConvertToInt() || format.intValue() != FORMAT) {
      throw unknown(what, "format", format.asText());
    }
  }

  static String text(String what, JsonNode node, String name) throws ProviderException {
    JsonNode value = node.path(name);
    if (!value.isTextual()) {
      throw damaged(what, "the text " + name + " is missing", null);
    }
    return value.textValue();
  }

  static int number(String what, JsonNode node, String name) throws ProviderException {
    JsonNode value = node.path(name);
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw damaged(what, "the number " + name + " is missing", null);
    }
    return value.intValue();
  }

  static byte[] base64(String what, JsonNode node, String name) throws ProviderException {
    String text = text(what, node, name);
    try {
      byte[] bytes = Base64.getDecoder().decode(text);
      if (Base64.getEncoder().encodeToString(bytes).equals(text)) {
        return bytes;
      }
    } catch (IllegalArgumentException e) {
      // Said below: the JDK's message would quote the text.
    }
    throw damaged(what, name + " is no base64", null);
  }

  static ProviderException unknown(String what, String member, String value) {
    String shown = value.length() > 40 ? value.substring(0, 40) + "..." : value;
    return new ProviderException(
        ErrorKind.UNSUPPORTED,
        "Cannot read "
            + what
            + ": its "
            + member
            + " is "
            + printable(shown)
            + ", which this Kmesh does not know. Use the Kmesh that wrote it, or a newer one.");
  }

  static String printable(String text) {
    return text.replaceAll("[^\\x20-\\x7e]", "?");
  }

  static ProviderException damaged(String what, String reason, @Nullable Throwable cause) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot read "
            + what
            + ": "
            + reason
            + ". Read it again; if it stays so, bring it back from a copy of the store.",
        cause);
  }
}
