// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.tree;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;

/** Goes through chunk lists. */
public final class ChunkLists {
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
          ChunkList page = ChunkListCodec.readPage(source.read(name), name, list.depth() - 1);
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
