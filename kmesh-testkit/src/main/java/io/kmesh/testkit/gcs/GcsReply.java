// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.gcs;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is answered. */
final class GcsReply {
  private final int status;
  private final Map<String, String> headers = new LinkedHashMap<>();
  private byte[] body = new byte[0];

  private GcsReply(int status) {
    this.status = status;
  }

  static GcsReply of(int status) {
    return new GcsReply(status);
  }

  static GcsReply json(int status, @Nullable Object value) {
    return of(status)
        .header("Content-Type", "application/json; charset=UTF-8")
        .body(GcsJson.print(value).getBytes(StandardCharsets.UTF_8));
  }

  GcsReply header(String name, String value) {
    headers.put(name, value);
    return this;
  }

  GcsReply body(byte[] bytes) {
    body = bytes;
    return this;
  }

  int status() {
    return status;
  }

  Map<String, String> headers() {
    return headers;
  }

  byte[] body() {
    return body;
  }
}
