// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A bucket in memory, on a free port of loopback, of as much of S3 as a {@link Training} asks for:
 * objects are put whole, read and listed. It checks nothing and is no store to test with. One
 * thread answers all.
 */
final class TrainingStore implements AutoCloseable {
  private record Stored(byte[] bytes, Map<String, String> metadata) {}

  private final SortedMap<String, Stored> objects = new TreeMap<>();
  private final HttpServer server;

  TrainingStore() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  /** The URL of the bucket. */
  String url() {
    return "s3://training?endpoint=http://127.0.0.1:" + server.getAddress().getPort();
  }

  private void answer(HttpExchange http) throws IOException {
    try (http) {
      String path = http.getRequestURI().getPath();
      String key = path.substring(Math.min(path.length(), path.indexOf('/', 1) + 1));
      byte[] body = http.getRequestBody().readAllBytes();
      if (path.indexOf('/', 1) < 0 || key.isEmpty()) {
        send(http, 200, list());
      } else if (http.getRequestMethod().equals("PUT")) {
        objects.put(key, new Stored(body, metadata(http.getRequestHeaders())));
        http.getResponseHeaders().set("ETag", etag(body));
        send(http, 200, new byte[0]);
      } else if (objects.containsKey(key)) {
        read(http, objects.get(key));
      } else {
        send(http, 404, "<Error><Code>NoSuchKey</Code></Error>".getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  private static Map<String, String> metadata(Headers headers) {
    Map<String, String> kept = new TreeMap<>();
    headers.forEach(
        (name, values) -> {
          if (name.regionMatches(true, 0, "x-amz-meta-", 0, 11)) {
            kept.put(name, values.get(0));
          }
        });
    return kept;
  }

  private static void read(HttpExchange http, Stored stored) throws IOException {
    Headers headers = http.getResponseHeaders();
    stored.metadata().forEach(headers::set);
    headers.set("ETag", etag(stored.bytes()));
    headers.set("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT");
    String range = http.getRequestHeaders().getFirst("Range");
    int size = stored.bytes().length;
    if (range == null || size == 0) {
      send(http, 200, stored.bytes());
      return;
    }
    String[] ends = range.substring("bytes=".length()).split("-", -1);
    int from = Integer.parseInt(ends[0]);
    int to = ends[1].isEmpty() ? size : (int) Math.min(size, Long.parseLong(ends[1]) + 1);
    headers.set("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + size);
    send(http, 206, Arrays.copyOfRange(stored.bytes(), from, to));
  }

  private byte[] list() {
    StringBuilder xml = new StringBuilder("<ListBucketResult><IsTruncated>false</IsTruncated>");
    objects.forEach(
        (key, stored) ->
            xml.append("<Contents><Key>")
                .append(key)
                .append("</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>")
                .append(etag(stored.bytes()).replace("\"", "&quot;"))
                .append("</ETag><Size>")
                .append(stored.bytes().length)
                .append("</Size></Contents>"));
    return xml.append("</ListBucketResult>").toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String etag(byte[] bytes) {
    return "\"" + Integer.toHexString(Arrays.hashCode(bytes)) + "-1\"";
  }

  private static void send(HttpExchange http, int status, byte[] body) throws IOException {
    boolean isHead = http.getRequestMethod().equals("HEAD");
    if (isHead) {
      http.getResponseHeaders().set("Content-Length", String.valueOf(body.length));
    }
    http.sendResponseHeaders(status, isHead || body.length == 0 ? -1 : body.length);
    if (!isHead && body.length > 0) {
      http.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
