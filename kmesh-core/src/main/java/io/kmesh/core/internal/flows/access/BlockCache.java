// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.flows.base.Dot;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Blocks of contents that were brought from a source. Thread-safe. */
interface BlockCache {
  /** Whether a block is here; it may turn out to be damaged when it is read. */
  boolean has(Dot content, long block);

  /**
   * A whole block; null when it is not here.
   *
   * @param size of the whole content
   */
  byte @Nullable [] read(Dot content, long size, long block) throws IOException;

  /**
   * Keeps a block, when there is room for it.
   *
   * @throws IOException when it can't be written; the cache is as before then
   */
  void put(Dot content, long block, byte[] bytes) throws IOException;
}
