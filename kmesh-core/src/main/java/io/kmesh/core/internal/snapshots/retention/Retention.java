// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.retention;

import io.kmesh.snapshots.RetentionDecision;
import io.kmesh.snapshots.RetentionPlan;
import io.kmesh.snapshots.RetentionPolicy;
import io.kmesh.snapshots.RetentionReason;
import io.kmesh.snapshots.RetentionReason.Rule;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.temporal.IsoFields;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Decides which snapshots stay. Pure and deterministic: the order in which snapshots are given does
 * not matter; of two of one time the one with the greater id is the newer.
 */
public final class Retention {
  private static final Comparator<Retained> NEWEST_FIRST =
      Comparator.comparing(Retained::time).thenComparing(Retained::id).reversed();

  private Retention() {}

  /**
   * The plan for these snapshots.
   *
   * @param now what is later was stamped by a wrong clock: it is kept, and counted by no rule
   * @throws IllegalArgumentException when two have one id
   */
  public static RetentionPlan plan(
      Collection<Retained> snapshots, RetentionPolicy policy, Instant now) {
    Set<String> ids = new HashSet<>();
    Map<String, List<Retained>> sources = new TreeMap<>();
    for (Retained snapshot : snapshots) {
      if (!ids.add(snapshot.id())) {
        throw new IllegalArgumentException(
            "Cannot plan the retention: two snapshots have the id \""
                + snapshot.id()
                + "\". Give each snapshot once.");
      }
      sources.computeIfAbsent(snapshot.source(), s -> new ArrayList<>()).add(snapshot);
    }
    List<RetentionDecision> decisions = new ArrayList<>();
    sources
        .values()
        .forEach(
            all -> {
              all.sort(NEWEST_FIRST);
              decide(all, policy, now, decisions);
            });
    return new RetentionPlan(policy, decisions);
  }

  private static void decide(
      List<Retained> newestFirst,
      RetentionPolicy policy,
      Instant now,
      List<RetentionDecision> decisions) {
    List<Counter> counters =
        List.of(
            new Counter(Rule.HOURLY, policy.hourly()),
            new Counter(Rule.DAILY, policy.daily()),
            new Counter(Rule.WEEKLY, policy.weekly()),
            new Counter(Rule.MONTHLY, policy.monthly()),
            new Counter(Rule.YEARLY, policy.yearly()));
    int rank = 0;
    Instant newest = null;
    for (Retained snapshot : newestFirst) {
      List<RetentionReason> reasons = new ArrayList<>();
      if (snapshot.held()) {
        reasons.add(new RetentionReason(Rule.HELD, ""));
      }
      if (snapshot.time().isAfter(now)) {
        reasons.add(new RetentionReason(Rule.IN_FUTURE, "later than " + now));
      } else {
        rank++;
        if (newest == null) {
          newest = snapshot.time();
          reasons.add(new RetentionReason(Rule.NEWEST, ""));
        }
        if (rank <= policy.last()) {
          reasons.add(new RetentionReason(Rule.LAST, rank + " of " + policy.last()));
        }
        Duration within = policy.withinOrNull();
        if (within != null && Duration.between(snapshot.time(), newest).compareTo(within) <= 0) {
          reasons.add(new RetentionReason(Rule.WITHIN, within.toString()));
        }
        ZonedDateTime local = snapshot.time().atZone(policy.zone());
        for (Counter counter : counters) {
          counter.count(local, reasons);
        }
      }
      for (String tag : policy.tags()) {
        if (snapshot.tags().contains(tag)) {
          reasons.add(new RetentionReason(Rule.TAG, tag));
        }
      }
      decisions.add(
          new RetentionDecision(snapshot.id(), snapshot.source(), snapshot.time(), reasons));
    }
  }

  /** A rule of time buckets: the first snapshot of each of the first buckets stays. */
  private static final class Counter {
    private final Rule rule;
    private final int most;
    private final Set<String> seen = new HashSet<>();

    private Counter(Rule rule, int most) {
      this.rule = rule;
      this.most = most;
    }

    private void count(ZonedDateTime local, List<RetentionReason> reasons) {
      if (seen.size() >= most) {
        return;
      }
      String bucket = bucket(local);
      if (seen.add(bucket)) {
        reasons.add(new RetentionReason(rule, seen.size() + " of " + most + ": " + bucket));
      }
    }

    private String bucket(ZonedDateTime local) {
      return switch (rule) {
        // With the offset: an hour that happens twice is two hours.
        case HOURLY -> local.toLocalDate() + "T" + two(local.getHour()) + local.getOffset().getId();
        case DAILY -> local.toLocalDate().toString();
        case WEEKLY ->
            local.get(IsoFields.WEEK_BASED_YEAR)
                + "-W"
                + two(local.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
        case MONTHLY -> local.getYear() + "-" + two(local.getMonthValue());
        default -> Integer.toString(local.getYear());
      };
    }

    private static String two(int number) {
      return (number < 10 ? "0" : "") + number;
    }
  }
}
