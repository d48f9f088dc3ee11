// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal;

import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.rest.Response;
import com.azure.storage.blob.models.AccessTier;
import com.azure.storage.blob.models.BlockListType;
import com.azure.storage.blob.options.BlockBlobCommitBlockListOptions;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StorageClass;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Uploads in parts as blocks whose names say which upload, part and bytes they are; so nothing need
 * be kept beside them, and uploads of one key don't mix. Thread-safe.
 */
final class BlobUploads {
  private static final int AT_ONCE = 8;
  private static final ByteBuffer MARK = ByteBuffer.wrap(new byte[1]).asReadOnlyBuffer();

  private final StoreContext context;
  private final BlobReader reader;
  private final BlobLister lister;
  private final SecureRandom random = new SecureRandom();
  private final AtomicLong lastStamp = new AtomicLong();

  /** The uploads that were begun or looked at here: their parts need no look before they go. */
  private final Set<Upload> open = ConcurrentHashMap.newKeySet();

  BlobUploads(StoreContext context, BlobReader reader, BlobLister lister) {
    this.context = context;
    this.reader = reader;
    this.lister = lister;
  }

  CompletionStage<Upload> start(
      String key, Map<String, String> metadata, @Nullable StorageClass storageClass) {
    String verb = "start an upload of";
    return context.call(
        verb,
        key,
        () -> {
          context.key(verb, key);
          context.checks.metadata(verb, key, metadata);
          BlobMetadata.encode(verb, key, context.uri, metadata);
        },
        () -> {
          byte[] id = new byte[16];
          random.nextBytes(id);
          Upload upload = new Upload(key, HexFormat.of().formatHex(id));
          UploadHeader header =
              new UploadHeader(metadata, storageClass == null ? null : storageClass.name());
          Mono<Upload> sent =
              Flux.fromIterable(header.encode(upload.id()))
                  .flatMap(block -> stage(verb, key, block, MARK), AT_ONCE)
                  .then(Mono.just(upload));
          return context
              .mutate(verb, key, sent)
              .thenApply(
                  u -> {
                    open.add(u);
                    return u;
                  });
        });
  }

  CompletionStage<UploadPart> part(Upload upload, int number, ByteBuffer body) {
    String verb = "upload a part of";
    String key = upload.key();
    return context.call(
        verb,
        key,
        () -> {
          context.key(verb, key);
          context.checks.partNumber(key, number);
          context.checks.putSize(verb, key, body.remaining());
        },
        () -> {
          if (open.contains(upload)) {
            return send(upload, number, body);
          }
          return state(verb, upload)
              .thenCompose(
                  state -> {
                    open.add(upload);
                    return send(upload, number, body);
                  });
        });
  }

  private CompletionStage<UploadPart> send(Upload upload, int number, ByteBuffer body) {
    boolean isEmpty = !body.hasRemaining();
    BlockId block =
        new BlockId(
            isEmpty ? BlockId.Kind.EMPTY_PART : BlockId.Kind.PART,
            upload.id(),
            number,
            stamp(),
            Etags.md5(body));
    // Azure takes no block without bytes.
    Mono<Response<Void>> sent =
        stage("upload a part of", upload.key(), block, isEmpty ? MARK : body);
    return context
        .mutate("upload a part of", upload.key(), sent)
        .thenApply(r -> new UploadPart(number, block.etag(), body.remaining()));
  }

  private Mono<Response<Void>> stage(String verb, String key, BlockId block, ByteBuffer body) {
    byte[] md5 = Etags.md5(body);
    return context
        .blob(key)
        .stageBlockWithResponse(block.encode(), BlobWriter.bytes(body), body.remaining(), md5, null)
        .flatMap(
            response -> {
              String stored = response.getHeaders().getValue(HttpHeaderName.CONTENT_MD5);
              return stored == null || stored.equals(Base64.getEncoder().encodeToString(md5))
                  ? Mono.just(response)
                  : Mono.error(
                      context.failures.of(
                          ErrorKind.CORRUPT,
                          verb,
                          key,
                          "the MD5 that the service computed is not that of the bytes. Send the"
                              + " part again"));
            })
        .onErrorMap(
            e -> BlobFailures.isCode(e, "InvalidBlobOrBlock"),
            e ->
                context.failures.of(
                    ErrorKind.INVALID,
                    verb,
                    key,
                    "another program left blocks at this key whose names have another length"
                        + " (InvalidBlobOrBlock). Azure drops them after a week, or when the key"
                        + " is written by one put"));
  }

  /** A time that no two blocks of this store have. */
  private long stamp() {
    Instant now = context.time.now();
    long micros = now.getEpochSecond() * 1_000_000 + now.getNano() / 1000;
    return lastStamp.updateAndGet(last -> Math.max(last + 1, micros));
  }

  CompletionStage<List<UploadPart>> parts(Upload upload) {
    String verb = "list the parts of";
    return context.call(
        verb,
        upload.key(),
        () -> context.key(verb, upload.key()),
        () -> state(verb, upload).thenApply(UploadState::uploadParts));
  }

  /** What Azure holds of an upload; NOT_FOUND when it is gone. */
  private CompletionStage<UploadState> state(String verb, Upload upload) {
    return states(verb, upload.key())
        .thenApply(
            states -> {
              UploadState state = states.get(upload.id());
              if (state == null) {
                open.remove(upload);
                throw new CompletionException(context.checks.uploadGone(verb, upload));
              }
              return state;
            });
  }

  private CompletionStage<Map<String, UploadState>> states(String verb, String key) {
    return context.read(
        verb,
        key,
        context
            .blob(key)
            .listBlocks(BlockListType.UNCOMMITTED)
            .map(list -> UploadState.of(list.getUncommittedBlocks()))
            .onErrorResume(e -> BlobFailures.isCode(e, "BlobNotFound"), e -> Mono.just(Map.of())));
  }

  CompletionStage<ObjectInfo> complete(Upload upload, List<UploadPart> parts, PutOptions options) {
    String verb = "complete the upload of";
    String key = upload.key();
    return context.call(
        verb,
        key,
        () -> {
          context.key(verb, key);
          context.checks.target(verb, key, options);
          context.noCrc32c(verb, key, options);
        },
        () ->
            states(verb, key)
                .thenCompose(
                    states -> {
                      UploadState state = states.get(upload.id());
                      return state == null
                          ? gone(verb, upload, options.condition())
                          : commit(verb, upload, state, parts, options);
                    }));
  }

  private CompletionStage<ObjectInfo> commit(
      String verb, Upload upload, UploadState state, List<UploadPart> parts, PutOptions options) {
    String key = upload.key();
    String tier = state.header().storageClass();
    BlockBlobCommitBlockListOptions commit;
    try {
      context.checks.completeMetadata(key, options, state.header().metadata());
      context.checks.parts(key, parts, state.uploadParts());
      if (options.storageClass().isPresent() && !options.storageClass().get().name().equals(tier)) {
        throw context.failures.of(
            ErrorKind.INVALID, verb, key, "its storage class is given at the start. Give none");
      }
      commit =
          new BlockBlobCommitBlockListOptions(blocks(state, parts))
              .setRequestConditions(Etags.conditions(options.condition()))
              .setMetadata(BlobMetadata.encode(verb, key, context.uri, state.header().metadata()));
    } catch (ProviderException e) {
      return CompletableFuture.failedFuture(e);
    }
    if (tier != null) {
      commit.setTier(AccessTier.fromString(tier));
    }
    long size = parts.stream().mapToLong(UploadPart::size).sum();
    Mono<ObjectInfo> request =
        context
            .blob(key)
            .commitBlockListWithResponse(commit)
            .map(
                response ->
                    StoreContext.written(
                        key,
                        size,
                        response.getValue().getETag(),
                        response.getValue().getLastModified(),
                        state.header().metadata(),
                        response.getValue().getVersionId(),
                        tier == null ? null : new StorageClass(tier)))
            .onErrorResume(
                e -> BlobFailures.isCode(e, "InvalidBlockList"),
                e -> Mono.fromCompletionStage(() -> gone(verb, upload, options.condition())));
    return context
        .mutate(verb, key, request)
        .thenApply(
            info -> {
              open.remove(upload);
              return info;
            });
  }

  private static List<String> blocks(UploadState state, List<UploadPart> parts) {
    List<String> names = new ArrayList<>();
    for (UploadPart part : parts) {
      UploadState.Held held = state.parts().get(part.number());
      if (held != null && held.id().kind() == BlockId.Kind.PART) {
        names.add(held.id().encode());
      }
    }
    return names;
  }

  /** Who completes first drops the blocks of others: for them the condition failed. */
  private CompletionStage<ObjectInfo> gone(String verb, Upload upload, Condition condition) {
    open.remove(upload);
    ProviderException gone = context.checks.uploadGone(verb, upload);
    if (condition instanceof Condition.None) {
      return CompletableFuture.failedFuture(gone);
    }
    return reader
        .head(verb, upload.key(), Condition.none())
        .handle(
            (info, failure) -> {
              try {
                context.checks.condition(
                    verb, upload.key(), condition, info == null ? null : info.etag());
              } catch (ProviderException e) {
                throw new CompletionException(failure == null || isMissing(failure) ? e : failure);
              }
              throw new CompletionException(gone);
            });
  }

  private static boolean isMissing(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof ProviderException p && p.kind() == ErrorKind.NOT_FOUND;
  }

  CompletionStage<Void> abort(Upload upload) {
    String verb = "abort the upload of";
    String key = upload.key();
    return context.call(
        verb,
        key,
        () -> context.key(verb, key),
        () -> {
          open.remove(upload);
          return states(verb, key)
              .thenCompose(
                  states ->
                      states.containsKey(upload.id())
                          ? context
                              .mutate(verb, key, stage(verb, key, aborted(upload), MARK))
                              .thenAccept(r -> {})
                          : CompletableFuture.completedFuture(null));
        });
  }

  private static BlockId aborted(Upload upload) {
    return new BlockId(BlockId.Kind.ABORTED, upload.id(), 0, 0, new byte[0]);
  }

  CompletionStage<List<Upload>> list(String prefix) {
    return context.call(
        "list the uploads of",
        prefix,
        () -> context.checks.list(new ListRequest(prefix, null, 1)),
        () ->
            lister
                .withoutBytes(prefix)
                .thenCompose(
                    keys -> {
                      List<String> all = new ArrayList<>(keys);
                      // A key with an object is in no list of what is not committed.
                      if (isKey(prefix) && !keys.contains(prefix)) {
                        all.add(prefix);
                      }
                      return Flux.fromIterable(all)
                          .flatMapSequential(this::uploads, AT_ONCE)
                          .flatMapIterable(u -> u)
                          .collectList()
                          .toFuture();
                    }));
  }

  private static boolean isKey(String prefix) {
    return !prefix.isEmpty() && !prefix.endsWith("/") && BlobKeys.reason(prefix) == null;
  }

  private Mono<List<Upload>> uploads(String key) {
    return Mono.fromCompletionStage(() -> states("list the uploads of", key))
        .map(states -> states.keySet().stream().map(id -> new Upload(key, id)).toList());
  }
}
