// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.tree;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.path.PathBytes;
import java.util.Arrays;
import java.util.List;

/** What an entry of a tree holds, by its type. Immutable. */
public sealed interface Content {
  /** FIFOs and sockets. */
  enum None implements Content {
    /** The only one. */
    NONE
  }

  /** That of FIFOs and sockets. */
  static Content none() {
    return None.NONE;
  }

  /**
   * A directory.
   *
   * @param height 0 when the page is a leaf
   * @param page its top page
   */
  record Directory(int height, ChunkName page) implements Content {}

  /** A symbolic link. */
  record Link(PathBytes target) implements Content {}

  /**
   * A device.
   *
   * @param major its major number
   * @param minor its minor number
   */
  record Device(long major, long minor) implements Content {}

  /** A regular file. */
  sealed interface File extends Content {
    /** Its bytes, holes included. */
    long size();
  }

  /** A file whose bytes are all data. */
  record Data(long size, ChunkList chunks) implements File {}

  /**
   * A file with holes.
   *
   * @param size its bytes
   * @param extents what is data, ascending, apart from each other
   * @param chunks the bytes of the extents one behind the other
   */
  record Sparse(long size, List<Extent> extents, ChunkList chunks) implements File {
    /** Copies the extents. */
    public Sparse {
      extents = List.copyOf(extents);
    }
  }

  /**
   * A file whose bytes lie elsewhere.
   *
   * @param size its bytes
   * @param reference where, as JSON
   */
  @SuppressWarnings("ArrayRecordComponent") // Compared by equals below.
  record Reference(long size, byte[] reference) implements File {
    @Override
    public boolean equals(@org.jspecify.annotations.Nullable Object o) {
      return o instanceof Reference r && r.size == size && Arrays.equals(r.reference, reference);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(reference);
    }
  }
}
