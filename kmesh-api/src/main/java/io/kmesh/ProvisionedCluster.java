// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

import io.kmesh.spi.cloud.CloudZone;
import java.time.Instant;

/**
 * A cluster that a provider made for this Kmesh, as its state had it when it was asked. Immutable,
 * but {@link #cluster()} asks anew. Thread-safe.
 */
public interface ProvisionedCluster {
  /** Its name. */
  String name();

  /** What it is; a resize changes the shape. */
  ClusterSpec spec();

  /** Where it stood. */
  Phase phase();

  /** The provider's name of it; empty while it is not known. */
  String resourceId();

  /** Its zone, with the country that its data lie in. */
  CloudZone zone();

  /** When it was asked for. */
  Instant created();

  /**
   * The cluster, which is opened by its provider's mount when it is not yet. It stays open until it
   * is deleted or the Kmesh is closed.
   *
   * @throws KmeshException when it is gone or not made yet, or can't be mounted here
   */
  Cluster cluster();

  /** Where a cluster stands. */
  enum Phase {
    /** It is being made. */
    CREATING,
    /** It can be used. */
    READY,
    /** It can be used while it gets another shape. */
    RESIZING,
    /** It is being deleted, and can't be used any more. */
    DELETING
  }
}
