// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.tree;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import java.io.IOException;

/** Gives chunks that hold metadata. Thread-safe. */
@FunctionalInterface
public interface ChunkSource {
  /**
   * The bytes of a chunk, which have its name.
   *
   * @throws io.kmesh.spi.ProviderException NOT_FOUND when no pack has it, CORRUPT when it is
   *     damaged
   */
  byte[] read(ChunkName name) throws IOException;

  /** A page of a directory. */
  default Page page(ChunkName name) throws IOException {
    return Page.read(read(name), name);
  }
}
