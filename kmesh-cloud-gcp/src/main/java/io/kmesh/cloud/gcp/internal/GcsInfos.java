// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal;

import com.fasterxml.jackson.databind.JsonNode;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStorage;
import io.kmesh.spi.store.StorageClass;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import okhttp3.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Objects as the store's answers tell them. The ETag and the version's id are the generation. Times
 * are whole seconds, since the header of a download has no more.
 */
final class GcsInfos {
  /** The fields of a resource that are read. */
  static final String FIELDS = "name,size,generation,updated,crc32c,storageClass,metadata";

  private static final String META = "x-goog-meta-";

  private GcsInfos() {}

  static ObjectInfo of(JsonNode resource) throws IOException {
    try {
      return new ObjectInfo(
          text(resource, "name"),
          Long.parseLong(text(resource, "size")),
          text(resource, "generation"),
          text(resource, "generation"),
          Instant.parse(text(resource, "updated")).truncatedTo(ChronoUnit.SECONDS),
          metadata(resource.path("metadata")),
          null,
          crc32c(resource.path("crc32c").asText("")),
          storage(resource.path("storageClass").asText("")));
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new IOException("The store's description of an object can't be read: " + e, e);
    }
  }

  private static String text(JsonNode resource, String field) throws IOException {
    JsonNode value = resource.get(field);
    if (value == null || !value.isTextual()) {
      throw new IOException("The store's description of an object has no " + field + ".");
    }
    return value.textValue();
  }

  private static Map<String, String> metadata(JsonNode node) {
    Map<String, String> metadata = new TreeMap<>();
    node.properties().forEach(e -> metadata.put(e.getKey(), e.getValue().asText()));
    return metadata;
  }

  /** From the headers of a download. */
  static ObjectInfo of(String key, Headers headers) throws IOException {
    try {
      Map<String, String> metadata = new TreeMap<>();
      for (int i = 0; i < headers.size(); i++) {
        String name = headers.name(i).toLowerCase(Locale.ROOT);
        if (name.startsWith(META)) {
          metadata.put(name.substring(META.length()), headers.value(i));
        }
      }
      String generation = header(headers, "x-goog-generation");
      return new ObjectInfo(
          key,
          Long.parseLong(header(headers, "x-goog-stored-content-length")),
          generation,
          generation,
          ZonedDateTime.parse(
                  header(headers, "Last-Modified"), DateTimeFormatter.RFC_1123_DATE_TIME)
              .toInstant(),
          metadata,
          null,
          crc32cOf(headers),
          storage(String.valueOf(headers.get("x-goog-storage-class"))));
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new IOException("The headers of a download can't be read: " + e, e);
    }
  }

  private static String header(Headers headers, String name) throws IOException {
    String value = headers.get(name);
    if (value == null) {
      throw new IOException("The download has no header " + name + ".");
    }
    return value;
  }

  private static @Nullable Crc32c crc32cOf(Headers headers) {
    for (String header : headers.values("x-goog-hash")) {
      for (String one : header.split(",", -1)) {
        if (one.strip().startsWith("crc32c=")) {
          return crc32c(one.strip().substring(7));
        }
      }
    }
    return null;
  }

  private static @Nullable Crc32c crc32c(String base64) {
    byte[] bytes = Base64.getDecoder().decode(base64);
    return bytes.length == 4 ? new Crc32c(ByteBuffer.wrap(bytes).getInt()) : null;
  }

  /** As the API writes it. */
  static String base64(Crc32c crc32c) {
    return Base64.getEncoder()
        .encodeToString(ByteBuffer.allocate(4).putInt(crc32c.value()).array());
  }

  private static @Nullable ObjectStorage storage(String name) {
    return name.isEmpty() ? null : ObjectStorage.readable(new StorageClass(name));
  }
}
