// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.gcs;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A request whose body was read whole. */
final class GcsRequest {
  private final HttpExchange exchange;
  private final String method;
  private final List<String> path;
  private final GcsQuery query;
  private final byte[] body;

  private GcsRequest(HttpExchange exchange, List<String> path, GcsQuery query, byte[] body) {
    this.exchange = exchange;
    this.method = exchange.getRequestMethod();
    this.path = path;
    this.query = query;
    this.body = body;
  }

  static GcsRequest read(HttpExchange exchange) throws IOException, GcsError {
    byte[] body = exchange.getRequestBody().readAllBytes();
    String raw = exchange.getRequestURI().getRawPath();
    List<String> path = new ArrayList<>();
    for (String segment : raw.substring(1).split("/", -1)) {
      path.add(decode(segment.replace("+", "%2B")));
    }
    return new GcsRequest(
        exchange, path, GcsQuery.parse(exchange.getRequestURI().getRawQuery()), body);
  }

  /** Undoes percent-encoding; what is no UTF-8 is refused. */
  static String decode(String text) throws GcsError {
    try {
      byte[] bytes =
          URLDecoder.decode(text, StandardCharsets.ISO_8859_1)
              .getBytes(StandardCharsets.ISO_8859_1);
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (IllegalArgumentException | CharacterCodingException e) {
      throw GcsError.invalid("The URL is not percent-encoded UTF-8.");
    }
  }

  String method() {
    return method;
  }

  List<String> path() {
    return path;
  }

  GcsQuery query() {
    return query;
  }

  byte[] body() {
    return body;
  }

  String text() {
    return new String(body, StandardCharsets.UTF_8);
  }

  Optional<String> header(String name) {
    return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
  }

  String headerOrEmpty(String name) {
    @Nullable String value = exchange.getRequestHeaders().getFirst(name);
    return value == null ? "" : value;
  }

  /** The body as a JSON object; an empty body is an empty object. */
  Map<String, Object> json() throws GcsError {
    if (body.length == 0) {
      return Map.of();
    }
    if (!headerOrEmpty("Content-Type").startsWith("application/json")) {
      throw new GcsError(400, "badContent", "The content type must be application/json.");
    }
    return parse(text());
  }

  static Map<String, Object> parse(String text) throws GcsError {
    try {
      return GcsJson.object(text);
    } catch (IllegalArgumentException e) {
      throw new GcsError(400, "parseError", "Parse Error");
    }
  }
}
