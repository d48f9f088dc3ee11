// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.gcs;

import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Get, delete and patch of one object, and get of a bucket. */
final class GcsObjectCalls {
  private static final DateTimeFormatter HTTP_DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final GcsState state;

  GcsObjectCalls(GcsState state) {
    this.state = state;
  }

  GcsReply bucket(GcsRequest request, String name) throws GcsError {
    request.query().allow("projection");
    synchronized (state) {
      GcsBucket bucket = state.bucket(request, name);
      Map<String, Object> r = new LinkedHashMap<>();
      r.put("kind", "storage#bucket");
      r.put("id", name);
      r.put("name", name);
      r.put("location", "US-CENTRAL1");
      r.put("locationType", "region");
      r.put("storageClass", "STANDARD");
      r.put("metageneration", "1");
      r.put("versioning", Map.of("enabled", bucket.isVersioned()));
      return GcsFields.reply(request, r);
    }
  }

  GcsReply storageLayout(GcsRequest request, String name) throws GcsError {
    request.query().allow("prefix");
    synchronized (state) {
      Map<String, Object> r = new LinkedHashMap<>();
      r.put("kind", "storage#storageLayout");
      r.put("bucket", state.bucket(request, name).name());
      r.put("location", "US-CENTRAL1");
      r.put("locationType", "region");
      r.put("hierarchicalNamespace", Map.of("enabled", false));
      return GcsFields.reply(request, r);
    }
  }

  GcsReply get(GcsRequest request, String bucketName, String name) throws GcsError {
    request
        .query()
        .allow(
            "generation",
            "projection",
            "softDeleted",
            "ifGenerationMatch",
            "ifGenerationNotMatch",
            "ifMetagenerationMatch",
            "ifMetagenerationNotMatch");
    GcsNames.object(name);
    synchronized (state) {
      GcsBucket bucket = state.bucket(request, bucketName);
      GcsObject object = state.object(bucket, name, request.query().number("generation"));
      GcsConditions.of(request.query()).check(object, true);
      String alt = request.query().get("alt", "json");
      if (alt.equals("media")) {
        return media(request, object);
      }
      if (!alt.equals("json")) {
        throw GcsError.parameter("Invalid value for alt: " + alt);
      }
      return GcsFields.reply(request, object.resource(state.endpoint(), bucketName));
    }
  }

  /** The XML API's download, which alone shows user metadata beside the bytes. */
  GcsReply xml(GcsRequest request, String bucketName, String name) throws GcsError {
    for (String parameter : new String[] {"generation"}) {
      request.query().allow(parameter);
    }
    GcsNames.object(name);
    synchronized (state) {
      GcsBucket bucket = state.bucket(request, bucketName);
      GcsObject object = state.object(bucket, name, request.query().number("generation"));
      new GcsConditions(
              header(request, "x-goog-if-generation-match"),
              null,
              header(request, "x-goog-if-metageneration-match"),
              null)
          .check(object, true);
      GcsReply reply = media(request, object);
      object.metadata().forEach((n, v) -> reply.header("x-goog-meta-" + n, v));
      return reply;
    }
  }

  private static @Nullable Long header(GcsRequest request, String name) throws GcsError {
    String value = request.headerOrEmpty(name);
    try {
      return value.isEmpty() ? null : Long.valueOf(value);
    } catch (NumberFormatException e) {
      throw GcsError.invalid("Invalid value of " + name + ": " + value);
    }
  }

  private static GcsReply media(GcsRequest request, GcsObject object) throws GcsError {
    GcsRange range = GcsRange.of(request.headerOrEmpty("Range"), object.bytes().length);
    GcsReply reply =
        GcsReply.of(range.isPart() ? 206 : 200)
            .header("Content-Type", object.field("contentType", "application/octet-stream"))
            .header("x-goog-generation", Long.toString(object.generation()))
            .header("x-goog-metageneration", Long.toString(object.metageneration()))
            .header("x-goog-stored-content-encoding", object.field("contentEncoding", "identity"))
            .header("x-goog-stored-content-length", Integer.toString(object.bytes().length))
            .header("x-goog-storage-class", object.storageClass())
            .header("x-goog-hash", object.hash())
            .header("Last-Modified", HTTP_DATE.format(object.updated()))
            .header("ETag", "\"" + object.generation() + "\"");
    if (range.isPart()) {
      reply.header("Content-Range", range.header(object.bytes().length));
    }
    return reply.body(range.cut(object.bytes()));
  }

  GcsReply delete(GcsRequest request, String bucketName, String name) throws GcsError {
    request
        .query()
        .allow(
            "generation",
            "ifGenerationMatch",
            "ifGenerationNotMatch",
            "ifMetagenerationMatch",
            "ifMetagenerationNotMatch");
    GcsNames.object(name);
    synchronized (state) {
      GcsBucket bucket = state.bucket(request, bucketName);
      Long generation = request.query().number("generation");
      GcsObject object = state.object(bucket, name, generation);
      GcsConditions.of(request.query()).check(object, false);
      if (generation == null) {
        bucket.delete(object, state.now());
      } else {
        bucket.purge(object);
      }
      return GcsReply.of(204);
    }
  }

  GcsReply patch(GcsRequest request, String bucketName, String name) throws GcsError {
    request
        .query()
        .allow(
            "generation",
            "projection",
            "ifGenerationMatch",
            "ifGenerationNotMatch",
            "ifMetagenerationMatch",
            "ifMetagenerationNotMatch");
    GcsNames.object(name);
    synchronized (state) {
      GcsBucket bucket = state.bucket(request, bucketName);
      GcsObject object = state.object(bucket, name, request.query().number("generation"));
      GcsConditions.of(request.query()).check(object, false);
      Map<String, Object> changes = new LinkedHashMap<>(request.json());
      // Google's own tools send whose fields they are.
      changes.remove("bucket", bucketName);
      changes.remove("name", name);
      changes.remove("generation", Long.toString(object.generation()));
      object.patch(changes, state.now());
      return GcsFields.reply(request, object.resource(state.endpoint(), bucketName));
    }
  }
}
