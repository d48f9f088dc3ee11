// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * The ends of several masters that run here, by the files of their bases: a tree has one, with one
 * who looks and one who places, however many flows lead to it. Thread-safe.
 */
final class SharedEnds {
  private final Map<Path, Shared> open = new HashMap<>(); // guarded by this, as what is in them

  private static final class Shared {
    final FlowEnd end;
    int holds;
    boolean isStarted;

    Shared(FlowEnd end) {
      this.end = end;
    }
  }

  /**
   * The end of a base: as it runs, or opened. One that failed makes way; the other runs that hold
   * it have failed with it.
   */
  synchronized EndHold hold(Path base, EndHold.Opener opener) throws IOException {
    Shared shared = open.get(base);
    if (shared != null && shared.end.failure() != null) {
      open.remove(base);
      shared.end.close();
      shared = null;
    }
    if (shared == null) {
      shared = new Shared(opener.open());
      open.put(base, shared);
    } else if (shared.end.plan().group() == null) {
      CompletableFuture<Void> unused = shared.end.replica().keepRemovals();
    }
    shared.holds++;
    return new Hold(base, shared);
  }

  /** Tells the ends of a group which there are, since one went. */
  synchronized void keepOnly(String group, Set<Integer> ends) {
    for (Shared shared : open.values()) {
      if (shared.end.plan().flow().equals(group)) {
        CompletableFuture<Void> unused = shared.end.replica().keepOnly(ends);
      }
    }
  }

  private final class Hold implements EndHold {
    private final Path base;
    private final Shared shared;
    private boolean isClosed; // guarded by the ends

    Hold(Path base, Shared shared) {
      this.base = base;
      this.shared = shared;
    }

    @Override
    public FlowEnd end() {
      return shared.end;
    }

    @Override
    public void start() {
      synchronized (SharedEnds.this) {
        if (!shared.isStarted) {
          shared.isStarted = true;
          shared.end.start();
        }
      }
    }

    @Override
    public void close() throws IOException {
      synchronized (SharedEnds.this) {
        if (isClosed) {
          return;
        }
        isClosed = true;
        shared.holds--;
        if (shared.holds == 0 && open.remove(base, shared)) {
          shared.end.close();
        }
      }
    }
  }
}
