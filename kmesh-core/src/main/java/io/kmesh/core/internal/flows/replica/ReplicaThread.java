// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import io.kmesh.core.internal.time.KmeshThreads;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread that drives a replica. Thread-safe. */
public final class ReplicaThread implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicaThread.class);

  private final Replica replica;
  private final Thread thread;
  private volatile @Nullable Throwable failure;

  /**
   * Starts it.
   *
   * @param name of the flow, for people who look at threads
   */
  public ReplicaThread(String name, Replica replica) {
    this.replica = replica;
    this.thread = KmeshThreads.start("flow-" + name, this::run);
  }

  private void run() {
    try {
      replica.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException | Error e) {
      failure = e;
      LOG.warn("The flow's replica ended: {}", e.getMessage(), e);
      replica.close();
    }
  }

  /** What ended it; empty while it runs, and when it was closed. */
  public Optional<Throwable> failure() {
    return Optional.ofNullable(failure);
  }

  /** Ends it after the step that it is in. */
  @Override
  public void close() {
    replica.close();
    boolean wasInterrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        wasInterrupted = true;
      }
    }
    if (wasInterrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
