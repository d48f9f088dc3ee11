// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The keys below a prefix when one page lists them all, as at a first export: for any other key the
 * store need not be asked before something is stored on the condition that nothing is there. Memory
 * is that of a page. Thread-safe.
 */
final class FewKeys {
  private final @Nullable Set<String> there; // null when there are many; guarded by this

  private FewKeys(@Nullable Set<String> there) {
    this.there = there;
  }

  /** Asks the store, by one request. */
  static FewKeys list(MirrorObjects objects) throws IOException {
    ListPage page = objects.list(Retrier.Check.NONE, ListRequest.prefix(objects.full("")));
    if (page.nextAfter().isPresent()) {
      return new FewKeys(null);
    }
    Set<String> keys = new HashSet<>();
    for (ObjectInfo listed : page.objects()) {
      objects.relative(listed.key()).ifPresent(keys::add);
    }
    return new FewKeys(keys);
  }

  /** Whether nothing was at a key when it was listed. */
  synchronized boolean isAbsent(String key) {
    return there != null && !there.contains(key);
  }

  /** Something is at a key by now; false when that was known. */
  synchronized boolean appeared(String key) {
    return there != null && there.add(key);
  }
}
