// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.gcs;

import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Resumable uploads (cloud.google.com/storage/docs/performing-resumable-uploads). */
final class GcsResumables {
  private static final int CHUNK = 256 << 10;
  private static final Duration LIFE = Duration.ofDays(7);
  private static final Pattern RANGE =
      Pattern.compile("bytes (?:\\*|(\\d+)-(\\d+))/(?:\\*|(\\d+))");

  private final GcsState state;
  private final GcsUploadCalls inserts;
  private final String endpoint;
  private final Map<String, Session> sessions = new HashMap<>();

  /** An upload; its fields are under the state's monitor. */
  private static final class Session {
    private final String bucket;
    private final String name;
    private final Map<String, Object> resource;
    private final GcsConditions conditions;
    private final @Nullable Long length;
    private final Instant started;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private @Nullable GcsObject made;

    Session(
        String bucket,
        String name,
        Map<String, Object> resource,
        GcsConditions conditions,
        @Nullable Long length,
        Instant started) {
      this.bucket = bucket;
      this.name = name;
      this.resource = resource;
      this.conditions = conditions;
      this.length = length;
      this.started = started;
    }
  }

  GcsResumables(GcsState state, GcsUploadCalls inserts, String endpoint) {
    this.state = state;
    this.inserts = inserts;
    this.endpoint = endpoint;
  }

  GcsReply start(GcsRequest request, String bucketName) throws GcsError {
    Map<String, Object> resource = new TreeMap<>(request.json());
    String name = GcsUploadCalls.name(request, resource);
    String type = request.headerOrEmpty("X-Upload-Content-Type");
    if (!type.isEmpty()) {
      resource.putIfAbsent("contentType", type);
    }
    String length = request.headerOrEmpty("X-Upload-Content-Length");
    synchronized (state) {
      GcsBucket bucket = state.bucket(request, bucketName);
      GcsConditions conditions = GcsConditions.of(request.query());
      conditions.check(bucket.live(name), false);
      String id = "session-" + state.nextGeneration();
      Long bytes = length.isEmpty() ? null : Long.valueOf(length);
      sessions.put(id, new Session(bucketName, name, resource, conditions, bytes, state.now()));
      String location =
          endpoint
              + "/upload/storage/v1/b/"
              + bucketName
              + "/o?uploadType=resumable&name="
              + URLEncoder.encode(name, StandardCharsets.UTF_8)
              + "&upload_id="
              + id;
      return GcsReply.of(200).header("Location", location).header("X-GUploader-UploadID", id);
    }
  }

  GcsReply go(GcsRequest request) throws GcsError {
    String id = request.query().get("upload_id", "");
    synchronized (state) {
      Session session = sessions.get(id);
      if (session == null) {
        throw new GcsError(404, "notFound", "The upload session does not exist.");
      }
      if (session.started.plus(LIFE).isBefore(state.now())) {
        throw new GcsError(410, "gone", "The upload session has expired.");
      }
      if (request.method().equals("DELETE")) {
        sessions.remove(id);
        return GcsReply.of(499);
      }
      if (!request.method().equals("PUT")) {
        throw new GcsError(405, "httpMethodNotAllowed", "Use PUT.");
      }
      GcsObject made = session.made;
      if (made == null) {
        made = add(request, session);
      }
      return made == null
          ? held(session)
          : GcsFields.reply(request, made.resource(state.endpoint(), session.bucket));
    }
  }

  private static GcsReply held(Session session) {
    GcsReply reply = GcsReply.of(308);
    int held = session.bytes.size();
    return held == 0 ? reply : reply.header("Range", "bytes=0-" + (held - 1));
  }

  /** Takes a chunk; the object when it was the last, null when more must come. */
  private @Nullable GcsObject add(GcsRequest request, Session session) throws GcsError {
    String header = request.headerOrEmpty("Content-Range");
    byte[] body = request.body();
    long from = 0;
    Long total = (long) body.length;
    if (!header.isEmpty()) {
      Matcher matcher = RANGE.matcher(header);
      if (!matcher.matches()) {
        throw GcsError.invalid("Failed to parse Content-Range header.");
      }
      total = matcher.group(3) == null ? null : Long.valueOf(matcher.group(3));
      boolean isQuery = matcher.group(1) == null;
      if (isQuery && body.length != 0) {
        throw GcsError.invalid("A status query has no body.");
      }
      from = isQuery ? session.bytes.size() : Long.parseLong(matcher.group(1));
      long end = isQuery ? from : Long.parseLong(matcher.group(2)) + 1;
      if (end - from != body.length || (total != null && end > total)) {
        throw GcsError.invalid(
            "Invalid request. There were " + body.length + " byte(s) in the request body.");
      }
    }
    long held = session.bytes.size();
    if (from > held) {
      throw GcsError.invalid("Invalid request. The first byte must be " + held + ".");
    }
    if (total != null && session.length != null && !total.equals(session.length)) {
      throw GcsError.invalid("The length is not the one that the upload began with.");
    }
    boolean isLast = total != null && from + body.length == total;
    if (!isLast && body.length % CHUNK != 0) {
      throw GcsError.invalid(
          "Invalid request. The number of bytes uploaded must be a multiple of 262144, unless it"
              + " is the final request.");
    }
    int known = (int) Math.min(body.length, held - from);
    session.bytes.write(body, known, body.length - known);
    if (total == null || !isLast || session.bytes.size() != total) {
      return null;
    }
    GcsObject made =
        inserts.store(
            session.bucket,
            session.name,
            session.resource,
            session.bytes.toByteArray(),
            session.conditions,
            GcsUploadCalls.hash(request));
    session.made = made;
    return made;
  }
}
