// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.archive;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.repository.tree.ChunkList;
import io.kmesh.core.internal.repository.tree.ChunkLists;
import io.kmesh.core.internal.repository.tree.ChunkSource;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;

/** Lets what a session publishes name contents that others stored. */
final class ReferredContent {
  private ReferredContent() {}

  /** Some chunk of a content is not there. */
  private static final class ChunkGoneException extends IOException {
    private static final long serialVersionUID = 1;
  }

  /**
   * Refers to all chunks of a content, and to its list pages, which are read.
   *
   * @return false when some are not there: the content must not be named
   */
  static boolean refer(Session session, Content.File content, ChunkSource pages)
      throws IOException {
    ChunkList chunks =
        content instanceof Content.Sparse sparse
            ? sparse.chunks()
            : ((Content.Data) content).chunks();
    try {
      ChunkLists.visit(
          chunks,
          name -> {
            refer(session, name);
            return pages.read(name);
          },
          0,
          Long.MAX_VALUE,
          (name, offset, length) -> refer(session, name));
      return true;
    } catch (ChunkGoneException e) {
      return false;
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }

  private static void refer(Session session, ChunkName name) throws ChunkGoneException {
    if (!session.refer(name)) {
      throw new ChunkGoneException();
    }
  }
}
