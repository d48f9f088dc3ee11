// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.async.AsyncRequestBody;

class BufferBodyTest {
  @Test
  void of_givesWhatRemains_inSlices_asOftenAsAsked() {
    for (int size : new int[] {0, 1, 128 << 10, (128 << 10) + 1, 1_000_003}) {
      byte[] bytes = new byte[size + 5];
      new Random(size).nextBytes(bytes);
      ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.length).put(bytes);
      buffer.position(3).limit(size + 3);
      AsyncRequestBody body = BufferBody.of(buffer);
      assertThat(body.contentLength()).hasValue((long) size);
      for (int time = 0; time < 2; time++) {
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        AtomicInteger largest = new AtomicInteger();
        CompletableFuture<Void> end =
            body.subscribe(
                piece -> {
                  largest.accumulateAndGet(piece.remaining(), Math::max);
                  byte[] copy = new byte[piece.remaining()];
                  piece.get(copy);
                  got.writeBytes(copy);
                });
        end.join();
        assertThat(got.toByteArray()).isEqualTo(Arrays.copyOfRange(bytes, 3, size + 3));
        assertThat(largest.get()).isLessThanOrEqualTo(128 << 10);
      }
      assertThat(buffer.position()).isEqualTo(3);
    }
  }
}
