// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.path.PathBytes;
import java.util.concurrent.CompletableFuture;

/**
 * One of two ends that follow each other, in this process or at another site, which is asked until
 * it answers. Thread-safe.
 */
public interface MasterEnd {
  /** Done when what is at and below a path of this end now is durable at the other. */
  CompletableFuture<Void> barrier(PathBytes path);

  /** How far its log is. */
  CompletableFuture<Long> place();

  /**
   * Conflicts that it found and nobody resolved.
   *
   * @param from where the page begins: {@link ConflictPage#next} of the one before; empty for the
   *     first
   * @param most at most so many
   */
  CompletableFuture<ConflictPage> conflicts(String from, int most);

  /** The conflict of an id, alone; an empty page when it has none of that id. */
  CompletableFuture<ConflictPage> find(String id);

  /**
   * Does what somebody decided about a conflict, and lists it no more. One that it does not list is
   * left alone, since this may be asked twice.
   */
  CompletableFuture<Void> resolve(String id, Resolution how);
}
