// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.ObjectStoreProvider;
import io.kmesh.spi.store.PrefixedObjectStore;
import io.kmesh.spi.store.StoreOption;
import io.kmesh.spi.store.StoreUrl;
import io.kmesh.testkit.store.MemoryStore;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stores in memory by URL, {@code mem://bucket/prefix}, for commands of one test process. Lists of
 * a bucket whose name ends in {@code -s3} have no metadata.
 */
public final class MemoryStores implements ObjectStoreProvider {
  private static final Map<String, MemoryStore> BUCKETS = new ConcurrentHashMap<>();

  /** A bucket; tests that run at the same time use several. */
  static MemoryStore bucket(String name) {
    return BUCKETS.computeIfAbsent(name, n -> MemoryStore.create());
  }

  @Override
  public Set<String> schemes() {
    return Set.of("mem");
  }

  @Override
  public List<StoreOption> options() {
    return List.of();
  }

  @Override
  public ObjectStore open(StoreUrl url) {
    MemoryStore store = bucket(url.bucket());
    ObjectStore kept =
        new ForwardingObjectStore() {
          @Override
          protected ObjectStore delegate() {
            return store;
          }

          @Override
          public CompletionStage<ListPage> list(ListRequest request) {
            return url.bucket().endsWith("-s3")
                ? super.list(request).thenApply(MemoryStores::bare)
                : super.list(request);
          }

          @Override
          public void close() {
            // The test looks into it afterwards.
          }
        };
    return PrefixedObjectStore.of(kept, url.prefix());
  }

  private static ListPage bare(ListPage page) {
    return new ListPage(
        page.objects().stream()
            .map(
                i ->
                    new ObjectInfo(
                        i.key(), i.size(), i.etag(), null, i.lastModified(), Map.of(), null))
            .toList(),
        page.nextAfterOrNull());
  }
}
