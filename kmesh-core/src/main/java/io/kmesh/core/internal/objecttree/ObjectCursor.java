// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The entries of a directory by name, some at a time; between them it holds a name and nothing
 * else. One thread at a time.
 */
final class ObjectCursor implements DirectoryCursor {
  private static final int BATCH = 1000;

  private final ObjectTree tree;
  private final long directory;
  private final String shown;
  private PathBytes behind = PathBytes.EMPTY;
  private boolean isClosed;

  ObjectCursor(ObjectTree tree, long directory, String shown) throws IOException {
    tree.retain();
    this.tree = tree;
    this.directory = directory;
    this.shown = shown;
  }

  @Override
  public List<DirectoryEntry> next() throws IOException {
    List<DirectoryEntry> some = new ArrayList<>();
    synchronized (tree.index()) {
      if (isClosed) {
        throw Posix.refusal(Errno.EBADF, "list " + shown, "the cursor was closed");
      }
      try (Rows<Entry> entries =
          behind.isEmpty()
              ? tree.index().entries(directory)
              : tree.index().entriesBehind(directory, behind)) {
        while (some.size() < BATCH && entries.next()) {
          Entry entry = entries.row();
          some.add(new DirectoryEntry(entry.name(), entry.inode(), entry.type()));
        }
      }
    }
    if (!some.isEmpty()) {
      behind = some.get(some.size() - 1).name();
    }
    return some;
  }

  @Override
  public void close() {
    synchronized (tree.index()) {
      if (isClosed) {
        return;
      }
      isClosed = true;
    }
    tree.releaseQuietly();
  }
}
