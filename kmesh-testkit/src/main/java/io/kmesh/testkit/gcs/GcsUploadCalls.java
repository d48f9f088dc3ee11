// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.gcs;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Inserts in one request: media alone, or metadata and media; and what all inserts check. */
final class GcsUploadCalls {
  private static final Pattern BOUNDARY =
      Pattern.compile("multipart/related\\s*;.*boundary=(?:\"([^\"]+)\"|'([^']+)'|([^;\\s]+)).*");

  private final GcsState state;
  private final GcsResumables resumables;

  GcsUploadCalls(GcsState state, String endpoint) {
    this.state = state;
    this.resumables = new GcsResumables(state, this, endpoint);
  }

  GcsReply upload(GcsRequest request, String bucket) throws GcsError {
    request
        .query()
        .allow(
            "uploadType",
            "upload_id",
            "name",
            "contentEncoding",
            "kmsKeyName",
            "predefinedAcl",
            "projection",
            "ifGenerationMatch",
            "ifGenerationNotMatch",
            "ifMetagenerationMatch",
            "ifMetagenerationNotMatch");
    String type = request.query().get("uploadType", "");
    if (request.query().has("upload_id")) {
      if (!type.equals("resumable") && !type.isEmpty()) {
        throw GcsError.parameter("Invalid upload request: an upload_id with " + type);
      }
      return resumables.go(request);
    }
    if (!request.method().equals("POST")) {
      throw new GcsError(405, "httpMethodNotAllowed", "Use POST.");
    }
    return switch (type) {
      case "media" -> media(request, bucket);
      case "multipart" -> multipart(request, bucket);
      case "resumable" -> resumables.start(request, bucket);
      default -> throw GcsError.parameter("Invalid value for uploadType: " + type);
    };
  }

  private GcsReply media(GcsRequest request, String bucket) throws GcsError {
    Map<String, Object> resource = new TreeMap<>();
    String type = request.headerOrEmpty("Content-Type");
    if (!type.isEmpty()) {
      resource.put("contentType", type);
    }
    return insert(request, bucket, resource, request.body());
  }

  private GcsReply multipart(GcsRequest request, String bucket) throws GcsError {
    Matcher matcher = BOUNDARY.matcher(request.headerOrEmpty("Content-Type"));
    if (!matcher.matches()) {
      throw new GcsError(400, "badContent", "Missing or wrong multipart/related boundary.");
    }
    String boundary =
        matcher.group(1) != null
            ? matcher.group(1)
            : matcher.group(2) != null ? matcher.group(2) : matcher.group(3);
    // One character for one byte, so that places in the text are places in the body. Lines end as
    // the first one does: with CRLF by the standard, with LF from Google's own tools.
    String text = new String(request.body(), StandardCharsets.ISO_8859_1);
    String line = text.startsWith("--" + boundary + "\n") ? "\n" : "\r\n";
    String open = "--" + boundary + line;
    String between = line + "--" + boundary;
    int first = text.startsWith(open) ? open.length() : -1;
    int firstEnd = first < 0 ? -1 : text.indexOf(between + line, first);
    int second = firstEnd < 0 ? -1 : firstEnd + between.length() + line.length();
    int secondEnd = second < 0 ? -1 : text.lastIndexOf(between + "--");
    if (secondEnd < second || second < 0) {
      throw new GcsError(400, "badContent", "Malformed multipart body.");
    }
    String blank = line + line;
    int json = text.indexOf(blank, first);
    int media = text.indexOf(blank, second);
    if (json < 0 || json > firstEnd || media < 0 || media > secondEnd) {
      throw new GcsError(400, "badContent", "Malformed multipart body: a part without headers.");
    }
    String headers = text.substring(first, json).toLowerCase(java.util.Locale.ROOT);
    if (!headers.contains("content-type: application/json")) {
      throw new GcsError(400, "badContent", "The first part must be application/json.");
    }
    byte[] body = request.body();
    Map<String, Object> resource =
        new TreeMap<>(
            GcsRequest.parse(
                new String(
                    body,
                    json + blank.length(),
                    firstEnd - json - blank.length(),
                    StandardCharsets.UTF_8)));
    Matcher type =
        Pattern.compile("(?i)content-type:\\s*([^\\r\\n]+)").matcher(text.substring(second, media));
    if (type.find()) {
      resource.putIfAbsent("contentType", type.group(1));
    }
    return insert(
        request,
        bucket,
        resource,
        java.util.Arrays.copyOfRange(body, media + blank.length(), secondEnd));
  }

  private GcsReply insert(
      GcsRequest request, String bucket, Map<String, Object> resource, byte[] bytes)
      throws GcsError {
    synchronized (state) {
      state.bucket(request, bucket);
      GcsConditions conditions = GcsConditions.of(request.query());
      GcsObject made =
          store(bucket, name(request, resource), resource, bytes, conditions, hash(request));
      return GcsFields.reply(request, made.resource(state.endpoint(), bucket));
    }
  }

  static String hash(GcsRequest request) {
    return request.headerOrEmpty("x-goog-hash");
  }

  static String name(GcsRequest request, Map<String, Object> resource) throws GcsError {
    Object inBody = resource.get("name");
    String inQuery = request.query().find("name");
    if (inBody != null && inQuery != null && !inBody.equals(inQuery)) {
      throw GcsError.invalid("The name in the body is not that in the query.");
    }
    String name = inQuery != null ? inQuery : inBody instanceof String s ? s : "";
    GcsNames.object(name);
    return name;
  }

  GcsObject store(
      String bucket,
      String name,
      Map<String, Object> resource,
      byte[] bytes,
      GcsConditions conditions,
      String hashHeader)
      throws GcsError {
    requireHash("CRC32C", resource.get("crc32c"), GcsObject.crc32c(bytes));
    requireHash("MD5 hash", resource.get("md5Hash"), GcsObject.md5(bytes));
    for (String one : hashHeader.isEmpty() ? new String[0] : hashHeader.split(",", -1)) {
      if (one.startsWith("crc32c=")) {
        requireHash("CRC32C", one.substring(7), GcsObject.crc32c(bytes));
      } else if (one.startsWith("md5=")) {
        requireHash("MD5 hash", one.substring(4), GcsObject.md5(bytes));
      } else {
        throw GcsError.invalid("Unknown hash: " + one);
      }
    }
    return state.store(state.bucket(bucket), name, bytes, resource, null, conditions);
  }

  private static void requireHash(String what, @Nullable Object given, String calculated)
      throws GcsError {
    if (given != null && !given.equals(calculated)) {
      throw GcsError.invalid(
          "Provided "
              + what
              + " \""
              + given
              + "\" doesn't match calculated "
              + what
              + " \""
              + calculated
              + "\".");
    }
  }
}
