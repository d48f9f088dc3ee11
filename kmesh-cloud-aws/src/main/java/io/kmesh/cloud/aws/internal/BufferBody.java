// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.reactivestreams.Subscriber;
import software.amazon.awssdk.core.async.AsyncRequestBody;

/**
 * What remains in a buffer, whose position is not changed. For the SDK it comes in slices: over
 * plain HTTP the SDK copies what it signs to the heap, and Netty copies each buffer whole out of it
 * again, so that a body in one buffer would be in memory three times.
 */
final class BufferBody implements AsyncRequestBody {
  private static final int SLICE = 128 << 10;

  private final ByteBuffer all;

  private BufferBody(ByteBuffer all) {
    this.all = all;
  }

  static BufferBody of(ByteBuffer body) {
    return new BufferBody(body.slice());
  }

  ByteBuffer buffer() {
    return all.duplicate();
  }

  @Override
  public Optional<Long> contentLength() {
    return Optional.of((long) all.remaining());
  }

  @Override
  public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
    slices().subscribe(subscriber);
  }

  private AsyncRequestBody slices() {
    if (all.remaining() <= SLICE) {
      return AsyncRequestBody.fromRemainingByteBufferUnsafe(all);
    }
    ByteBuffer[] slices = new ByteBuffer[(all.remaining() + SLICE - 1) / SLICE];
    for (int i = 0; i < slices.length; i++) {
      int from = i * SLICE;
      slices[i] = all.slice(from, Math.min(SLICE, all.remaining() - from));
    }
    return AsyncRequestBody.fromRemainingByteBuffersUnsafe(slices);
  }
}
