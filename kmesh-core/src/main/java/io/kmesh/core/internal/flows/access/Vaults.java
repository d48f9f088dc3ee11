// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.endpoints.Endpoints;
import io.kmesh.core.internal.flows.grants.GrantDesk;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.Closeable;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A sealed cache for each grant that something was read under; what earlier processes left is
 * removed, since its keys died with them. Thread-safe.
 */
final class Vaults implements GrantDesk.Listener, Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(Vaults.class);
  private static final PathBytes FOLDER = PathBytes.of("sealed");
  private static final int MODE = 0700;

  private final PosixTree tree;
  private final long budget;
  private final Map<String, SealedCache> open = new HashMap<>(); // guarded by this, as the next
  private boolean isClosed;
  private volatile long share;

  /**
   * Vaults in a cache's folder.
   *
   * @param tree the folder; stays the caller's
   * @param budget the most bytes of all together
   */
  Vaults(PosixTree tree, long budget) throws IOException {
    this.tree = tree;
    this.budget = budget;
    this.share = budget;
    RangeCache.remove(tree, FOLDER);
  }

  /** The cache of a grant that counts; null when this was closed. */
  synchronized @Nullable SealedCache of(String grant) throws IOException {
    SealedCache there = open.get(grant);
    if (there != null || isClosed) {
      return there;
    }
    share = budget / (open.size() + 1);
    for (SealedCache other : open.values()) {
      other.trim();
    }
    PathBytes name = PathBytes.of(grant);
    try (PosixDirectory root = tree.openRoot()) {
      if (root.find(FOLDER).isEmpty()) {
        root.makeDirectory(FOLDER, MODE);
      }
    }
    try (PosixDirectory all = tree.openDirectory(FOLDER)) {
      all.makeDirectory(name, MODE);
    }
    PathBytes folder = FOLDER.resolve(name);
    SealedCache made = SealedCache.begin(tree, folder, Endpoints.below(tree, folder), () -> share);
    open.put(grant, made);
    return made;
  }

  /** Bytes of all of them. */
  synchronized long used() {
    return open.values().stream().mapToLong(SealedCache::used).sum();
  }

  @Override
  public synchronized void ended(String grant) {
    SealedCache gone = open.remove(grant);
    if (gone != null) {
      share = budget / Math.max(1, open.size());
      destroy(gone);
    }
  }

  private static void destroy(SealedCache gone) {
    try {
      gone.destroy();
    } catch (IOException e) {
      // Without its key nobody reads it; the next opening removes it.
      LOG.warn("What was cached under a grant that ended stays until the next start: {}", e, e);
    }
  }

  /** Destroys all keys. */
  @Override
  public synchronized void close() {
    isClosed = true;
    List.copyOf(open.values()).forEach(Vaults::destroy);
    open.clear();
  }
}
