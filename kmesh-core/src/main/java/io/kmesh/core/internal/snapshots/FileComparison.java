// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.ChunkReader;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.tree.ChunkLists;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.Extent;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalLong;

/**
 * Compares a file with what a snapshot has of it by the names of its chunks: no content is fetched.
 * Used once.
 */
final class FileComparison {
  private static final int MOST = 16 << 20;

  private final ChunkReader chunks;
  private final PosixFile file;
  private final List<Extent> extents;
  private int extent;
  private long inExtent;
  private boolean isSame = true;
  private byte[] bytes = new byte[0];

  private FileComparison(ChunkReader chunks, PosixFile file, List<Extent> extents) {
    this.chunks = chunks;
    this.file = file;
    this.extents = extents;
  }

  /** Whether a file of the right size has this content, holes included. */
  static boolean isSame(ChunkReader chunks, PosixFile file, Content.File content)
      throws IOException {
    if (content instanceof Content.Data data) {
      List<Extent> all = data.size() == 0 ? List.of() : List.of(new Extent(0, data.size()));
      return new FileComparison(chunks, file, all).run(data.chunks());
    }
    return content instanceof Content.Sparse sparse
        && hasHoles(file, sparse)
        && new FileComparison(chunks, file, sparse.extents()).run(sparse.chunks());
  }

  private static boolean hasHoles(PosixFile file, Content.Sparse sparse) throws IOException {
    long at = 0;
    for (Extent extent : sparse.extents()) {
      if (!isHole(file, at, extent.offset())) {
        return false;
      }
      at = extent.offset() + extent.length();
    }
    return isHole(file, at, sparse.size());
  }

  private static boolean isHole(PosixFile file, long from, long to) throws IOException {
    if (from >= to) {
      return true;
    }
    OptionalLong data = file.nextData(from);
    return data.isEmpty() || data.getAsLong() >= to;
  }

  private boolean run(io.kmesh.core.internal.repository.tree.ChunkList list) throws IOException {
    ChunkLists.visit(list, chunks, 0, Long.MAX_VALUE, this::compare);
    return isSame && extent == extents.size();
  }

  private void compare(ChunkName name, long offset, long length) throws IOException {
    Crew.requireWanted();
    isSame = isSame && length <= MOST && isRead((int) length);
    isSame = isSame && chunks.isNamed(name, bytes, 0, (int) length);
  }

  private boolean isRead(int length) throws IOException {
    if (bytes.length < length) {
      bytes = new byte[length];
    }
    int done = 0;
    while (done < length && extent < extents.size()) {
      Extent current = extents.get(extent);
      int room = (int) Math.min(length - done, current.length() - inExtent);
      int count = file.read(ByteBuffer.wrap(bytes, done, room), current.offset() + inExtent);
      if (count <= 0) {
        return false;
      }
      done += count;
      inExtent += count;
      if (inExtent == current.length()) {
        extent++;
        inExtent = 0;
      }
    }
    return done == length;
  }
}
