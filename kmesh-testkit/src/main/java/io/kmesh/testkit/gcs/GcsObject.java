// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.gcs;

import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One generation of an object. Its bytes never change; what can change is under the bucket's lock.
 */
final class GcsObject {
  private static final Set<String> FIELDS =
      Set.of(
          "contentType",
          "contentEncoding",
          "contentLanguage",
          "contentDisposition",
          "cacheControl");
  private static final Set<String> IGNORED =
      Set.of(
          "name", "bucket", "kind", "crc32c", "md5Hash", "acl", "generation", "customTime", "size");

  private final String name;
  private final long generation;
  private final byte[] bytes;
  private final String crc32c;
  private final @Nullable String md5;
  private final @Nullable Integer components;
  private final Instant created;
  private final String storageClass;
  private final Map<String, String> fields = new TreeMap<>();
  private final Map<String, String> metadata = new TreeMap<>();
  private Instant updated;
  private long metageneration = 1;
  private @Nullable Instant deleted;

  /** An object that is not composed. */
  GcsObject(String name, long generation, byte[] bytes, Instant now, String storageClass) {
    this(name, generation, bytes, now, storageClass, null);
  }

  /** An object of so many components, which has no MD5; null for one that is not composed. */
  GcsObject(
      String name,
      long generation,
      byte[] bytes,
      Instant now,
      String storageClass,
      @Nullable Integer components) {
    this.name = name;
    this.generation = generation;
    this.bytes = bytes;
    this.crc32c = crc32c(bytes);
    this.md5 = components == null ? md5(bytes) : null;
    this.components = components;
    this.created = now;
    this.updated = now;
    this.storageClass = storageClass;
  }

  static String crc32c(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    byte[] big = ByteBuffer.allocate(4).putInt((int) crc.getValue()).array();
    return Base64.getEncoder().encodeToString(big);
  }

  static String md5(byte[] bytes) {
    try {
      return Base64.getEncoder().encodeToString(MessageDigest.getInstance("MD5").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java runtime has MD5.", e);
    }
  }

  /** Takes the writable fields of a resource; a field that is none of one is refused. */
  void take(Map<String, Object> resource) throws GcsError {
    for (Map.Entry<String, Object> entry : resource.entrySet()) {
      String field = entry.getKey();
      if (field.equals("metadata")) {
        metadata.putAll(GcsNames.metadata(entry.getValue()));
      } else if (FIELDS.contains(field) && entry.getValue() instanceof String s) {
        fields.put(field, s);
      } else if (!IGNORED.contains(field) && !field.equals("storageClass")) {
        throw GcsError.invalid("Unknown or read-only field of an object: " + field);
      }
    }
  }

  /** Changes what a patch names; null takes a field or an entry of the metadata away. */
  void patch(Map<String, Object> resource, Instant now) throws GcsError {
    Map<String, String> after = new TreeMap<>(metadata);
    for (Map.Entry<String, Object> entry : resource.entrySet()) {
      if (entry.getKey().equals("metadata") && entry.getValue() instanceof Map<?, ?> map) {
        for (Map.Entry<?, ?> one : map.entrySet()) {
          after.remove(String.valueOf(one.getKey()));
          if (one.getValue() != null) {
            after.put(String.valueOf(one.getKey()), String.valueOf(one.getValue()));
          }
        }
      } else if (entry.getKey().equals("metadata") && entry.getValue() == null) {
        after.clear();
      } else if (FIELDS.contains(entry.getKey())) {
        fields.remove(entry.getKey());
        if (entry.getValue() instanceof String s) {
          fields.put(entry.getKey(), s);
        }
      } else {
        throw GcsError.invalid("Cannot patch the field " + entry.getKey() + ".");
      }
    }
    Map<String, String> checked = GcsNames.metadata(after);
    metadata.clear();
    metadata.putAll(checked);
    metageneration++;
    updated = now;
  }

  void copyFields(GcsObject from) {
    fields.putAll(from.fields);
    metadata.putAll(from.metadata);
  }

  String name() {
    return name;
  }

  long generation() {
    return generation;
  }

  long metageneration() {
    return metageneration;
  }

  byte[] bytes() {
    return bytes;
  }

  String crc32c() {
    return crc32c;
  }

  @Nullable String md5() {
    return md5;
  }

  int components() {
    return components == null ? 1 : components;
  }

  boolean isComposite() {
    return components != null;
  }

  String storageClass() {
    return storageClass;
  }

  Map<String, String> metadata() {
    return metadata;
  }

  Instant updated() {
    return updated;
  }

  String field(String field, String otherwise) {
    return fields.getOrDefault(field, otherwise);
  }

  boolean isLive() {
    return deleted == null;
  }

  void delete(Instant now) {
    deleted = now;
  }

  String hash() {
    return "crc32c=" + crc32c + (md5 == null ? "" : ",md5=" + md5);
  }

  /** The object resource of the JSON API; numbers of 64 bits are strings there. */
  /** What the service says of it, with URLs of the server. */
  Map<String, Object> resource(String endpoint, String bucket) {
    Map<String, Object> r = new LinkedHashMap<>();
    r.put("kind", "storage#object");
    r.put("id", bucket + "/" + name + "/" + generation);
    String path = "/storage/v1/b/" + encoded(bucket) + "/o/" + encoded(name);
    r.put("selfLink", endpoint + path);
    r.put("mediaLink", endpoint + "/download" + path + "?generation=" + generation + "&alt=media");
    r.put("name", name);
    r.put("bucket", bucket);
    r.put("generation", Long.toString(generation));
    r.put("metageneration", Long.toString(metageneration));
    r.put("contentType", field("contentType", "application/octet-stream"));
    r.putAll(fields);
    r.put("storageClass", storageClass);
    r.put("size", Integer.toString(bytes.length));
    r.put("crc32c", crc32c);
    if (md5 != null) {
      r.put("md5Hash", md5);
    }
    if (components != null) {
      r.put("componentCount", components);
    }
    r.put("etag", "CO" + Long.toString(generation, 36) + "/" + metageneration);
    r.put("timeCreated", created.toString());
    r.put("updated", updated.toString());
    r.put("timeStorageClassUpdated", created.toString());
    if (deleted != null) {
      r.put("timeDeleted", deleted.toString());
    }
    if (!metadata.isEmpty()) {
      r.put("metadata", new TreeMap<>(metadata));
    }
    return r;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
