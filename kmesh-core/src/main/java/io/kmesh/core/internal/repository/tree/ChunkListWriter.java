// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.tree;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Makes the list of a content's chunks while the content is cut. A long list goes into pages, and
 * those into pages of a depth more, so that the memory needed does not grow with the content. A
 * function of the chunks alone: the same content has the same list. For one thread.
 */
public final class ChunkListWriter {
  private static final int MOST_INLINE = 64;
  private static final int LEAST_PAGE = 512;
  private static final int MOST_PAGE = 4096;
  private static final long CUT = (1 << 10) - 1;

  private final ChunkSink sink;
  private final List<Level> levels = new ArrayList<>();

  /** Writes pages to a sink. */
  public ChunkListWriter(ChunkSink sink) {
    this.sink = sink;
  }

  /** What of a depth waits for its page. */
  private static final class Level {
    private ChunkName[] names = new ChunkName[1];
    private long[] lengths = new long[1];
    private int count;

    void add(ChunkName name, long length) {
      if (count == names.length) {
        names = Arrays.copyOf(names, 2 * count);
        lengths = Arrays.copyOf(lengths, 2 * count);
      }
      names[count] = name;
      lengths[count++] = length;
    }

    ChunkList take(int depth) {
      ChunkList list =
          new ChunkList(depth, Arrays.copyOf(names, count), Arrays.copyOf(lengths, count));
      count = 0;
      return list;
    }
  }

  /** Adds the chunk behind the last one. */
  public void add(ChunkName name, long length) throws IOException {
    add(0, name, length);
  }

  private void add(int depth, ChunkName name, long length) throws IOException {
    if (depth == levels.size()) {
      levels.add(new Level());
    }
    Level level = levels.get(depth);
    level.add(name, length);
    boolean isCut = level.count >= LEAST_PAGE && (name.third() & CUT) == 0;
    if (isCut || level.count == MOST_PAGE) {
      page(depth);
    }
  }

  private void page(int depth) throws IOException {
    ChunkList page = levels.get(depth).take(depth);
    byte[] bytes = ChunkListCodec.writePage(page);
    add(depth + 1, sink.write(bytes, 0, bytes.length), page.length());
  }

  /** The list of all chunks that were added. */
  public ChunkList finish() throws IOException {
    for (int depth = 0; depth < levels.size(); depth++) {
      int count = levels.get(depth).count;
      if (depth == levels.size() - 1 && count <= MOST_INLINE) {
        return levels.get(depth).take(depth);
      }
      if (count > 0) {
        page(depth);
      }
    }
    return ChunkList.EMPTY;
  }
}
