// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.tree;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import java.io.IOException;

/** Takes chunks that hold metadata. Thread-safe. */
@FunctionalInterface
public interface ChunkSink {
  /** Stores a chunk unless it is there, and names it. The bytes are the caller's afterwards. */
  ChunkName write(byte[] bytes, int offset, int length) throws IOException;
}
