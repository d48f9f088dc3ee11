// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal.http;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import org.jspecify.annotations.Nullable;

/** A request as it goes over the wire: nothing is added, and its target is taken as it is. */
public final class HttpRequest {
  /** A line of the header. */
  public record Header(String name, String value) {}

  private final String method;
  private final String target;
  private final List<Header> headers = new ArrayList<>();
  private final @Nullable ByteBuffer body;

  /**
   * A request.
   *
   * @param target path and query, encoded
   * @param body what remains in it is sent, with its length; its position is not changed
   */
  public HttpRequest(String method, String target, @Nullable ByteBuffer body) {
    this.method = method;
    this.target = target;
    this.body = body == null ? null : body.slice();
  }

  /** The same request with one line more; nothing for a value that is null. */
  public HttpRequest header(String name, @Nullable String value) {
    if (value != null) {
      headers.add(new Header(name, value));
    }
    return this;
  }

  /** Such as {@code PUT}. */
  public String method() {
    return method;
  }

  /** Path and query, encoded. */
  public String target() {
    return target;
  }

  /** In the order they were added. */
  public List<Header> headers() {
    return headers;
  }

  /** What is sent; null for nothing, without a length. */
  public @Nullable ByteBuffer body() {
    return body == null ? null : body.duplicate();
  }

  /** The library's form of it. */
  BasicClassicHttpRequest message(Runnable onProgress) {
    BasicClassicHttpRequest message = new Message(method, target);
    for (Header header : headers) {
      message.addHeader(header.name(), header.value());
    }
    if (body != null) {
      message.addHeader("Content-Length", Integer.toString(body.remaining()));
      message.setEntity(new BufferEntity(body, onProgress));
    }
    return message;
  }

  /** The library refuses a path with two slashes first, which may be a key of S3. */
  private static final class Message extends BasicClassicHttpRequest {
    private static final long serialVersionUID = 1;
    private final String target;

    Message(String method, String target) {
      super(method, "/");
      this.target = target;
    }

    @Override
    public String getRequestUri() {
      return target;
    }
  }
}
