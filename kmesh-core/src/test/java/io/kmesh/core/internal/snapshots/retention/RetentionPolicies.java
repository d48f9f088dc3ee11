// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.retention;

import io.kmesh.snapshots.RetentionPolicy;
import java.time.Duration;
import java.time.ZoneId;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Random policies. */
final class RetentionPolicies {
  private RetentionPolicies() {}

  static Arbitrary<RetentionPolicy> all() {
    Arbitrary<Integer> count =
        Arbitraries.frequencyOf(
            Tuple.of(2, Arbitraries.just(0)),
            Tuple.of(2, Arbitraries.integers().between(1, 12)),
            Tuple.of(1, Arbitraries.integers().between(1, 1000)));
    Arbitrary<Duration> within =
        Arbitraries.frequencyOf(
            Tuple.of(2, Arbitraries.just(Duration.ZERO)),
            Tuple.of(1, Arbitraries.integers().between(1, 60 * 24 * 60).map(Duration::ofMinutes)));
    return Combinators.combine(
            count,
            within,
            count,
            count,
            count,
            count,
            count,
            Combinators.combine(
                    Arbitraries.of("red", "gr\u00fcn", "blue").set().ofMaxSize(2),
                    Arbitraries.of(
                            "UTC",
                            "Europe/Berlin",
                            "America/New_York",
                            "Australia/Lord_Howe",
                            "Asia/Kolkata",
                            "Pacific/Apia")
                        .map(ZoneId::of))
                .as(Tuple::of))
        .filter(
            (last, time, hourly, daily, weekly, monthly, yearly, rest) ->
                last + hourly + daily + weekly + monthly + yearly > 0
                    || !time.isZero()
                    || !rest.get1().isEmpty())
        .as(
            (last, time, hourly, daily, weekly, monthly, yearly, rest) -> {
              RetentionPolicy.Builder b =
                  RetentionPolicy.builder()
                      .last(last)
                      .hourly(hourly)
                      .daily(daily)
                      .weekly(weekly)
                      .monthly(monthly)
                      .yearly(yearly)
                      .in(rest.get2());
              if (!time.isZero()) {
                b.within(time);
              }
              rest.get1().forEach(b::tag);
              return b.build();
            });
  }
}
