// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.endpoints;

import io.kmesh.Endpoint;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;

/** Opens trees that Kmesh itself keeps, for reading. Thread-safe. */
public interface StoredTrees {
  /**
   * Opens a snapshot, which stays readable while it is open whatever is forgotten.
   *
   * @throws io.kmesh.spi.ProviderException NOT_FOUND when it is gone
   */
  PosixTree open(Endpoint.SnapshotTree snapshot) throws IOException;

  /**
   * Opens a virtual copy, which others in this process may read and write meanwhile.
   *
   * @throws io.kmesh.spi.ProviderException NOT_FOUND when it is gone, EXISTS when somebody else has
   *     it open, UNSUPPORTED when it is on a Lustre
   */
  PosixTree open(Endpoint.VirtualCopyTree copy) throws IOException;
}
