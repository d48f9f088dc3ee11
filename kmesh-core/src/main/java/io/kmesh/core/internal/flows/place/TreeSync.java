// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.SyncMode;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/**
 * Makes durable what was done to a tree: by one call where it has that, else directory by
 * directory; files are synced by who writes them then. For the engine's thread.
 */
final class TreeSync {
  /** Somebody took the directory away: nothing of the flow is there. */
  private static final Set<Errno> ELSEWHERE =
      Set.of(Errno.ENOENT, Errno.ESTALE, Errno.ENOTDIR, Errno.ELOOP);

  private final PosixTree tree;
  private final Directories directories;
  private final boolean isForAll;
  private final boolean hasSync;
  private final boolean isEach;
  private final Set<NodeId> changed = new HashSet<>();
  private boolean isDirty;

  TreeSync(PosixTree tree, Directories directories) {
    this.tree = tree;
    this.directories = directories;
    this.isForAll = tree.capabilities().contains(PosixCapability.TREE_SYNC);
    this.hasSync = tree.capabilities().contains(PosixCapability.SYNC);
    this.isEach = !isForAll && hasSync;
  }

  /** Whether each file that is changed in place is to be synced by itself. */
  boolean isEach() {
    return isEach;
  }

  /** Makes the entries of a directory durable at once, before what they stood for is replaced. */
  void now(PosixDirectory directory) throws IOException {
    if (hasSync) {
      directory.sync(SyncMode.ALL);
    }
  }

  /** Something was written. */
  void changed() {
    isDirty = true;
  }

  /** The entries of a directory were changed. */
  void changed(NodeId directory) {
    isDirty = true;
    if (isEach) {
      changed.add(directory);
    }
  }

  /** Whether something was done since the last sync. */
  boolean isDirty() {
    return isDirty;
  }

  /** Makes all durable that was said to have changed. */
  void sync(Facts facts) throws IOException {
    if (!isDirty) {
      return;
    }
    if (isForAll) {
      tree.sync();
    }
    for (NodeId id : changed) {
      DirectoryRef directory = facts.directory(id);
      if (directory != null) {
        try (Directories.Lease lease = directories.lease(directory)) {
          lease.directory().sync(SyncMode.ALL);
        } catch (ProviderException e) {
          if (e.errno().filter(ELSEWHERE::contains).isEmpty()) {
            throw e;
          }
        }
      }
    }
    changed.clear();
    isDirty = false;
  }
}
