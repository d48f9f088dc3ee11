// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import io.kmesh.snapshots.RestorePlan;
import io.kmesh.snapshots.RestorePlan.Action;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * What the state keeps for restores while an operation may need it: that one has begun, and what
 * plans may replace, 8 bytes for each entry in records of {@value #CHUNK}. Format:
 * docs/format/operations.md. Thread-safe.
 */
final class RestorePlanStore {
  static final String KIND = "snapshot.restore-plan";
  private static final String BEGUN = "snapshot.restore-begun";
  private static final int FORMAT = 0;
  private static final int CHUNK = 4096;
  private static final int PAGE = 100;
  private static final int MOST_NAMED = 3;

  private final StateStore state;

  RestorePlanStore(StateStore state) {
    this.state = state;
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
    for (int from = 0, chunk = 0; from == 0 || from < all.length; from += CHUNK, chunk++) {
      int count = Math.min(CHUNK, all.length - from);
      ByteBuffer bytes = ByteBuffer.allocate(8 * count);
      bytes.asLongBuffer().put(all, from, count);
      state.apply(
          List.of(
              new StateChange.Put(
                  new RecordKey(KIND, String.format("%s/%08d", plan, chunk)),
                  "",
                  FORMAT,
                  bytes.array(),
                  StateChange.ABSENT)));
    }
  }

  /**
   * Refuses to go on when something would be replaced that a plan does not list as it is now. What
   * the plan adds may be there in part when the operation was begun before. From here on it counts
   * as begun.
   */
  void requireCovered(String plan, RestorePlanner.Found found) throws IOException {
    long[] planned = planned(plan);
    boolean isBegun = isBegun(plan);
    List<RestoreFingerprint> changed = new ArrayList<>();
    for (RestoreFingerprint now : found.replaced()) {
      if (!has(planned, now.seen())
          && !(isBegun && has(planned, RestoreFingerprint.ofMissing(now.path())))) {
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
    return state.find(new RecordKey(BEGUN, restore)).isPresent();
  }

  /** Notes that a restore is about to write. */
  void begin(String restore) throws IOException {
    state.apply(
        List.of(
            new StateChange.Put(
                new RecordKey(BEGUN, restore), "", FORMAT, new byte[0], StateChange.ANY)));
  }

  private static boolean has(long[] sorted, long value) {
    return Arrays.binarySearch(sorted, value) >= 0;
  }

  private long[] planned(String plan) throws IOException {
    LongStream.Builder all = LongStream.builder();
    String after = "";
    while (true) {
      List<StateRecord> page = state.scan(KIND, plan + "/", after, PAGE);
      for (StateRecord record : page) {
        after = record.key().id();
        ByteBuffer bytes = ByteBuffer.wrap(record.payload());
        if (record.format() != FORMAT || bytes.remaining() % 8 != 0) {
          throw new ProviderException(
              ErrorKind.CORRUPT,
              "Cannot apply the restore plan " + plan + ": its record is damaged. Plan again.");
        }
        while (bytes.hasRemaining()) {
          all.add(bytes.getLong());
        }
      }
      if (page.size() < PAGE) {
        break;
      }
    }
    if (after.isEmpty()) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot apply the restore plan " + plan + ": the state does not have it. Plan again.");
    }
    return all.build().sorted().toArray();
  }

  /**
   * Forgets all plans but some.
   *
   * @return how many records went
   */
  long forgetOthers(Set<String> plans) throws IOException {
    return forgetOthers(KIND, plans) + forgetOthers(BEGUN, plans);
  }

  private long forgetOthers(String kind, Set<String> plans) throws IOException {
    long forgotten = 0;
    String after = "";
    while (true) {
      List<StateRecord> page = state.scan(kind, "", after, PAGE);
      List<StateChange> deletes = new ArrayList<>();
      for (StateRecord record : page) {
        after = record.key().id();
        int slash = after.lastIndexOf('/');
        if (!plans.contains(slash < 0 ? after : after.substring(0, slash))) {
          deletes.add(new StateChange.Delete(record.key(), StateChange.ANY));
        }
      }
      if (!deletes.isEmpty()) {
        state.apply(deletes);
        forgotten += deletes.size();
      }
      if (page.size() < PAGE) {
        return forgotten;
      }
    }
  }
}
