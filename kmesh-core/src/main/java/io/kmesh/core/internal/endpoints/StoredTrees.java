// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.endpoints;

import io.kmesh.Endpoint;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;

/** Opens trees that Kmesh itself keeps, for reading. Thread-safe. */
@FunctionalInterface
public interface StoredTrees {
  /**
   * Opens a snapshot, which stays readable while it is open whatever is forgotten.
   *
   * @throws io.kmesh.spi.ProviderException NOT_FOUND when it is gone
   */
  PosixTree open(Endpoint.SnapshotTree snapshot) throws IOException;
}
