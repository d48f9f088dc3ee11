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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

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

  /** A sync beside this thread, from its begin until somebody has taken its end. */
  private @Nullable CompletableFuture<Void> begun;

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

  /** Whether something was done that no sync has made durable. */
  boolean isDirty() {
    return isDirty || begun != null;
  }

  /**
   * Begins to make all durable that was said to have changed, beside this thread; what is changed
   * from now on is left for the next one. Nothing is begun where each directory is synced.
   */
  void begin(SyncRunner runner) {
    if (!isDirty || !isForAll || begun != null) {
      return;
    }
    CompletableFuture<Void> next = new CompletableFuture<>();
    isDirty = false;
    begun = next;
    runner.start(
        tree::sync,
        failure -> {
          if (failure.isPresent()) {
            next.completeExceptionally(failure.get());
          } else {
            next.complete(null);
          }
        });
  }

  /** Whether a sync that was begun has not ended. */
  boolean isUnderWay() {
    CompletableFuture<Void> now = begun;
    return now != null && !now.isDone();
  }

  /** Waits for a sync that was begun, if there is one, and says how it went. */
  private boolean end() throws IOException {
    CompletableFuture<Void> now = begun;
    if (now == null) {
      return false;
    }
    begun = null;
    try {
      now.join();
      return true;
    } catch (CompletionException e) {
      isDirty = true;
      Throwable cause = e.getCause();
      if (cause instanceof Error error) {
        throw error;
      }
      if (cause instanceof RuntimeException failure) {
        throw failure;
      }
      throw cause instanceof IOException failure ? failure : new IOException(cause);
    }
  }

  /** Waits for a sync that was begun, whatever comes of it: the tree is to be closed. */
  void close() {
    CompletableFuture<Void> now = begun;
    if (now != null) {
      CompletableFuture<Void> unused = now.exceptionally(failure -> null);
      unused.join();
    }
  }

  /**
   * Makes all durable that was said to have changed; of a sync that was begun what had changed
   * before that.
   */
  void step(Facts facts) throws IOException {
    if (!end()) {
      sync(facts);
    }
  }

  /** Makes all durable that was said to have changed. */
  void sync(Facts facts) throws IOException {
    boolean unused = end();
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
