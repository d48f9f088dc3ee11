// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.tree;

import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Writes one directory as pages. Where a page ends is decided by what it holds alone, mostly by the
 * hash of a name, so that a change in one place leaves the pages of others as they were. Needs
 * memory for a page of each level. For one thread.
 */
public final class DirectoryWriter {
  private static final int LEAST = 64;
  private static final int AVERAGE_BITS = 9;
  private static final int MOST = 4096;
  private static final int MOST_BYTES = 256 << 10;

  private final ChunkSink sink;
  private final ByteOutput page = new ByteOutput(4096);
  private final ByteOutput framed = new ByteOutput(4096);
  private final List<Level> levels = new ArrayList<>();
  private EntryCodec.Before before = new EntryCodec.Before();
  private @Nullable PathBytes first;
  private @Nullable PathBytes last;
  private int count;

  /** Writes pages to a sink. */
  public DirectoryWriter(ChunkSink sink) {
    this.sink = sink;
  }

  /** A level of inner pages: the children of the page at hand. */
  private static final class Level {
    private final ByteOutput rows = new ByteOutput(1024);
    private @Nullable PathBytes first;
    private int count;
    private long entries;
  }

  /**
   * Adds an entry.
   *
   * @throws IllegalArgumentException when its name does not follow that of the entry before
   */
  public void add(TreeNode node) throws IOException {
    PathBytes previous = last;
    if (previous != null && previous.compareTo(node.name()) >= 0) {
      throw new IllegalArgumentException(
          "Cannot add " + node.name() + " behind " + previous + ": entries are sorted.");
    }
    if (count == 0) {
      first = node.name();
    }
    EntryCodec.write(page, node, before);
    last = node.name();
    count++;
    if (count >= LEAST && (isEnd(node.name()) || count == MOST || page.size() > MOST_BYTES)) {
      endLeaf();
    }
  }

  /** Whether nothing waits in pages up to a height, so that a page of it may follow whole. */
  boolean isAtStart(int height) {
    for (int i = 0; i < Math.min(height, levels.size()); i++) {
      if (levels.get(i).count > 0) {
        return false;
      }
    }
    return count == 0;
  }

  /**
   * Adds all entries below a page that is stored, which this writer would have made of them: not
   * the last of its height, as that did not end by itself.
   */
  void addPage(int height, Page.Child page) throws IOException {
    last = page.first();
    addChild(height + 1, page.first(), page.page(), page.entries());
  }

  /** Ends the directory and gives its content. */
  public Content.Directory end() throws IOException {
    if (levels.isEmpty()) {
      return new Content.Directory(0, writeLeaf());
    }
    if (count > 0) {
      endLeaf();
    }
    for (int height = 1; ; height++) {
      Level level = levels.get(height - 1);
      boolean isTop = height == levels.size();
      if (isTop) {
        return new Content.Directory(height, writeInner(level));
      }
      if (level.count > 0) {
        endInner(height, level);
      }
    }
  }

  private ChunkName writeLeaf() throws IOException {
    return write('L', count, page);
  }

  private void endLeaf() throws IOException {
    PathBytes name = first;
    if (name != null) {
      addChild(1, name, writeLeaf(), count);
    }
    page.clear();
    before = new EntryCodec.Before();
    count = 0;
  }

  private void addChild(int height, PathBytes name, ChunkName child, long entries)
      throws IOException {
    while (levels.size() < height) {
      levels.add(new Level());
    }
    Level level = levels.get(height - 1);
    if (level.count == 0) {
      level.first = name;
    }
    level.rows.block(name.toBytes());
    child.write(level.rows);
    level.rows.varint(entries);
    level.entries += entries;
    level.count++;
    if (level.count >= LEAST && (isEnd(name) || level.count == MOST)) {
      endInner(height, level);
    }
  }

  private void endInner(int height, Level level) throws IOException {
    PathBytes name = level.first;
    if (name != null) {
      ChunkName written = writeInner(level);
      long entries = level.entries;
      level.rows.clear();
      level.count = 0;
      level.entries = 0;
      addChild(height + 1, name, written, entries);
    }
  }

  private ChunkName writeInner(Level level) throws IOException {
    return write('I', level.count, level.rows);
  }

  private ChunkName write(char kind, int number, ByteOutput rows) throws IOException {
    framed.clear();
    framed.u8(kind);
    framed.u8(0);
    framed.varint(number);
    framed.raw(rows.array(), 0, rows.size());
    return sink.write(framed.array(), 0, framed.size());
  }

  private static boolean isEnd(PathBytes name) {
    CRC32C hash = new CRC32C();
    hash.update(name.toBytes());
    return (hash.getValue() & ((1 << AVERAGE_BITS) - 1)) == 0;
  }
}
