// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.objecttree.ObjectTree;
import io.kmesh.flows.FlowProblem;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.ForwardingPosixTree;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;

/**
 * A prefix to which a flow places: a sync that the store does not take now waits and goes on, as a
 * flow does whose link is cut, until it is stopped. Thread-safe.
 */
final class PushedTree extends ForwardingPosixTree {
  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofMinutes(1);

  private final ObjectTree tree;
  private final KmeshTime time;
  private volatile List<FlowProblem> problems = List.of();
  private boolean isPatient; // guarded by this
  private boolean isStopped; // guarded by this

  /** A tree, which stays the caller's. */
  PushedTree(ObjectTree tree, KmeshTime time) {
    this.tree = tree;
    this.time = time;
  }

  @Override
  protected PosixTree delegate() {
    return tree;
  }

  /** Has syncs wait from now on; before, who starts a flow is told at once. */
  synchronized void begin() {
    isPatient = true;
  }

  /** Ends the sync that waits; none waits any more. */
  synchronized void stop() {
    isStopped = true;
    notifyAll();
  }

  /** What the store did not take, and why. */
  List<FlowProblem> problems() {
    return problems;
  }

  /**
   * Tries what the last sync left; for the thread that syncs.
   *
   * @throws IOException as {@link #sync}
   */
  void retry() throws IOException {
    if (!problems.isEmpty()) {
      sync();
    }
  }

  @Override
  public void sync() throws IOException {
    for (Duration pause = FIRST; ; pause = longer(pause)) {
      try {
        tree.sync();
        problems = tree.problems().stream().map(p -> new FlowProblem(p.key(), p.reason())).toList();
        return;
      } catch (ProviderException e) {
        await(pause, e);
      }
    }
  }

  private static Duration longer(Duration pause) {
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(LONGEST) > 0 ? LONGEST : twice;
  }

  private synchronized void await(Duration pause, ProviderException reason) throws IOException {
    if (!isPatient || isStopped || reason.kind() == ErrorKind.CORRUPT) {
      throw reason;
    }
    problems =
        List.of(
            new FlowProblem(
                "",
                "Nothing can be stored in "
                    + tree.description()
                    + " now; it is tried again: "
                    + reason.getMessage()));
    try {
      time.await(this, pause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("The flow's thread was interrupted. Start the flow again.");
    }
    if (isStopped) {
      throw reason;
    }
  }

  /** The tree stays open. */
  @Override
  public void close() {
    stop();
  }
}
