// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Bytes that somebody may send or leave in place of a JSON object: cut, with flipped bits, with
 * something behind, or JSON with fields that went, came, or have a value of another kind, another
 * size or another depth.
 */
public final class HostileJson {
  private static final JsonMapper JSON = new JsonMapper();
  private static final JsonNodeFactory MAKE = JsonNodeFactory.instance;

  private HostileJson() {}

  /** What becomes of an object: the same for the same seed. */
  public static byte[] damage(String whole, long seed) {
    Random random = new Random(seed);
    byte[] bytes = whole.getBytes(UTF_8);
    switch (random.nextInt(8)) {
      case 0 -> {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        return bytes;
      }
      case 1 -> {
        return Arrays.copyOf(bytes, random.nextInt(bytes.length));
      }
      case 2 -> {
        byte[] more = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(4));
        for (int i = bytes.length; i < more.length; i++) {
          more[i] = (byte) " {}[],\"0\0\n".charAt(random.nextInt(10));
        }
        return more;
      }
      default -> {
        return withOtherFields(whole, random);
      }
    }
  }

  private static byte[] withOtherFields(String whole, Random random) {
    try {
      JsonNode json = JSON.readTree(whole);
      int times = 1 + random.nextInt(2);
      for (int i = 0; i < times; i++) {
        List<JsonNode> inner = new ArrayList<>();
        collect(json, inner);
        change(inner.get(random.nextInt(inner.size())), random);
      }
      return JSON.writeValueAsBytes(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void collect(JsonNode json, List<JsonNode> into) {
    if (json.isContainerNode()) {
      into.add(json);
      json.forEach(one -> collect(one, into));
    }
  }

  private static void change(JsonNode json, Random random) {
    if (json instanceof ObjectNode object) {
      List<String> names = new ArrayList<>();
      object.fieldNames().forEachRemaining(names::add);
      if (names.isEmpty() || random.nextInt(12) == 0) {
        object.set("another", value(MAKE.nullNode(), random));
        return;
      }
      String name = names.get(random.nextInt(names.size()));
      if (random.nextInt(4) == 0) {
        object.remove(name);
      } else {
        object.set(name, value(object.get(name), random));
      }
    } else if (json instanceof ArrayNode array) {
      if (array.isEmpty() || random.nextInt(3) == 0) {
        array.add(value(MAKE.nullNode(), random));
      } else if (random.nextInt(4) == 0) {
        JsonNode one = array.get(0).deepCopy();
        for (int i = 0; i < 1_100; i++) {
          array.add(one);
        }
      } else {
        int at = random.nextInt(array.size());
        array.set(at, value(array.get(at), random));
      }
    }
  }

  private static JsonNode value(JsonNode before, Random random) {
    return switch (random.nextInt(16)) {
      case 0 -> MAKE.nullNode();
      case 1 -> MAKE.booleanNode(random.nextBoolean());
      case 2 -> MAKE.numberNode(-1);
      case 3 -> MAKE.numberNode(Long.MAX_VALUE);
      case 4 -> MAKE.numberNode(Long.MIN_VALUE);
      case 5 -> MAKE.numberNode(BigInteger.ONE.shiftLeft(64).add(BigInteger.ONE));
      case 6 -> MAKE.numberNode(Stream.of(0.5, 1e300, -0.0).toList().get(random.nextInt(3)));
      case 7 -> MAKE.numberNode(random.nextInt(3));
      case 8 -> MAKE.textNode("");
      case 9 -> MAKE.textNode("\ud800 \0/../..");
      case 10 -> MAKE.textNode("x".repeat(70_000));
      case 11 -> MAKE.textNode(before.asText() + "0");
      case 12 -> MAKE.arrayNode().add(before);
      case 13 -> MAKE.objectNode().set("of", before);
      case 14 -> deep();
      default -> MAKE.textNode("PT999999999999H");
    };
  }

  private static JsonNode deep() {
    JsonNode json = MAKE.nullNode();
    for (int i = 0; i < 300; i++) {
      json = MAKE.arrayNode().add(json);
    }
    return json;
  }
}
