// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import io.kmesh.core.internal.snapshots.RestoreFingerprint;
import io.kmesh.core.internal.snapshots.RestorePlanner;
import io.kmesh.snapshots.RestorePlan;
import io.kmesh.snapshots.RestorePlan.Action;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.state.StateStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * What the state keeps for restores while an operation may need it: that one has begun, and what
 * plans may replace. Thread-safe.
 */
final class RestorePlanStore {
  static final String KIND = "snapshot.restore-plan";
  private static final String BEGUN = "snapshot.restore-begun";
  private static final int MOST_NAMED = 3;

  private final PlanRecords records;

  RestorePlanStore(StateStore state) {
    this.records = new PlanRecords(state, KIND, BEGUN);
  }

  /** Keeps what a plan adds and replaces. */
  void keep(String plan, RestorePlanner.Found found) throws IOException {
    long[] all =
        LongStream.concat(
                found.steps().stream()
                    .filter(step -> step.action() == Action.ADD)
                    .map(RestorePlan.Step::path)
                    .mapToLong(RestoreFingerprint::ofMissing),
                found.replaced().stream().mapToLong(RestoreFingerprint::seen))
            .toArray();
    records.keep(plan, all);
  }

  /**
   * Refuses to go on when something would be replaced that a plan does not list as it is now. What
   * the plan adds may be there in part when the operation was begun before. From here on it counts
   * as begun.
   */
  void requireCovered(String plan, RestorePlanner.Found found) throws IOException {
    long[] planned = records.planned(plan);
    boolean isBegun = isBegun(plan);
    List<RestoreFingerprint> changed = new ArrayList<>();
    for (RestoreFingerprint now : found.replaced()) {
      if (!PlanRecords.has(planned, now.seen())
          && !(isBegun && PlanRecords.has(planned, RestoreFingerprint.ofMissing(now.path())))) {
        changed.add(now);
      }
    }
    if (!changed.isEmpty()) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot apply the restore plan: "
              + changed.size()
              + " entries changed since it was made, such as "
              + changed.stream().limit(MOST_NAMED).map(RestoreFingerprint::path).toList()
              + ". Plan again.");
    }
    if (!isBegun) {
      begin(plan);
    }
  }

  /** Whether a restore may have written something. */
  boolean isBegun(String restore) throws IOException {
    return records.isBegun(restore);
  }

  /** Notes that a restore is about to write. */
  void begin(String restore) throws IOException {
    records.begin(restore);
  }

  /**
   * Forgets all plans but some.
   *
   * @return how many records went
   */
  long forgetOthers(Set<String> plans) throws IOException {
    return records.forgetOthers(plans);
  }
}
