// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters.provision;

import io.kmesh.Cluster;

/** The clusters that are open in this process. Thread-safe. */
public interface Attachments {
  /** Whether one of that name is open, or was attached by the user. */
  boolean isAttached(String name);

  /** The cluster of a name that a provider made, opened when it is not. */
  Cluster open(String name);

  /** Closes a cluster that a provider made and forgets it; one that is not open is no error. */
  void detach(String name);
}
