// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.grants;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.SyncMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;

/** The files of grants in a flow's folder. Thread-safe. */
final class GrantFiles {
  private static final PathBytes BOOK = PathBytes.of("grants");
  private static final PathBytes NEW_BOOK = PathBytes.of("grants.new");
  private static final PathBytes LOG = PathBytes.of("audit");
  private static final String KEPT = "audit.damaged-";
  private static final long MOST_BOOK = 16 << 20;
  private static final int MOST_KEPT = 1_000;

  private final PosixTree tree;
  private final boolean isSyncing;

  /** Files of a folder, which stays the caller's. */
  GrantFiles(PosixTree tree) {
    this.tree = tree;
    this.isSyncing = tree.capabilities().contains(PosixCapability.SYNC);
  }

  /** What was kept of grants. */
  GrantBook readBook() throws IOException {
    try (PosixDirectory root = tree.openRoot()) {
      if (root.find(BOOK).isEmpty()) {
        return GrantBook.EMPTY;
      }
    }
    try (PosixFile file = tree.openFile(BOOK, Set.of(OpenFlag.READ))) {
      long size = file.stat().size();
      if (size > MOST_BOOK) {
        throw new ProviderException(
            ErrorKind.CORRUPT, "Cannot read the grants of a flow: they are " + size + " bytes.");
      }
      byte[] bytes = new byte[(int) size];
      ByteBuffer target = ByteBuffer.wrap(bytes);
      while (target.hasRemaining() && file.read(target, target.position()) > 0) {
        // until all is there
      }
      return GrantBook.decode(bytes);
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.CORRUPT) {
        throw new ProviderException(
            ErrorKind.CORRUPT,
            e.getMessage()
                + " Nothing sensitive is read until the file \"grants\" of the flow's folder is"
                + " mended or removed; without it no grant counts.",
            e);
      }
      throw e;
    }
  }

  /** Keeps grants: durable when this returns, and what was kept before until then. */
  void writeBook(GrantBook book) throws IOException {
    try (PosixDirectory root = tree.openRoot()) {
      try (PosixFile file =
          tree.openFile(NEW_BOOK, Set.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.TRUNCATE))) {
        file.write(ByteBuffer.wrap(book.encode()), 0);
        sync(file);
      }
      root.rename(NEW_BOOK, root, BOOK, RenameMode.REPLACE);
      sync(root);
    }
  }

  /** Whether there is a log. */
  boolean hasLog() throws IOException {
    try (PosixDirectory root = tree.openRoot()) {
      return root.find(LOG).isPresent();
    }
  }

  /** The log, for reading alone. */
  PosixFile readLog() throws IOException {
    return tree.openFile(LOG, Set.of(OpenFlag.READ));
  }

  /** The log; an empty one when there is none. */
  PosixFile openLog() throws IOException {
    PosixFile file = tree.openFile(LOG, Set.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE));
    try (PosixDirectory root = tree.openRoot()) {
      sync(root);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
    return file;
  }

  /** Puts a log aside. */
  void keepLog() throws IOException {
    try (PosixDirectory root = tree.openRoot()) {
      for (int i = 1; i <= MOST_KEPT; i++) {
        PathBytes name = PathBytes.of(KEPT + i);
        if (root.find(name).isEmpty()) {
          root.rename(LOG, root, name, RenameMode.NO_REPLACE);
          sync(root);
          return;
        }
      }
    }
    throw new ProviderException(
        ErrorKind.PRECONDITION,
        "Cannot put a damaged audit log aside: there are "
            + MOST_KEPT
            + " in the flow's folder. Look at them, and remove them.");
  }

  /** Makes a file's bytes durable. */
  void sync(PosixFile file) throws IOException {
    if (isSyncing) {
      file.sync(SyncMode.DATA);
    }
  }

  private void sync(PosixDirectory directory) throws IOException {
    if (isSyncing) {
      directory.sync(SyncMode.ALL);
    }
  }
}
