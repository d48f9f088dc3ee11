// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.junit;

import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.Upload;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;

/**
 * What a test asks {@link KmeshExtension} to watch: declare a parameter of this type. Thread-safe.
 */
public final class KmeshResources {
  private final HandleLedger handles = new HandleLedger();
  private final List<ObjectStore> stores = new ArrayList<>(); // guarded by this

  KmeshResources() {}

  /** A view of a tree whose directories, files and cursors must be closed when the test ends. */
  public PosixTree watch(PosixTree tree) {
    return handles.watch(PosixTree.class, tree);
  }

  /**
   * A view of a binding whose handles, sessions and running actions must be closed when the test
   * ends.
   */
  public LustreBinding watch(LustreBinding binding) {
    return handles.watch(LustreBinding.class, binding);
  }

  /** The same store; no upload may be open in it when the test ends. */
  public synchronized <T extends ObjectStore> T watch(T store) {
    stores.add(store);
    return store;
  }

  /** What is still open, in words. */
  synchronized List<Throwable> leaks() {
    List<Throwable> leaks = new ArrayList<>(handles.leaks());
    for (ObjectStore store : stores) {
      for (Upload upload : uploads(store)) {
        leaks.add(new Throwable("neither completed nor aborted in " + store.uri() + ": " + upload));
      }
    }
    return leaks;
  }

  // A store that is closed, or that a fault plan broke, can't be asked.
  private static List<Upload> uploads(ObjectStore store) {
    if (!store.capabilities().contains(StoreCapability.MULTIPART)) {
      return List.of();
    }
    try {
      return store.listUploads("").toCompletableFuture().join();
    } catch (CompletionException e) {
      return List.of();
    }
  }
}
