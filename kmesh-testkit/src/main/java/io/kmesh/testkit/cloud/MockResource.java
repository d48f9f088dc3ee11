// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.cloud;

import io.kmesh.ClusterShape;
import io.kmesh.spi.cloud.CloudChange;
import io.kmesh.spi.cloud.CloudResource;
import io.kmesh.spi.cloud.CloudState;
import io.kmesh.spi.cloud.CloudToken;
import io.kmesh.unit.DataSize;
import io.kmesh.unit.Percent;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the mock cloud knows of a resource; its state follows from the time. Immutable.
 *
 * @param request what it was created for, to tell another request with the same token
 * @param shape what it had before its last change
 * @param ready when its creation ends
 * @param failure how its creation fails; empty when it does not
 * @param change the last change; null when there was none
 * @param gone when its deletion ends; null when nobody deleted it
 */
record MockResource(
    String id,
    CloudToken token,
    String name,
    String zone,
    String request,
    ClusterShape shape,
    Instant created,
    Instant ready,
    String failure,
    @Nullable Change change,
    @Nullable Instant gone) {
  /** A change of the shape. */
  record Change(
      CloudToken token, ClusterShape wanted, Instant begun, Instant ends, String failure) {
    CloudChange.Outcome outcome(Instant now) {
      if (now.isBefore(ends)) {
        return CloudChange.Outcome.IN_PROGRESS;
      }
      return failure.isEmpty() ? CloudChange.Outcome.DONE : CloudChange.Outcome.FAILED;
    }
  }

  boolean isGone(Instant now) {
    return gone != null && !now.isBefore(gone);
  }

  CloudState state(Instant now) {
    if (gone != null) {
      return CloudState.DELETING;
    }
    if (now.isBefore(ready)) {
      return CloudState.CREATING;
    }
    if (!failure.isEmpty()) {
      return CloudState.FAILED;
    }
    boolean changes = change != null && change.outcome(now) == CloudChange.Outcome.IN_PROGRESS;
    return changes ? CloudState.UPDATING : CloudState.AVAILABLE;
  }

  /** The shape that it has now. */
  ClusterShape shapeAt(Instant now) {
    return change != null && change.outcome(now) == CloudChange.Outcome.DONE
        ? change.wanted()
        : shape;
  }

  /** The capacity that it takes of its zone's quota. */
  DataSize reserved(Instant now) {
    return change != null && change.outcome(now) == CloudChange.Outcome.IN_PROGRESS
        ? change.wanted().capacity()
        : shapeAt(now).capacity();
  }

  MockResource changing(Change next, Instant now) {
    return new MockResource(
        id, token, name, zone, request, shapeAt(now), created, ready, failure, next, gone);
  }

  MockResource deleting(Instant end) {
    return new MockResource(
        id, token, name, zone, request, shape, created, ready, failure, change, end);
  }

  CloudResource seen(Instant now) {
    CloudState state = state(now);
    Percent progress =
        switch (state) {
          case CREATING -> share(created, ready, now);
          case UPDATING -> change == null ? null : share(change.begun(), change.ends(), now);
          default -> null;
        };
    return new CloudResource(
        id,
        token,
        name,
        zone,
        shapeAt(now),
        state,
        created,
        progress,
        change == null
            ? null
            : new CloudChange(
                change.token(),
                change.wanted(),
                change.outcome(now),
                change.outcome(now) == CloudChange.Outcome.FAILED ? change.failure() : ""),
        state == CloudState.FAILED ? failure : "");
  }

  private static Percent share(Instant from, Instant to, Instant now) {
    return Percent.of(
        Duration.between(from, now).toMillis(), Duration.between(from, to).toMillis());
  }
}
