// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal;

import io.kmesh.spi.store.StorageClass;
import io.kmesh.spi.store.Upload;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An upload's id and the names of its objects: {@code RANDOM-HASH[-CLASS]}, see
 * docs/format/gcs-uploads.md. The hash is that of the key, so that an id of another key is known
 * without a request.
 */
record GcsUploadId(String folder, String id) {
  private static final Pattern FORM =
      Pattern.compile("[0-9a-f]{32}-([0-9a-f]{16})(?:-([A-Z_]{1,40}))?");
  private static final Pattern PART = Pattern.compile("p(\\d{5})");

  static GcsUploadId create(String folder, String key, @Nullable StorageClass storageClass) {
    String random = UUID.randomUUID().toString().replace("-", "");
    String end = storageClass == null ? "" : "-" + storageClass.name();
    return new GcsUploadId(folder, random + "-" + hash(key) + end);
  }

  /** The id of an upload; null when it can't be one of its key. */
  static @Nullable GcsUploadId of(String folder, Upload upload) {
    Matcher matcher = FORM.matcher(upload.id());
    return matcher.matches() && matcher.group(1).equals(hash(upload.key()))
        ? new GcsUploadId(folder, upload.id())
        : null;
  }

  @Nullable StorageClass storageClass() {
    Matcher matcher = FORM.matcher(id);
    String name = matcher.matches() ? matcher.group(2) : null;
    return name == null ? null : new StorageClass(name);
  }

  static String markers(String folder) {
    return folder + "open/";
  }

  String marker() {
    return markers(folder) + id;
  }

  String parts() {
    return folder + "parts/" + id + "/";
  }

  String part(int number) {
    return parts() + String.format("p%05d", number);
  }

  /** A part of parts, since one compose takes 32 sources. */
  String join(int level, int number) {
    return parts() + String.format("c%d-%05d", level, number);
  }

  /** The number of a part by its object's name; 0 for another object. */
  int number(String name) {
    Matcher matcher = PART.matcher(name.substring(parts().length()));
    return matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
  }

  private static String hash(String key) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java runtime has SHA-256.", e);
    }
  }
}
