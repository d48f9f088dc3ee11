// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;

/** Syncs a tree on another thread than the engine's, which takes what comes meanwhile. */
@FunctionalInterface
public interface SyncRunner {
  /** What is to be done. */
  @FunctionalInterface
  interface Sync {
    /** Makes all durable that was written before. */
    void run() throws IOException;
  }

  /**
   * Does it, at once or later, and says that it ended, and why it failed. One at a time is begun.
   */
  void start(Sync sync, Consumer<Optional<Throwable>> ended);
}
