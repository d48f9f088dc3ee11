// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

import io.kmesh.spi.lustre.LustreBinding;
import java.util.List;
import java.util.Optional;

/** The clusters of a Kmesh by name. Thread-safe. */
public interface Clusters {
  /**
   * Attaches an existing Lustre file system under a name. The same file system under the same name
   * is the same cluster; the binding stays the caller's to close.
   *
   * @param name 1 to 64 of {@code a-z 0-9 . _ -}
   * @throws SpecConflictException when the name stands for another file system
   */
  Cluster attach(String name, LustreBinding lustre);

  /** The cluster of a name, when it is attached in this process. */
  Optional<Cluster> find(String name);

  /** The attached clusters by name. */
  List<Cluster> list();
}
