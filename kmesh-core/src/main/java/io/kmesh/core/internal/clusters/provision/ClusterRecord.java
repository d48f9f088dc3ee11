// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters.provision;

import io.kmesh.ClusterShape;
import io.kmesh.ClusterSpec;
import io.kmesh.OperationId;
import io.kmesh.spi.cloud.CloudToken;
import io.kmesh.spi.cloud.CloudZone;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the state knows of a cluster that a provider makes. Immutable.
 *
 * @param name its name
 * @param spec what it is
 * @param token what it is created with
 * @param phase where it stands
 * @param operation the operation that creates it
 * @param created when it was asked for
 * @param zone its zone; null while nothing was sent
 * @param resource the provider's name of it; empty until it is ready
 * @param change the token of the change that goes on; null when none does
 * @param wanted the shape that it is to get; null unless it is resized
 */
record ClusterRecord(
    String name,
    ClusterSpec spec,
    CloudToken token,
    Phase phase,
    OperationId operation,
    Instant created,
    @Nullable CloudZone zone,
    String resource,
    @Nullable CloudToken change,
    @Nullable ClusterShape wanted) {
  /** Where a cluster stands. Only what stands in WANTED is known not to exist. */
  enum Phase {
    /** It was asked for, and the provider has not heard of it. */
    WANTED,
    /** The provider may have been asked. */
    CREATING,
    /** It is there. */
    READY,
    /** The provider may have been asked to change it. */
    RESIZING,
    /** The provider may have been asked to delete it. */
    DELETING
  }

  static ClusterRecord wanted(
      String name, ClusterSpec spec, CloudToken token, OperationId operation, Instant now) {
    return new ClusterRecord(name, spec, token, Phase.WANTED, operation, now, null, "", null, null);
  }

  ClusterRecord creating(CloudZone in) {
    return with(Phase.CREATING, spec, in, "", null, null);
  }

  ClusterRecord ready(String id) {
    return with(Phase.READY, spec, zone, id, null, null);
  }

  ClusterRecord ready(ClusterShape shape) {
    ClusterSpec now = spec.toBuilder().shape(shape).build();
    return with(Phase.READY, now, zone, resource, null, null);
  }

  ClusterRecord resizing(CloudToken token, ClusterShape shape) {
    return with(Phase.RESIZING, spec, zone, resource, token, shape);
  }

  ClusterRecord deleting(CloudToken token) {
    return with(Phase.DELETING, spec, zone, resource, token, null);
  }

  private ClusterRecord with(
      Phase next,
      ClusterSpec is,
      @Nullable CloudZone in,
      String id,
      @Nullable CloudToken by,
      @Nullable ClusterShape to) {
    return new ClusterRecord(name, is, token, next, operation, created, in, id, by, to);
  }
}
