// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.archive;

import io.kmesh.core.internal.repository.ChunkReader;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.index.ChunkIndex;
import io.kmesh.core.internal.repository.pack.PackId;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.repository.tree.ChunkList;
import io.kmesh.core.internal.repository.tree.ChunkLists;
import io.kmesh.core.internal.repository.tree.Content;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Asks the store whether the packs of a content are there. Thread-safe. */
final class PackPresence {
  private static final int PAGE_CACHE = 1 << 20;
  private static final int TRIES = 4;

  private final Domain domain;

  PackPresence(Domain domain) {
    this.domain = domain;
  }

  /** Whether each chunk is in a pack that the index names and the store has. */
  boolean has(Content.File content) throws IOException {
    for (int tries = 1; ; tries++) {
      Head head = domain.heads().newest();
      // A collection may have moved what is missing since the head was read.
      if (has(content, head)) {
        return true;
      }
      if (tries == TRIES || !domain.heads().hasNewer(head)) {
        return false;
      }
    }
  }

  private boolean has(Content.File content, Head head) throws IOException {
    ChunkList list =
        content instanceof Content.Data data
            ? data.chunks()
            : content instanceof Content.Sparse sparse ? sparse.chunks() : ChunkList.EMPTY;
    ChunkIndex index = Session.index(domain, head);
    Set<PackId> packs = new HashSet<>();
    boolean[] isWhole = {true};
    try (ChunkReader pages = new ChunkReader(domain, index, PAGE_CACHE)) {
      ChunkLists.visit(
          list,
          pages,
          0,
          Long.MAX_VALUE,
          (chunk, offset, length) -> {
            Optional<PackId> pack = index.findPack(chunk);
            pack.ifPresent(packs::add);
            isWhole[0] &= pack.isPresent();
          });
    }
    for (PackId pack : packs) {
      if (isWhole[0]) {
        isWhole[0] = domain.objects().exists(pack.key());
      }
    }
    return isWhole[0];
  }
}
