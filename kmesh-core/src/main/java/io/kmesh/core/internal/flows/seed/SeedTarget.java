// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.seed;

import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.place.Nursery;
import io.kmesh.core.internal.flows.place.Placer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The end that gets a first copy. Thread-safe. */
public interface SeedTarget {
  /** Begins; empty where it can't take whole trees. */
  CompletableFuture<Optional<Nursery>> begin();

  /**
   * Takes trees, and all that the source has in its log up to a place.
   *
   * @param top the source's top, when it is new; else empty
   * @return done when both bases have them
   */
  CompletableFuture<Void> take(
      Nursery nursery, long to, Optional<Node> top, List<Placer.Planted> trees);

  /** Ends: nothing is left where trees are made. */
  CompletableFuture<Void> end();

  /** All that was copied is there: the ends may be joined. Called once. */
  void ended();

  /** Counts what was copied. */
  void count(long changes, long bytes);
}
