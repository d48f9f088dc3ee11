// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.s3;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One request: {@code /BUCKET/KEY} and its query. */
final class S3Exchange {
  private static final Pattern PART_NUMBER = Pattern.compile("<PartNumber>(\\d+)</PartNumber>");
  private static final Pattern KEY = Pattern.compile("<Key>([^<]*)</Key>");
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d*)");

  private final HttpExchange http;
  private final Bucket bucket;
  private final Map<String, String> query = new TreeMap<>();
  private final String name;
  private final String key;

  S3Exchange(HttpExchange http, Function<String, Bucket> buckets) {
    this.http = http;
    String path = http.getRequestURI().getRawPath();
    int slash = path.indexOf('/', 1);
    this.name = slash < 0 ? path.substring(1) : path.substring(1, slash);
    this.bucket = buckets.apply(name);
    this.key = slash < 0 ? "" : decoded(path.substring(slash + 1));
    String raw = http.getRequestURI().getRawQuery();
    for (String pair : raw == null ? new String[0] : raw.split("&", -1)) {
      int equals = pair.indexOf('=');
      query.put(
          equals < 0 ? decoded(pair) : decoded(pair.substring(0, equals)),
          equals < 0 ? "" : URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
    }
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  void answer() throws IOException {
    if (key.isEmpty()) {
      ofBucket();
    } else if (query.containsKey("uploadId") || query.containsKey("uploads")) {
      ofUpload();
    } else {
      ofObject();
    }
  }

  private void ofBucket() throws IOException {
    switch (http.getRequestMethod()) {
      case "GET" -> {
        if (query.containsKey("uploads")) {
          uploads();
        } else {
          xml(new Listing(bucket, query).page(name));
        }
      }
      case "POST" -> deleteMany();
      default -> status(200);
    }
  }

  private void uploads() throws IOException {
    Xml xml = new Xml().open("ListMultipartUploadsResult").element("IsTruncated", false);
    String prefix = query.getOrDefault("prefix", "");
    for (Map.Entry<String, Bucket.OpenUpload> open : bucket.uploads().entrySet()) {
      if (open.getValue().key.startsWith(prefix)) {
        xml.open("Upload")
            .element("Key", open.getValue().key)
            .element("UploadId", open.getKey())
            .close("Upload");
      }
    }
    xml(xml.close("ListMultipartUploadsResult").bytes());
  }

  private void deleteMany() throws IOException {
    Matcher keys = KEY.matcher(body());
    Xml xml = new Xml().open("DeleteResult");
    while (keys.find()) {
      String gone = Xml.plain(keys.group(1));
      bucket.delete(gone);
      xml.open("Deleted").element("Key", gone).close("Deleted");
    }
    xml(xml.close("DeleteResult").bytes());
  }

  private String body() throws IOException {
    return new String(http.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
  }

  private long length() throws IOException {
    String length = http.getRequestHeaders().getFirst("Content-Length");
    String sum = http.getRequestHeaders().getFirst("x-amz-content-sha256");
    if (length == null || (sum != null && sum.startsWith("STREAMING"))) {
      throw new IOException("This server takes no bodies in chunks.");
    }
    return Long.parseLong(length);
  }

  private void ofUpload() throws IOException {
    String id = query.getOrDefault("uploadId", "");
    Bucket.OpenUpload upload = bucket.uploads().get(id);
    if (query.containsKey("uploads")) {
      xml(
          new Xml()
              .open("InitiateMultipartUploadResult")
              .element("Key", key)
              .element("UploadId", bucket.startUpload(key, kept()))
              .close("InitiateMultipartUploadResult")
              .bytes());
    } else if (upload == null) {
      error(404, "NoSuchUpload");
    } else {
      switch (http.getRequestMethod()) {
        case "PUT" -> {
          int number = Integer.parseInt(query.getOrDefault("partNumber", "1"));
          StoredObject.Piece piece = bucket.take(http.getRequestBody(), length(), null);
          header("ETag", "\"" + bucket.addPart(upload, number, piece) + "\"");
          status(200);
        }
        case "POST" -> complete(id, upload);
        case "DELETE" -> {
          bucket.abort(id);
          status(204);
        }
        default -> parts(upload);
      }
    }
  }

  private void parts(Bucket.OpenUpload upload) throws IOException {
    Xml xml = new Xml().open("ListPartsResult").element("IsTruncated", false);
    synchronized (upload) {
      upload.parts.forEach(
          (number, part) ->
              xml.open("Part")
                  .element("PartNumber", number)
                  .element("ETag", "\"" + part.etag() + "\"")
                  .element("Size", part.piece().size())
                  .close("Part"));
    }
    xml(xml.close("ListPartsResult").bytes());
  }

  private void complete(String id, Bucket.OpenUpload upload) throws IOException {
    List<Integer> numbers = new ArrayList<>();
    Matcher matcher = PART_NUMBER.matcher(body());
    while (matcher.find()) {
      numbers.add(Integer.parseInt(matcher.group(1)));
    }
    StoredObject done =
        bucket.complete(id, upload, numbers, Precondition.of(http.getRequestHeaders()));
    if (done == null) {
      error(412, "PreconditionFailed");
      return;
    }
    xml(
        new Xml()
            .open("CompleteMultipartUploadResult")
            .element("Key", key)
            .element("ETag", "\"" + done.etag() + "\"")
            .close("CompleteMultipartUploadResult")
            .bytes());
  }

  private void ofObject() throws IOException {
    switch (http.getRequestMethod()) {
      case "PUT" -> put();
      case "DELETE" -> {
        bucket.delete(key);
        status(204);
      }
      default -> read();
    }
  }

  private void put() throws IOException {
    MessageDigest digest = Bucket.md5();
    StoredObject.Piece piece = bucket.take(http.getRequestBody(), length(), digest);
    StoredObject stored =
        bucket.put(
            key,
            List.of(piece),
            Bucket.hex(digest),
            kept(),
            Precondition.of(http.getRequestHeaders()));
    if (stored == null) {
      piece.delete();
      error(412, "PreconditionFailed");
      return;
    }
    header("ETag", "\"" + stored.etag() + "\"");
    String sum = stored.headers().get("x-amz-checksum-sha256");
    if (sum != null) {
      header("x-amz-checksum-sha256", sum);
    }
    status(200);
  }

  /** What of a request's headers comes back with the object. */
  private Map<String, String> kept() {
    Map<String, String> kept = new TreeMap<>();
    http.getRequestHeaders()
        .forEach(
            (header, values) -> {
              String lower = header.toLowerCase(Locale.ROOT);
              if (lower.startsWith("x-amz-meta-")
                  || lower.equals("content-type")
                  || lower.equals("x-amz-checksum-sha256")) {
                kept.put(lower, values.get(0));
              }
            });
    return kept;
  }

  private void read() throws IOException {
    StoredObject object = bucket.find(key);
    if (object == null) {
      error(404, "NoSuchKey");
      return;
    }
    if (!Precondition.of(http.getRequestHeaders()).holds(object)) {
      error(412, "PreconditionFailed");
      return;
    }
    boolean sumIsAsked = http.getRequestHeaders().containsKey("x-amz-checksum-mode");
    object
        .headers()
        .forEach(
            (header, value) -> {
              if (sumIsAsked || !header.startsWith("x-amz-checksum")) {
                header(header, value);
              }
            });
    header("ETag", "\"" + object.etag() + "\"");
    header(
        "Last-Modified",
        DateTimeFormatter.RFC_1123_DATE_TIME.format(object.modified().atOffset(ZoneOffset.UTC)));
    header("Accept-Ranges", "bytes");
    if (http.getRequestMethod().equals("HEAD")) {
      header("Content-Length", Long.toString(object.size()));
      http.sendResponseHeaders(200, -1);
      return;
    }
    range(object);
  }

  private void range(StoredObject object) throws IOException {
    long from = 0;
    long to = object.size();
    String asked = http.getRequestHeaders().getFirst("Range");
    Matcher matcher = RANGE.matcher(asked == null ? "" : asked);
    boolean isRange = matcher.matches();
    if (isRange) {
      from = Long.parseLong(matcher.group(1));
      if (from >= object.size()) {
        error(416, "InvalidRange");
        return;
      }
      if (!matcher.group(2).isEmpty()) {
        to = Math.min(to, Long.parseLong(matcher.group(2)) + 1);
      }
      header("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + object.size());
    }
    http.sendResponseHeaders(isRange ? 206 : 200, to == from ? -1 : to - from);
    try (OutputStream out = http.getResponseBody()) {
      object.write(from, to - from, out);
    }
  }

  private void header(String header, @Nullable String value) {
    http.getResponseHeaders().set(header, value);
  }

  private void xml(byte[] bytes) throws IOException {
    header("Content-Type", "application/xml");
    http.sendResponseHeaders(200, bytes.length);
    try (OutputStream out = http.getResponseBody()) {
      out.write(bytes);
    }
  }

  private void status(int code) throws IOException {
    http.sendResponseHeaders(code, -1);
  }

  private void error(int code, String word) throws IOException {
    if (http.getRequestMethod().equals("HEAD")) {
      status(code);
      return;
    }
    Headers headers = http.getResponseHeaders();
    headers.set("Content-Type", "application/xml");
    byte[] bytes =
        new Xml()
            .open("Error")
            .element("Code", word)
            .element("Message", word)
            .close("Error")
            .bytes();
    http.sendResponseHeaders(code, bytes.length);
    try (OutputStream out = http.getResponseBody()) {
      out.write(bytes);
    }
  }
}
