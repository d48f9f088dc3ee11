// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.apache.hc.core5.http.io.entity.AbstractHttpEntity;

/**
 * A body in a buffer, written in slices that the JDK's sockets take without memory of their own.
 */
final class BufferEntity extends AbstractHttpEntity {
  static final int SLICE = 64 << 10;

  private final ByteBuffer body;
  private final Runnable onProgress;

  BufferEntity(ByteBuffer body, Runnable onProgress) {
    super((String) null, null);
    this.body = body;
    this.onProgress = onProgress;
  }

  @Override
  public long getContentLength() {
    return body.remaining();
  }

  @Override
  public void writeTo(OutputStream out) throws IOException {
    ByteBuffer left = body.duplicate();
    byte[] copy = left.hasArray() ? new byte[0] : new byte[Math.min(SLICE, left.remaining())];
    while (left.hasRemaining()) {
      int length = Math.min(SLICE, left.remaining());
      if (left.hasArray()) {
        out.write(left.array(), left.arrayOffset() + left.position(), length);
        left.position(left.position() + length);
      } else {
        left.get(copy, 0, length);
        out.write(copy, 0, length);
      }
      onProgress.run();
    }
  }

  @Override
  public InputStream getContent() {
    throw new UnsupportedOperationException("This body is only written.");
  }

  @Override
  public boolean isRepeatable() {
    return true;
  }

  @Override
  public boolean isStreaming() {
    return false;
  }

  @Override
  public void close() {
    // holds nothing
  }
}
