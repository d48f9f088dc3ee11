// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.archive;

import io.kmesh.core.internal.repository.ChunkReader;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.tree.ChunkSource;
import io.kmesh.core.internal.repository.tree.Page;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/** Pages of catalogs, those used last in memory as they were parsed. Thread-safe. */
final class CatalogPages implements ChunkSource {
  /** Entries in memory are some times as large as in their page. */
  private static final int GROWTH = 8;

  private final ChunkReader reader;
  private final long budget;
  private final Map<ChunkName, Held> pages =
      new LinkedHashMap<>(16, 0.75f, true); // guarded by this
  private long bytes; // guarded by this

  private record Held(Page page, long weight) {}

  /**
   * Pages by a reader.
   *
   * @param budget the bytes that are kept
   */
  CatalogPages(ChunkReader reader, long budget) {
    this.reader = reader;
    this.budget = budget;
  }

  @Override
  public byte[] read(ChunkName name) throws IOException {
    return reader.read(name);
  }

  @Override
  public Page page(ChunkName name) throws IOException {
    synchronized (this) {
      Held held = pages.get(name);
      if (held != null) {
        return held.page();
      }
    }
    byte[] content = reader.read(name);
    Page page = Page.read(content, name);
    keep(name, new Held(page, (long) GROWTH * content.length));
    return page;
  }

  private synchronized void keep(ChunkName name, Held held) {
    Held before = pages.put(name, held);
    bytes += held.weight() - (before == null ? 0 : before.weight());
    for (Iterator<Held> oldest = pages.values().iterator(); bytes > budget && oldest.hasNext(); ) {
      bytes -= oldest.next().weight();
      oldest.remove();
    }
  }
}
