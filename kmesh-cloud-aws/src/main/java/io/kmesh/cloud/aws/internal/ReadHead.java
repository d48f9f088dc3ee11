// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import io.kmesh.cloud.aws.internal.http.HttpReply;
import java.io.IOException;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * What the answer to a read says of its object; null is what it does not say.
 *
 * @param length the bytes that come
 * @param range Content-Range
 * @param written when the object was written; for an answer that does not say so, when it was given
 * @param metadata the object's own, with names in small letters
 */
record ReadHead(
    @Nullable Long length,
    @Nullable String range,
    @Nullable String etag,
    @Nullable String version,
    Instant written,
    Map<String, String> metadata,
    @Nullable String storageClass,
    @Nullable String restore) {

  /** Of an answer that the SDK read. */
  static ReadHead of(GetObjectResponse r) {
    return new ReadHead(
        r.contentLength(),
        r.contentRange(),
        r.eTag(),
        r.versionId(),
        S3Infos.time(r.lastModified(), r.sdkHttpResponse()),
        S3Infos.metadata(r.metadata()),
        r.storageClassAsString(),
        r.restore());
  }

  /** Of an answer on a connection of ours. */
  static ReadHead of(HttpReply reply) throws IOException {
    Lines lines = new Lines();
    reply.headers(lines::add);
    String time = lines.modified == null ? lines.date : lines.modified;
    Instant written = time == null ? null : S3Infos.httpTime(time);
    if (written == null && lines.modified != null && lines.date != null) {
      written = S3Infos.httpTime(lines.date);
    }
    return new ReadHead(
        S3Headers.length(lines.length),
        lines.range,
        lines.etag,
        lines.version,
        written == null ? Instant.EPOCH : written,
        lines.metadata,
        lines.storageClass,
        lines.restore);
  }

  /** The lines of a head in one pass; of a name that comes twice the first. */
  private static final class Lines {
    private final Map<String, String> metadata = new TreeMap<>();
    private @Nullable String length;
    private @Nullable String range;
    private @Nullable String etag;
    private @Nullable String version;
    private @Nullable String modified;
    private @Nullable String date;
    private @Nullable String storageClass;
    private @Nullable String restore;

    void add(String name, String value) {
      if (name.regionMatches(true, 0, S3Headers.METADATA, 0, S3Headers.METADATA.length())) {
        String own = name.substring(S3Headers.METADATA.length()).toLowerCase(Locale.ROOT);
        metadata.putIfAbsent(own, value);
        return;
      }
      switch (name.toLowerCase(Locale.ROOT)) {
        case "content-length" -> length = first(length, value);
        case "content-range" -> range = first(range, value);
        case "etag" -> etag = first(etag, value);
        case S3Headers.VERSION -> version = first(version, value);
        case "last-modified" -> modified = first(modified, value);
        case "date" -> date = first(date, value);
        case "x-amz-storage-class" -> storageClass = first(storageClass, value);
        case "x-amz-restore" -> restore = first(restore, value);
        default -> {
          // not asked for
        }
      }
    }

    private static String first(@Nullable String known, String value) {
      return known == null ? value : known;
    }
  }
}
