// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import io.kmesh.spi.store.Availability;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStorage;
import io.kmesh.spi.store.Sha256;
import io.kmesh.spi.store.StorageClass;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ObjectVersion;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Turns what S3 says of an object into ours. */
final class S3Infos {
  private static final Set<String> ARCHIVES = Set.of("GLACIER", "DEEP_ARCHIVE");
  private static final Pattern EXPIRY = Pattern.compile("expiry-date=\"([^\"]+)\"");

  /** Whether the server has classes, so that an object without one is of the default one. */
  private final boolean hasClasses;

  S3Infos(boolean hasClasses) {
    this.hasClasses = hasClasses;
  }

  ObjectInfo of(String key, HeadObjectResponse r) {
    boolean isWhole = !"COMPOSITE".equals(r.checksumTypeAsString());
    return new ObjectInfo(
        key,
        r.contentLength() == null ? 0 : r.contentLength(),
        plain(r.eTag()),
        version(r.versionId()),
        time(r.lastModified(), r.sdkHttpResponse()),
        metadata(r.metadata()),
        isWhole ? sha256(r.checksumSHA256()) : null,
        isWhole ? crc32c(r.checksumCRC32C()) : null,
        storage(r.storageClassAsString(), r.archiveStatusAsString(), r.restore()));
  }

  /** Of a read, whose range tells the size. */
  ObjectInfo of(String key, ReadHead r, long size) {
    return new ObjectInfo(
        key,
        size,
        plain(r.etag()),
        version(r.version()),
        r.written(),
        r.metadata(),
        null,
        null,
        storage(r.storageClass(), null, r.restore()));
  }

  ObjectInfo of(S3Object o) {
    String restore =
        o.restoreStatus() == null || o.restoreStatus().isRestoreInProgress() == null
            ? null
            : "ongoing-request=\"" + o.restoreStatus().isRestoreInProgress() + "\"";
    return new ObjectInfo(
        o.key(),
        o.size() == null ? 0 : o.size(),
        plain(o.eTag()),
        null,
        time(o.lastModified(), null),
        Map.of(),
        null,
        null,
        storage(o.storageClassAsString(), null, restore));
  }

  ObjectInfo of(ObjectVersion v) {
    return new ObjectInfo(
        v.key(),
        v.size() == null ? 0 : v.size(),
        plain(v.eTag()),
        v.versionId(),
        time(v.lastModified(), null),
        Map.of(),
        null,
        null,
        storage(v.storageClassAsString(), null, null));
  }

  private @Nullable ObjectStorage storage(
      @Nullable String name, @Nullable String archive, @Nullable String restore) {
    if (!hasClasses) {
      return null;
    }
    StorageClass storageClass =
        new StorageClass(name == null || name.isEmpty() ? "STANDARD" : name);
    if (restore != null && restore.contains("ongoing-request=\"true\"")) {
      return new ObjectStorage(storageClass, Availability.RESTORING, null);
    }
    boolean isArchived = archive != null || ARCHIVES.contains(storageClass.name());
    if (restore == null) {
      return new ObjectStorage(
          storageClass, isArchived ? Availability.ARCHIVED : Availability.READABLE, null);
    }
    Matcher matcher = EXPIRY.matcher(restore);
    Instant until = matcher.find() ? httpTime(matcher.group(1)) : null;
    return new ObjectStorage(storageClass, Availability.READABLE, until);
  }

  /** Without the quotes, which some answers have and others lack. */
  static String plain(@Nullable String etag) {
    if (etag == null) {
      return "";
    }
    boolean isQuoted = etag.length() >= 2 && etag.startsWith("\"") && etag.endsWith("\"");
    return isQuoted ? etag.substring(1, etag.length() - 1) : etag;
  }

  static String quoted(String etag) {
    return "\"" + etag + "\"";
  }

  static @Nullable String version(@Nullable String id) {
    return id == null || id.equals("null") ? null : id;
  }

  static Map<String, String> metadata(Map<String, String> given) {
    Map<String, String> lower = new TreeMap<>();
    given.forEach((name, value) -> lower.put(name.toLowerCase(Locale.ROOT), value));
    return lower;
  }

  /** When it was written; for an answer that does not say so, when it was given. */
  static Instant time(@Nullable Instant said, @Nullable SdkHttpResponse response) {
    if (said != null) {
      return said;
    }
    Instant answered =
        response == null
            ? null
            : response.firstMatchingHeader("Date").map(S3Infos::httpTime).orElse(null);
    return answered == null ? Instant.EPOCH : answered;
  }

  static @Nullable Instant httpTime(String text) {
    return HttpTime.of(text);
  }

  static @Nullable Sha256 sha256(@Nullable String base64) {
    byte[] bytes = decoded(base64, 32);
    return bytes == null ? null : new Sha256(bytes);
  }

  static @Nullable Crc32c crc32c(@Nullable String base64) {
    byte[] bytes = decoded(base64, 4);
    return bytes == null ? null : new Crc32c(ByteBuffer.wrap(bytes).getInt());
  }

  static String base64(Sha256 sha256) {
    return Base64.getEncoder().encodeToString(sha256.bytes());
  }

  static String base64(Crc32c crc) {
    return Base64.getEncoder().encodeToString(ByteBuffer.allocate(4).putInt(crc.value()).array());
  }

  /** Null for what is not the checksum of a whole object, such as one of parts with their count. */
  private static byte @Nullable [] decoded(@Nullable String base64, int length) {
    if (base64 == null) {
      return null;
    }
    try {
      byte[] bytes = Base64.getDecoder().decode(base64);
      return bytes.length == length ? bytes : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
