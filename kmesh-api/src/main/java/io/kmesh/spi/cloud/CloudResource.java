// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.cloud;

import io.kmesh.ClusterShape;
import io.kmesh.unit.Percent;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A file system at a provider, as one call saw it. Immutable.
 *
 * @param id the provider's name of it; never used again for another
 * @param token what it was created with
 * @param name the name that the request gave
 * @param zone the zone's name
 * @param shape what it has now
 * @param state where it stands
 * @param created when the provider accepted it
 * @param progressOrNull how far its creation, change or deletion is, when the provider says so
 * @param lastChangeOrNull the newest change of its shape; null when there was none
 * @param detail why it failed or can't be used, for people; else empty
 */
public record CloudResource(
    String id,
    CloudToken token,
    String name,
    String zone,
    ClusterShape shape,
    CloudState state,
    Instant created,
    @Nullable Percent progressOrNull,
    @Nullable CloudChange lastChangeOrNull,
    String detail) {
  /** How far its creation, change or deletion is, when the provider says so. */
  public Optional<Percent> progress() {
    return Optional.ofNullable(progressOrNull);
  }

  /** The newest change of its shape. */
  public Optional<CloudChange> lastChange() {
    return Optional.ofNullable(lastChangeOrNull);
  }
}
