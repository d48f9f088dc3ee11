// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.BiConsumer;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.jspecify.annotations.Nullable;

/** The head of an answer, and its body as it comes. Of the thread that reads it. */
public final class HttpReply {
  /** Takes an answer; what it leaves of the body costs the connection. */
  @FunctionalInterface
  public interface Reader<T> {
    /** Reads what it needs and says what it is. */
    T read(HttpReply reply) throws IOException;
  }

  private final ClassicHttpResponse response;

  HttpReply(ClassicHttpResponse response) {
    this.response = response;
  }

  /** The status. */
  public int status() {
    return response.getCode();
  }

  /** The first value of a header, by a name of any case. */
  public @Nullable String header(String name) {
    Header header = response.getFirstHeader(name);
    return header == null ? null : header.getValue();
  }

  /** Tells all headers in their order. */
  public void headers(BiConsumer<String, String> told) {
    for (Header header : response.getHeaders()) {
      told.accept(header.getName(), header.getValue() == null ? "" : header.getValue());
    }
  }

  /** The body's length; -1 when it is not said. */
  public long length() {
    HttpEntity entity = response.getEntity();
    return entity == null ? 0 : entity.getContentLength();
  }

  /**
   * The whole body.
   *
   * @throws EOFException when it ends before its length
   * @throws IOException when it is longer than the most
   */
  public byte[] bytes(int most) throws IOException {
    HttpEntity entity = response.getEntity();
    if (entity == null) {
      return new byte[0];
    }
    InputStream in = entity.getContent();
    byte[] all = in.readNBytes(most);
    if (all.length == most && in.read() >= 0) {
      throw new IOException("the answer has more than " + most + " bytes");
    }
    return all;
  }

  /**
   * Reads of a body into an array, in slices that the JDK's sockets take without memory of their
   * own.
   *
   * @param length the bytes that are wanted, from the array's first on
   * @return how many came; fewer at the body's end
   */
  public int read(byte[] target, int length) throws IOException {
    HttpEntity entity = response.getEntity();
    if (entity == null) {
      return 0;
    }
    InputStream in = entity.getContent();
    int all = 0;
    while (all < length) {
      int got = in.read(target, all, Math.min(BufferEntity.SLICE, length - all));
      if (got < 0) {
        return all;
      }
      all += got;
    }
    return all;
  }

  /** Whether nothing of the body is left, so that the connection can be used again. */
  boolean isConsumed() throws IOException {
    HttpEntity entity = response.getEntity();
    return entity == null || entity.getContent().read() < 0;
  }
}
