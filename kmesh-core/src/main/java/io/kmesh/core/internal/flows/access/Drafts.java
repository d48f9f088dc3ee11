// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.nio.Volume;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/** Files that are being written here, until they are sent. Thread-safe. */
final class Drafts {
  private static final PathBytes FOLDER = PathBytes.of("drafts");
  private static final int MODE = 0700;
  private static final int PIECE = 1 << 20;

  private final PosixTree tree;
  private final AtomicLong number = new AtomicLong();

  /**
   * Drafts of a site.
   *
   * @param tree the cache's folder; what an earlier process left there goes
   */
  Drafts(PosixTree tree) throws IOException {
    this.tree = tree;
    RangeCache.remove(tree, FOLDER);
  }

  /** Begins an empty one. */
  Draft begin() throws IOException {
    try (PosixDirectory root = tree.openRoot()) {
      if (root.find(FOLDER).isEmpty()) {
        root.makeDirectory(FOLDER, MODE);
      }
    } catch (ProviderException e) {
      if (e.kind() != io.kmesh.spi.ErrorKind.EXISTS) {
        throw e; // else another thread was faster
      }
    }
    PathBytes name = PathBytes.of(Long.toHexString(number.incrementAndGet()));
    return new Draft(
        name,
        tree.openFile(
            FOLDER.resolve(name),
            Set.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.TRUNCATE)));
  }

  /** A file that is being written. */
  final class Draft implements Closeable {
    private final PathBytes name;
    private final PosixFile file;
    private boolean isKept; // for one thread

    Draft(PathBytes name, PosixFile file) {
      this.name = name;
      this.file = file;
    }

    PosixFile file() {
      return file;
    }

    long size() throws IOException {
      return file.stat().size();
    }

    /** Takes all of a content. */
    void fill(Volume.Bytes bytes) throws IOException {
      ByteBuffer piece = ByteBuffer.allocate(PIECE);
      long at = 0;
      while (bytes.read(at, piece.clear(), true) > 0) {
        piece.flip();
        int length = piece.remaining();
        file.write(piece, at);
        at += length;
      }
    }

    /** Gives it another place: it stays when this is closed. */
    void keep(PosixDirectory to, PathBytes as) throws IOException {
      try (PosixDirectory folder = tree.openDirectory(FOLDER)) {
        folder.rename(name, to, as, RenameMode.REPLACE);
      }
      isKept = true;
    }

    @Override
    public void close() throws IOException {
      file.close();
      if (isKept) {
        return;
      }
      try (PosixDirectory folder = tree.openDirectory(FOLDER)) {
        folder.unlink(name);
      }
    }
  }
}
