// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.base;

import io.kmesh.core.internal.state.OrderedStore;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The registers of a base's names, the last used of them in memory too: what is told, taken and
 * placed is asked for many times. Each change is handed to the store at once. For one thread.
 */
final class NameTable {
  private static final int MOST_CACHED = 16_384;

  private final OrderedStore store;
  private final Map<Link, Dirent> cache = new Cache();

  private static final class Cache extends LinkedHashMap<Link, Dirent> {
    private static final long serialVersionUID = 1;

    Cache() {
      super(1024, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<Link, Dirent> eldest) {
      return size() > MOST_CACHED;
    }
  }

  NameTable(OrderedStore store) {
    this.store = store;
  }

  /** The register of a name; {@link Dirent#none} where there is none. */
  Dirent find(Link link) throws IOException {
    Dirent cached = cache.get(link);
    if (cached != null) {
      return cached;
    }
    byte[] kept = store.get(Keys.name(link));
    if (kept == null) {
      return Dirent.none(link);
    }
    Dirent dirent = BaseCodec.dirent(link, kept);
    cache.put(link, dirent);
    return dirent;
  }

  void put(Dirent dirent) throws IOException {
    store.put(Keys.name(dirent.link()), BaseCodec.kept(dirent));
    cache.put(dirent.link(), dirent);
  }

  /** Keeps one that is new, and not in memory: many come at once. */
  void add(Dirent dirent) throws IOException {
    store.put(Keys.name(dirent.link()), BaseCodec.kept(dirent));
  }

  void remove(Link link) throws IOException {
    store.remove(Keys.name(link));
    cache.remove(link);
  }

  void forgetCached() {
    cache.clear();
  }
}
