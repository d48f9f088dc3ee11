// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import okhttp3.Headers;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;

/** An answer whose body was read whole. */
public final class GcsAnswer {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final int status;
  private final Headers headers;
  private final ByteBuffer body;

  private GcsAnswer(int status, Headers headers, ByteBuffer body) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  /** Reads an answer; less than its length is an {@link IOException}. */
  static GcsAnswer read(Response response) throws IOException {
    ResponseBody content = response.body();
    long length = content.contentLength();
    ByteBuffer body;
    if (length < 0) {
      body = ByteBuffer.wrap(content.bytes());
    } else {
      body = ByteBuffer.allocate(Math.toIntExact(length));
      BufferedSource source = content.source();
      while (body.hasRemaining()) {
        if (source.read(body) < 0) {
          throw new IOException("The answer ended " + body.remaining() + " bytes early.");
        }
      }
      body.flip();
    }
    return new GcsAnswer(response.code(), response.headers(), body);
  }

  int status() {
    return status;
  }

  Headers headers() {
    return headers;
  }

  @Nullable String header(String name) {
    return headers.get(name);
  }

  /** The store's name of the request; null when it gave none. */
  @Nullable String requestId() {
    return headers.get("X-GUploader-UploadID");
  }

  ByteBuffer body() {
    return body;
  }

  String text() {
    return StandardCharsets.UTF_8.decode(body.duplicate()).toString();
  }

  /** The body as JSON; an {@link IOException} when it is none. */
  JsonNode json() throws IOException {
    JsonNode node = JSON.readTree(body.array(), body.arrayOffset(), body.remaining());
    if (node == null || !node.isObject()) {
      throw new IOException("The answer is no JSON object.");
    }
    return node;
  }
}
