// SPDX-License-Identifier: Apache-2.0
package io.kmesh.flows;

import io.kmesh.snapshots.CronExpression;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * When snapshots are taken of what a flow writes, so that there is a way back: always of the end
 * that is about to be written before the direction is switched, and perhaps of the target at
 * certain times. Immutable.
 *
 * @param repository where they are kept: a name of {@code Kmesh.Builder.repository}
 * @param scheduleOrNull when they are taken besides; null for never
 * @param zone whose clocks the schedule is by
 */
public record FlowProtection(
    String repository, @Nullable CronExpression scheduleOrNull, ZoneId zone) {
  /** The tag of the snapshots that protect a flow; its value is the flow's id. */
  public static final String TAG = "kmesh.flow";

  /** Before each switch of the direction alone. */
  public static FlowProtection into(String repository) {
    return new FlowProtection(repository, null, ZoneOffset.UTC);
  }

  /** At these times as well. */
  public FlowProtection at(CronExpression schedule, ZoneId wall) {
    return new FlowProtection(repository, schedule, wall);
  }

  /** When they are taken besides. */
  public Optional<CronExpression> schedule() {
    return Optional.ofNullable(scheduleOrNull);
  }
}
