// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.access.AccessSite;
import io.kmesh.core.internal.flows.merge.ConflictDesk;
import io.kmesh.flows.FlowStatus;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A flow that runs. Thread-safe. */
interface FlowRun extends Closeable {
  /** Done when what is at and below a path of the source now is durable at the target. */
  CompletableFuture<Void> barrier(PathBytes path);

  /** Looks at paths where somebody changed something; done when that is registered. */
  CompletableFuture<Void> look(List<PathBytes> paths);

  /** Fails when the other site does not let the direction be switched; done when all do. */
  CompletableFuture<Void> requireTurnable();

  /**
   * Looks for changes no more; done when all that was found is durable at the target. For the
   * moment before the run ends.
   */
  CompletableFuture<Void> settle();

  /** Lets held removals go on; fails with PRECONDITION when there are none. */
  CompletableFuture<Void> confirmDeletions();

  /** What ended it for good; empty while it works, or will again by itself. */
  Optional<Throwable> failure();

  /** Conflicts of several masters, or of what was written back from here; else empty. */
  Optional<ConflictDesk> conflicts() throws IOException;

  /** The ends that several masters have here or reach from here, as conflicts know them. */
  List<MasterEnd> masters();

  /** Other flows are to share its trees: done when no end here forgets removals any more. */
  default CompletableFuture<Void> keepRemovals() {
    return CompletableFuture.completedFuture(null);
  }

  /** What gives access to the source from here; empty in other modes, or when it is elsewhere. */
  Optional<AccessSite> access();

  /**
   * The source's tree, when it is here.
   *
   * @return empty when it is at another site
   */
  Optional<PosixTree> sourceTree();

  /** How it stands. */
  FlowStatus status();
}
