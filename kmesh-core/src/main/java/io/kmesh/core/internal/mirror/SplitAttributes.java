// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Attributes divided between an object's metadata and its side object.
 *
 * @param metadata what goes to the object
 * @param side what goes to the side object; empty when none is needed
 */
public record SplitAttributes(SortedMap<String, String> metadata, SortedMap<String, String> side) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What always stays with the object: a scan must find it without another request. */
  private static final Set<String> STAYS =
      Set.of(
          MirrorAttributes.FORMAT,
          MirrorAttributes.TYPE,
          MirrorAttributes.ATTEMPT,
          MirrorAttributes.FID,
          MirrorAttributes.SIDE,
          MirrorAttributes.SIZE);

  /**
   * Divides attributes: first those of {@code late} go to the side, then the largest until the rest
   * fits.
   *
   * @param limit the most bytes of names and values in the metadata
   * @param late names whose values are known only after the object was begun
   * @param sideKey the side object's key
   */
  public static SplitAttributes of(
      SortedMap<String, String> values, int limit, Set<String> late, String sideKey) {
    TreeMap<String, String> metadata = new TreeMap<>(values);
    TreeMap<String, String> side = new TreeMap<>();
    for (String name : late) {
      String value = metadata.remove(name);
      if (value != null) {
        side.put(name, value);
      }
    }
    if (!late.isEmpty()) {
      metadata.put(MirrorAttributes.SIDE, sideKey);
    }
    while (sizeOf(metadata) > limit) {
      metadata.put(MirrorAttributes.SIDE, sideKey);
      String largest = "";
      String value = "";
      for (Map.Entry<String, String> entry : metadata.entrySet()) {
        if (!stays(entry.getKey()) && entry.getValue().length() > value.length()) {
          largest = entry.getKey();
          value = entry.getValue();
        }
      }
      if (largest.isEmpty()) {
        break;
      }
      metadata.remove(largest);
      side.put(largest, value);
    }
    return new SplitAttributes(metadata, side);
  }

  /** Words of others are of use only where those look for them. */
  private static boolean stays(String name) {
    return STAYS.contains(name) || !name.startsWith(MirrorAttributes.OWN);
  }

  /** The bytes of names and values. */
  static int sizeOf(Map<String, String> metadata) {
    int sum = 0;
    for (Map.Entry<String, String> entry : metadata.entrySet()) {
      sum += entry.getKey().length() + entry.getValue().length();
    }
    return sum;
  }

  /** The side object's key, when there is one. */
  public Optional<String> sideKey() {
    return Optional.ofNullable(metadata.get(MirrorAttributes.SIDE));
  }

  /** The side object's body. */
  static byte[] sideBody(SortedMap<String, String> side) {
    ObjectNode node = JSON.createObjectNode();
    side.forEach(node::put);
    return node.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Reads a side object's body. */
  static SortedMap<String, String> readSide(String key, byte[] body) throws ProviderException {
    TreeMap<String, String> side = new TreeMap<>();
    try {
      JsonNode node = JSON.readTree(body);
      if (node == null || !node.isObject()) {
        throw corrupt(key, null);
      }
      for (Map.Entry<String, JsonNode> member : node.properties()) {
        if (!member.getValue().isTextual()) {
          throw corrupt(key, null);
        }
        side.put(member.getKey(), member.getValue().textValue());
      }
      return side;
    } catch (JsonProcessingException e) {
      throw corrupt(key, e);
    } catch (ProviderException e) {
      throw e;
    } catch (IOException e) {
      throw corrupt(key, e);
    }
  }

  private static ProviderException corrupt(
      String key, @org.jspecify.annotations.Nullable Throwable cause) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot read the side object "
            + key
            + ": it is not a JSON object of texts. "
            + "Archive the file again.",
        cause);
  }
}
