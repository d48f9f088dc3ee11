// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.content;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import org.jspecify.annotations.Nullable;

/**
 * A piece of a file that is cut by its bytes, or a hole in it.
 *
 * @param length its bytes, 1 or more
 * @param name what the bytes are; null for a hole
 */
public record Chunk(long length, @Nullable ChunkName name) {
  /** Checks the length. */
  public Chunk {
    if (length < 1) {
      throw new IllegalArgumentException("A chunk of " + length + " bytes is none.");
    }
  }

  /** Whether it reads as zeros and takes no space. */
  public boolean isHole() {
    return name == null;
  }
}
