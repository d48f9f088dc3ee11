// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.tree;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Chunk lists of large contents, in pages. */
public final class ChunkLists {
  private static final int MOST_INLINE = 64;
  private static final int LEAST_PAGE = 512;
  private static final int MOST_PAGE = 4096;
  private static final int PAGE_BITS = 10;

  private ChunkLists() {}

  /** Takes a chunk of a content. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * Takes it.
     *
     * @param offset its place in the content
     */
    void visit(ChunkName name, long offset, long length) throws IOException;
  }

  /** The list itself when it is short; else one of pages, which are cut by the chunks' names. */
  public static ChunkList bounded(ChunkList list, ChunkSink sink) throws IOException {
    int count = list.names().length;
    if (count <= MOST_INLINE || list.depth() != 0) {
      return list;
    }
    List<ChunkName> names = new ArrayList<>();
    List<Long> lengths = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < count; i++) {
      int inPage = i + 1 - from;
      boolean isCut =
          inPage >= LEAST_PAGE && (list.names()[i].third() & ((1 << PAGE_BITS) - 1)) == 0;
      if (isCut || inPage == MOST_PAGE || i == count - 1) {
        ChunkList page =
            new ChunkList(
                0,
                Arrays.copyOfRange(list.names(), from, i + 1),
                Arrays.copyOfRange(list.lengths(), from, i + 1));
        byte[] bytes = ChunkListCodec.writePage(page);
        names.add(sink.write(bytes, 0, bytes.length));
        lengths.add(page.length());
        from = i + 1;
      }
    }
    return new ChunkList(
        1, names.toArray(new ChunkName[0]), lengths.stream().mapToLong(Long::longValue).toArray());
  }

  /** Visits the chunks of a content that overlap a range, in order. */
  public static void visit(ChunkList list, ChunkSource source, long from, long to, Visitor visitor)
      throws IOException {
    visit(list, source, 0, from, to, visitor);
  }

  private static void visit(
      ChunkList list, ChunkSource source, long begin, long from, long to, Visitor visitor)
      throws IOException {
    long at = begin;
    for (int i = 0; i < list.names().length && at < to; i++) {
      long end = at + list.lengths()[i];
      if (end > from) {
        ChunkName name = list.names()[i];
        if (list.depth() == 0) {
          visitor.visit(name, at, list.lengths()[i]);
        } else {
          ChunkList page = ChunkListCodec.readPage(source.read(name), name);
          if (page.length() != list.lengths()[i]) {
            throw new ProviderException(
                ErrorKind.CORRUPT,
                "Cannot read the chunk list "
                    + name
                    + ": it stands for "
                    + page.length()
                    + " bytes where "
                    + list.lengths()[i]
                    + " were promised. Run a check.");
          }
          visit(page, source, at, from, to, visitor);
        }
      }
      at = end;
    }
  }
}
