// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.DeleteOutcome;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Shows a store of memory as S3 would: ETags are digests of the bytes, times are whole seconds, and
 * lists have no metadata.
 */
final class DigestStore extends ForwardingObjectStore {
  private static final int DIGEST = 16;

  final MemoryStore store;

  /** Objects that were asked for, or read. */
  final AtomicLong asked = new AtomicLong();

  DigestStore(MemoryStore store) {
    this.store = store;
  }

  @Override
  protected ObjectStore delegate() {
    return store;
  }

  private static ObjectInfo digest(ObjectInfo info) {
    return info(info, info.metadata());
  }

  private static ObjectInfo info(ObjectInfo info, Map<String, String> metadata) {
    return new ObjectInfo(
        info.key(),
        info.size(),
        info.etag().substring(0, DIGEST),
        null,
        info.lastModified().truncatedTo(ChronoUnit.SECONDS),
        metadata,
        metadata.isEmpty() ? null : info.sha256OrNull());
  }

  /** The condition on the object that has this digest now. */
  private Condition real(String key, Condition condition) {
    if (!(condition instanceof Condition.Matches matches)) {
      return condition;
    }
    try {
      return store
          .blocking()
          .find(key)
          .filter(there -> there.etag().startsWith(matches.etag()))
          .map(there -> Condition.matches(there.etag()))
          .orElse(condition);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private PutOptions real(String key, PutOptions options) {
    return options.withCondition(real(key, options.condition()));
  }

  @Override
  public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
    return store.put(key, body, real(key, options)).thenApply(DigestStore::digest);
  }

  @Override
  public CompletionStage<ObjectInfo> copy(
      String source, Condition sourceCondition, String target, PutOptions options) {
    return store
        .copy(source, real(source, sourceCondition), target, real(target, options))
        .thenApply(DigestStore::digest);
  }

  @Override
  public CompletionStage<ObjectRange> read(
      String key, long offset, int length, Condition condition) {
    asked.incrementAndGet();
    return store
        .read(key, offset, length, real(key, condition))
        .thenApply(range -> new ObjectRange(digest(range.info()), range.offset(), range.data()));
  }

  @Override
  public CompletionStage<List<DeleteOutcome>> delete(List<DeleteTarget> targets) {
    return store.delete(
        targets.stream()
            .map(t -> new DeleteTarget(t.key(), real(t.key(), t.condition())))
            .toList());
  }

  @Override
  public CompletionStage<ObjectInfo> head(String key) {
    asked.incrementAndGet();
    return store.head(key).thenApply(DigestStore::digest);
  }

  @Override
  public CompletionStage<ObjectInfo> complete(
      Upload upload, List<UploadPart> parts, PutOptions options) {
    return store
        .complete(upload, parts, real(upload.key(), options))
        .thenApply(DigestStore::digest);
  }

  @Override
  public CompletionStage<ListPage> list(ListRequest request) {
    return store
        .list(request)
        .thenApply(
            page ->
                new ListPage(
                    page.objects().stream().map(i -> info(i, Map.of())).toList(),
                    page.nextAfterOrNull(),
                    page.tokenOrNull()));
  }
}
