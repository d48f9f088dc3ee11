// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal;

import com.azure.storage.blob.models.BlobDownloadAsyncResponse;
import com.azure.storage.blob.models.BlobDownloadHeaders;
import com.azure.storage.blob.models.BlobRange;
import com.azure.storage.blob.models.DownloadRetryOptions;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Heads and ranged reads. Up to 4 MiB Azure is asked for the MD5 of the range that it sends; of
 * more, it sends that of the blob, where it has one and all of it was read. Thread-safe.
 */
final class BlobReader {
  private static final int MOST_WITH_MD5 = 4 << 20;

  private final StoreContext context;

  BlobReader(StoreContext context) {
    this.context = context;
  }

  CompletionStage<ObjectInfo> head(String key) {
    return context.call(
        "head", key, () -> context.key("head", key), () -> head("head", key, Condition.none()));
  }

  /** What Azure says of a blob, if a condition holds. */
  CompletionStage<ObjectInfo> head(String verb, String key, Condition condition) {
    return context
        .read(verb, key, context.blob(key).getPropertiesWithResponse(Etags.conditions(condition)))
        .thenApply(response -> Infos.of(key, response.getValue()));
  }

  CompletionStage<ObjectRange> read(String key, long offset, int length, Condition condition) {
    return context.call(
        "read",
        key,
        () -> {
          context.key("read", key);
          context.checks.range(key, offset, length);
          context.checks.sourceCondition("read", key, condition);
        },
        () ->
            length == 0 ? nothing(key, offset, condition) : bytes(key, offset, length, condition));
  }

  private CompletionStage<ObjectRange> bytes(
      String key, long offset, int length, Condition condition) {
    Mono<ObjectRange> request =
        context
            .blob(key)
            .downloadStreamWithResponse(
                new BlobRange(offset, (long) length),
                new DownloadRetryOptions().setMaxRetryRequests(0),
                Etags.conditions(condition),
                length <= MOST_WITH_MD5)
            .flatMap(response -> collect(key, offset, length, response))
            .onErrorResume(
                e -> BlobFailures.isStatus(e, 416),
                e -> Mono.fromCompletionStage(() -> nothing(key, offset, condition)));
    return context.read("read", key, request);
  }

  /** Nothing is there, or was asked for: what remains is what the object is. */
  private CompletionStage<ObjectRange> nothing(String key, long offset, Condition condition) {
    return head("read", key, condition)
        .thenApply(info -> new ObjectRange(info, offset, ByteBuffer.allocate(0)));
  }

  private Mono<ObjectRange> collect(
      String key, long offset, int length, BlobDownloadAsyncResponse response) {
    BlobDownloadHeaders headers = response.getDeserializedHeaders();
    long total = total(headers);
    int expected = (int) Math.max(0, Math.min(length, total - offset));
    ByteBuffer data = ByteBuffer.allocate(expected);
    return response
        .getValue()
        .doOnNext(
            piece -> {
              if (piece.remaining() <= data.remaining()) {
                data.put(piece);
              } else {
                throw new IllegalStateException("more bytes than were asked for");
              }
            })
        .then(Mono.defer(() -> checked(key, offset, total, data, headers)));
  }

  private Mono<ObjectRange> checked(
      String key, long offset, long total, ByteBuffer data, BlobDownloadHeaders headers) {
    if (data.hasRemaining()) {
      return Mono.error(
          context.failures.of(
              ErrorKind.TRANSIENT,
              "read",
              key,
              "the body ended after " + data.position() + " of " + data.limit() + " bytes"));
    }
    data.flip();
    byte[] expected = expectedMd5(offset, total, data.remaining(), headers);
    if (expected != null && !Arrays.equals(expected, Etags.md5(data))) {
      return Mono.error(
          new ProviderException(
              ErrorKind.CORRUPT,
              "Cannot read "
                  + key
                  + " in "
                  + context.uri
                  + ": the MD5 of the bytes that came is not what the service computed (request "
                  + headers.getRequestId()
                  + "). Read it again.",
              null,
              null,
              null,
              headers.getRequestId()));
    }
    return Mono.just(new ObjectRange(Infos.of(key, total, headers), offset, data));
  }

  private static byte @Nullable [] expectedMd5(
      long offset, long total, int length, BlobDownloadHeaders headers) {
    if (headers.getContentMd5() != null) {
      return headers.getContentMd5();
    }
    return offset == 0 && length == total ? headers.getBlobContentMD5() : null;
  }

  /** The size of the whole blob: behind the slash of {@code bytes 0-9/1000}. */
  private static long total(BlobDownloadHeaders headers) {
    String range = headers.getContentRange();
    if (range == null) {
      return headers.getContentLength();
    }
    return Long.parseLong(range.substring(range.indexOf('/') + 1));
  }
}
