// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.retention;

import io.kmesh.snapshots.RetentionPolicy;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZonedDateTime;
import java.time.temporal.TemporalAdjusters;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Which snapshots stay, by filling all buckets first and looking each snapshot up in them. */
final class RetentionOracle {
  private RetentionOracle() {}

  static Set<String> kept(Collection<Retained> all, RetentionPolicy policy, Instant now) {
    Set<String> kept = new HashSet<>();
    for (String source : all.stream().map(Retained::source).collect(Collectors.toSet())) {
      List<Retained> past =
          all.stream().filter(s -> s.source().equals(source) && !s.time().isAfter(now)).toList();
      bucket(past, 1, s -> "", kept);
      Function<Retained, ZonedDateTime> local = s -> s.time().atZone(policy.zone());
      bucket(past, policy.last(), Retained::id, kept);
      bucket(
          past,
          policy.hourly(),
          s -> List.of(local.apply(s).getOffset(), date(local, s), local.apply(s).getHour()),
          kept);
      bucket(past, policy.daily(), s -> date(local, s), kept);
      bucket(
          past,
          policy.weekly(),
          s -> date(local, s).with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY)),
          kept);
      bucket(past, policy.monthly(), s -> YearMonth.from(date(local, s)), kept);
      bucket(past, policy.yearly(), s -> Year.from(date(local, s)), kept);
      policy
          .within()
          .ifPresent(
              within ->
                  past.stream()
                      .filter(
                          s ->
                              past.stream().noneMatch(o -> o.time().isAfter(s.time().plus(within))))
                      .forEach(s -> kept.add(s.id())));
    }
    for (Retained s : all) {
      if (s.held()
          || s.time().isAfter(now)
          || s.tags().stream().anyMatch(policy.tags()::contains)) {
        kept.add(s.id());
      }
    }
    return kept;
  }

  private static LocalDate date(Function<Retained, ZonedDateTime> local, Retained s) {
    return local.apply(s).toLocalDate();
  }

  private static boolean newer(Retained a, Retained b) {
    int order = a.time().compareTo(b.time());
    return order > 0 || (order == 0 && a.id().compareTo(b.id()) > 0);
  }

  /** Keeps the newest of each bucket, of the buckets whose newest are the newest. */
  private static void bucket(
      List<Retained> all, int count, Function<Retained, Object> bucket, Set<String> kept) {
    Map<Object, Retained> newest = new HashMap<>();
    for (Retained s : all) {
      newest.merge(bucket.apply(s), s, (a, b) -> newer(a, b) ? a : b);
    }
    newest.values().stream()
        .sorted((a, b) -> newer(a, b) ? -1 : newer(b, a) ? 1 : 0)
        .limit(count)
        .forEach(s -> kept.add(s.id()));
  }
}
