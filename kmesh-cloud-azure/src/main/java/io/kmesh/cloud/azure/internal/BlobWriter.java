// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal;

import com.azure.core.http.rest.Response;
import com.azure.storage.blob.models.AccessTier;
import com.azure.storage.blob.models.BlockBlobItem;
import com.azure.storage.blob.options.BlockBlobSimpleUploadOptions;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.DeleteOutcome;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.PutOptions;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Puts and deletes. A put sends the MD5 of its bytes, which the service compares before it stores
 * anything, and compares what the service says that it computed. Thread-safe.
 */
final class BlobWriter {
  /** Deletes of one batch that are under way at a time. */
  private static final int AT_ONCE = 16;

  private final StoreContext context;

  BlobWriter(StoreContext context) {
    this.context = context;
  }

  CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
    return context.call(
        "put",
        key,
        () -> {
          context.key("put", key);
          context.checks.target("put", key, options);
          context.checks.putSize("put", key, body.remaining());
        },
        () -> {
          // The MD5 comes first: what changes the bytes after it is found by the service, and what
          // changed them before by the CRC.
          byte[] md5 = Etags.md5(body);
          if (options.crc32c().isPresent()) {
            context.checks.checksum("put", key, options, Crc32c.of(body));
          }
          return context
              .mutate("put", key, request(key, body, options, md5))
              .thenApply(response -> info(key, body.remaining(), options, response.getValue()));
        });
  }

  private Mono<Response<BlockBlobItem>> request(
      String key, ByteBuffer body, PutOptions options, byte[] md5) throws ProviderException {
    Map<String, String> metadata = BlobMetadata.encode("put", key, context.uri, options.metadata());
    BlockBlobSimpleUploadOptions upload =
        new BlockBlobSimpleUploadOptions(bytes(body), body.remaining())
            .setContentMd5(md5)
            .setRequestConditions(Etags.conditions(options.condition()));
    if (!metadata.isEmpty()) {
      upload.setMetadata(metadata);
    }
    options.storageClass().ifPresent(c -> upload.setTier(AccessTier.fromString(c.name())));
    return context
        .blob(key)
        .uploadWithResponse(upload)
        .flatMap(response -> compared(key, md5, response));
  }

  /** The bytes of a buffer, again for each subscriber. */
  static Flux<ByteBuffer> bytes(ByteBuffer body) {
    return Flux.defer(
        () -> body.hasRemaining() ? Flux.just(body.asReadOnlyBuffer()) : Flux.empty());
  }

  private Mono<Response<BlockBlobItem>> compared(
      String key, byte[] md5, Response<BlockBlobItem> response) {
    byte[] stored = response.getValue().getContentMd5();
    return stored == null || Arrays.equals(stored, md5)
        ? Mono.just(response)
        : Mono.error(
            context.failures.of(
                ErrorKind.CORRUPT,
                "put",
                key,
                "the MD5 that the service computed is not that of the bytes. What it stored is"
                    + " damaged: delete it, or write it again"));
  }

  private static ObjectInfo info(String key, int size, PutOptions options, BlockBlobItem written) {
    return StoreContext.written(
        key,
        size,
        written.getETag(),
        written.getLastModified(),
        options.metadata(),
        written.getVersionId(),
        options.storageClassOrNull());
  }

  CompletionStage<List<DeleteOutcome>> delete(List<DeleteTarget> targets) {
    return context.call(
        "delete",
        targets.size() + " keys",
        () -> context.checks.deleteBatch(targets.size()),
        () ->
            Flux.fromIterable(targets)
                .flatMapSequential(this::delete, AT_ONCE)
                .collectList()
                .toFuture());
  }

  private Mono<DeleteOutcome> delete(DeleteTarget target) {
    String key = target.key();
    try {
      context.key("delete", key);
      context.checks.deleteCondition(key, target.condition());
    } catch (ProviderException e) {
      return Mono.just(failed(key, e));
    }
    return context
        .blob(key)
        .deleteWithResponse(null, Etags.conditions(target.condition()))
        .map(response -> DeleteOutcome.deleted(key))
        .onErrorResume(
            e -> {
              ProviderException failure = context.failures.ofMutation("delete", key, e);
              return Mono.just(
                  failure.kind() == ErrorKind.NOT_FOUND
                      ? DeleteOutcome.deleted(key)
                      : failed(key, failure));
            });
  }

  private static DeleteOutcome failed(String key, ProviderException failure) {
    return new DeleteOutcome(key, failure.kind(), String.valueOf(failure.getMessage()));
  }
}
