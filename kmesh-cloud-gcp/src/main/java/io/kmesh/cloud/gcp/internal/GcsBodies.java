// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import okio.BufferedSink;

/** Request bodies. Buffers are read in place, as often as it takes. */
final class GcsBodies {
  private static final int STEP = 64 << 10;
  private static final MediaType JSON = MediaType.get("application/json; charset=UTF-8");

  private GcsBodies() {}

  static RequestBody json(String json) {
    return RequestBody.create(json, JSON);
  }

  /** Metadata and bytes as {@code multipart/related} (RFC 2387). */
  static RequestBody related(String json, ByteBuffer bytes) {
    String boundary = "kmesh-" + UUID.randomUUID();
    byte[] head =
        ("--"
                + boundary
                + "\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n"
                + json
                + "\r\n--"
                + boundary
                + "\r\nContent-Type: application/octet-stream\r\n\r\n")
            .getBytes(StandardCharsets.UTF_8);
    byte[] tail = ("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.US_ASCII);
    MediaType type = MediaType.get("multipart/related; boundary=" + boundary);
    return new RequestBody() {
      @Override
      public MediaType contentType() {
        return type;
      }

      @Override
      public long contentLength() {
        return (long) head.length + bytes.remaining() + tail.length;
      }

      @Override
      public void writeTo(BufferedSink sink) throws IOException {
        sink.write(head);
        ByteBuffer rest = bytes.duplicate();
        int end = rest.limit();
        while (rest.position() < end) {
          // In steps, since a sink takes into memory what one call gives it.
          rest.limit(Math.min(end, rest.position() + STEP));
          sink.write(rest);
        }
        sink.write(tail);
      }
    };
  }
}
