// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import java.nio.ByteBuffer;
import software.amazon.awssdk.core.async.AsyncRequestBody;

/**
 * Bodies in slices: over plain HTTP the SDK copies what it signs to the heap, and Netty copies each
 * buffer whole out of it again, so that a body in one buffer would be in memory three times.
 */
final class Bodies {
  private static final int SLICE = 128 << 10;

  private Bodies() {}

  /** What remains in a buffer, whose position is not changed. */
  static AsyncRequestBody of(ByteBuffer body) {
    ByteBuffer all = body.slice();
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
