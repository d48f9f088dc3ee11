// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.snapshots.schedule.ScheduleClock;
import io.kmesh.snapshots.RetentionDecision;
import io.kmesh.snapshots.RetentionPlan;
import io.kmesh.snapshots.RetentionPolicy;
import io.kmesh.snapshots.Schedule;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetentionTest {
  private static final Instant START = Instant.parse("2025-10-01T00:00:00Z");
  private static final int MINUTES = 400 * 1440;

  /** Later than all but those that a wrong clock stamped. */
  private static final Instant NOW = START.plus(Duration.ofMinutes(MINUTES));

  @Provide
  Arbitrary<RetentionPolicy> policies() {
    return RetentionPolicies.all();
  }

  @Provide
  Arbitrary<List<Retained>> snapshots() {
    // Some by chance over the whole time, some close together, some of one time.
    Arbitrary<Integer> minutes =
        Arbitraries.oneOf(
            Arbitraries.integers().between(0, MINUTES),
            Arbitraries.integers().between(0, MINUTES / 60).map(m -> m * 60),
            Arbitraries.integers().between(34_000, 37_000), // 25 October 2025 and near it
            Arbitraries.integers().between(MINUTES, MINUTES + 60));
    return Combinators.combine(
            minutes,
            Arbitraries.of("lab:/a", "lab:/b"),
            Arbitraries.of("red", "green", "blue").set().ofMaxSize(2),
            Arbitraries.integers().between(0, 9))
        .as(
            (minute, source, tags, hold) ->
                new Retained("", source, START.plus(Duration.ofMinutes(minute)), tags, hold == 0))
        .list()
        .ofMaxSize(150)
        .map(
            all -> {
              List<Retained> named = new ArrayList<>();
              for (Retained s : all) {
                named.add(
                    new Retained("s" + named.size(), s.source(), s.time(), s.tags(), s.held()));
              }
              return named;
            });
  }

  private static Set<String> kept(Collection<Retained> all, RetentionPolicy policy) {
    return ids(Retention.plan(all, policy, NOW).kept());
  }

  private static Set<String> ids(List<RetentionDecision> decisions) {
    return decisions.stream().map(RetentionDecision::snapshot).collect(Collectors.toSet());
  }

  private static List<Retained> only(Collection<Retained> all, Set<String> ids) {
    return all.stream().filter(s -> ids.contains(s.id())).toList();
  }

  @Property(tries = 1000, edgeCases = EdgeCasesMode.NONE)
  void plan_ofAnySnapshots_keepsWhatTheOracleKeeps(
      @ForAll("snapshots") List<Retained> all, @ForAll("policies") RetentionPolicy policy) {
    assertThat(kept(all, policy)).isEqualTo(RetentionOracle.kept(all, policy, NOW));
  }

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void plan_ofWhatIsKept_keepsAllOfIt(
      @ForAll("snapshots") List<Retained> all, @ForAll("policies") RetentionPolicy policy) {
    RetentionPlan first = Retention.plan(all, policy, NOW);
    RetentionPlan second = Retention.plan(only(all, ids(first.kept())), policy, NOW);
    assertThat(second.forgotten()).isEmpty();
    assertThat(second.decisions().stream().map(RetentionDecision::snapshot).toList())
        .isEqualTo(first.kept().stream().map(RetentionDecision::snapshot).toList());
  }

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void plan_givenInAnyOrder_isTheSame_andNamesEachOnce(
      @ForAll("snapshots") List<Retained> all,
      @ForAll("policies") RetentionPolicy policy,
      @ForAll Random random) {
    List<Retained> shuffled = new ArrayList<>(all);
    Collections.shuffle(shuffled, random);
    RetentionPlan plan = Retention.plan(all, policy, NOW);
    assertThat(Retention.plan(shuffled, policy, NOW)).isEqualTo(plan);
    assertThat(plan.decisions().stream().map(RetentionDecision::snapshot).toList())
        .containsExactlyInAnyOrderElementsOf(all.stream().map(Retained::id).toList());
  }

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void plan_neverForgetsTheNewestOfASource_norWhatIsHeld_norWhatIsInTheFuture(
      @ForAll("snapshots") List<Retained> all, @ForAll("policies") RetentionPolicy policy) {
    Set<String> kept = kept(all, policy);
    all.stream()
        .collect(Collectors.groupingBy(Retained::source))
        .values()
        .forEach(
            of -> {
              Comparator<Retained> byTime =
                  Comparator.comparing(Retained::time).thenComparing(Retained::id);
              assertThat(kept).contains(Collections.max(of, byTime).id());
              of.stream()
                  .filter(s -> !s.time().isAfter(NOW))
                  .max(byTime)
                  .ifPresent(s -> assertThat(kept).contains(s.id()));
            });
    all.stream()
        .filter(s -> s.held() || s.time().isAfter(NOW))
        .forEach(s -> assertThat(kept).contains(s.id()));
  }

  @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
  void plan_ofAMoreGenerousPolicy_keepsNoFewer(
      @ForAll("snapshots") List<Retained> all,
      @ForAll("policies") RetentionPolicy policy,
      @ForAll @IntRange(max = 8) int which,
      @ForAll @IntRange(min = 1, max = 5) int more) {
    RetentionPolicy.Builder b = policy.toBuilder();
    List<UnaryOperator<RetentionPolicy.Builder>> changes =
        List.of(
            x -> x.last(policy.last() + more),
            x -> x.within(policy.within().orElse(Duration.ZERO).plusDays(more)),
            x -> x.hourly(policy.hourly() + more),
            x -> x.daily(policy.daily() + more),
            x -> x.weekly(policy.weekly() + more),
            x -> x.monthly(policy.monthly() + more),
            x -> x.yearly(policy.yearly() + more),
            x -> x.tag("green"),
            x -> x);
    RetentionPolicy generous = changes.get(which).apply(b).build();
    assertThat(kept(all, generous)).containsAll(kept(all, policy));
  }

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void plan_withOneMoreHold_keepsThatOneMore(
      @ForAll("snapshots") List<Retained> all,
      @ForAll("policies") RetentionPolicy policy,
      @ForAll @IntRange(max = 149) int which) {
    if (all.isEmpty()) {
      return;
    }
    List<Retained> changed = new ArrayList<>(all);
    Retained s = all.get(which % all.size());
    changed.set(which % all.size(), new Retained(s.id(), s.source(), s.time(), s.tags(), true));
    Set<String> expected = new HashSet<>(kept(all, policy));
    expected.add(s.id());
    assertThat(kept(changed, policy)).isEqualTo(expected);
  }

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void plan_withNewerSnapshots_rescuesNothing(
      @ForAll("snapshots") List<Retained> all,
      @ForAll("policies") RetentionPolicy policy,
      @ForAll @IntRange(max = MINUTES) int minute) {
    Instant then = START.plus(Duration.ofMinutes(minute));
    List<Retained> early = all.stream().filter(s -> !s.time().isAfter(then)).toList();
    Set<String> gone = ids(Retention.plan(early, policy, then).forgotten());
    assertThat(kept(all, policy)).filteredOn(gone::contains).isEmpty();
  }

  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
  void plan_ofEachSourceAlone_isThatOfAllTogether(
      @ForAll("snapshots") List<Retained> all, @ForAll("policies") RetentionPolicy policy) {
    Set<String> apart = new HashSet<>();
    all.stream()
        .collect(Collectors.groupingBy(Retained::source))
        .values()
        .forEach(of -> apart.addAll(kept(of, policy)));
    assertThat(kept(all, policy)).isEqualTo(apart);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
        "Pacific/Apia",
        "America/Havana",
        "UTC"
      })
  void plan_after400DaysOfHourlySnapshots_isTheSameAppliedEachTimeOrOnce(String zone) {
    ZoneId at = ZoneId.of(zone);
    RetentionPolicy policy =
        RetentionPolicy.builder()
            .last(3)
            .within(Duration.ofHours(5))
            .hourly(24)
            .daily(7)
            .weekly(5)
            .monthly(12)
            .yearly(3)
            .in(at)
            .build();
    Instant start =
        Instant.parse(
            zone.equals("Pacific/Apia") ? "2011-06-01T00:00:00Z" : "2026-01-01T00:00:00Z");
    Instant end = start.plus(Duration.ofDays(400));
    ScheduleClock clock = ScheduleClock.of(Schedule.hourly(30).in(at));
    List<Retained> all = new ArrayList<>();
    List<Retained> stepwise = new ArrayList<>();
    Instant now = clock.after(start).orElseThrow();
    while (now.isBefore(end)) {
      Retained taken = new Retained("s" + now, "lab:/a", now, Set.of(), all.size() % 1000 == 7);
      all.add(taken);
      stepwise.add(taken);
      stepwise = new ArrayList<>(only(stepwise, ids(Retention.plan(stepwise, policy, now).kept())));
      now = clock.after(now).orElseThrow();
    }
    assertThat(all).hasSizeGreaterThan(9_500);
    Set<String> once = ids(Retention.plan(all, policy, now).kept());
    assertThat(once).isEqualTo(RetentionOracle.kept(all, policy, now));
    assertThat(stepwise.stream().map(Retained::id).collect(Collectors.toSet())).isEqualTo(once);
    assertThat(once).hasSizeBetween(24 + 7 + 4 + 10, 24 + 7 + 5 + 12 + 3 + 11);
  }

  private static Retained at(String id, String time) {
    return new Retained(id, "lab:/a", Instant.parse(time), Set.of(), false);
  }

  @Test
  void plan_saysWhy() {
    RetentionPolicy policy =
        RetentionPolicy.builder()
            .last(1)
            .weekly(2)
            .tag("release")
            .in(ZoneId.of("Europe/Berlin"))
            .build();
    RetentionPlan plan =
        Retention.plan(
            List.of(
                at("a", "2025-12-28T12:00:00Z"),
                at("b", "2025-12-30T12:00:00Z"),
                at("c", "2026-01-01T12:00:00Z"),
                at("wrong", "2099-01-01T00:00:00Z"),
                new Retained(
                    "d", "lab:/a", Instant.parse("2025-01-01T00:00:00Z"), Set.of("release"), true)),
            policy,
            Instant.parse("2026-01-02T00:00:00Z"));
    assertThat(plan.toString())
        .isEqualTo(
            """
            keep last 1, weekly 2, tagged release (Europe/Berlin)
            KEEP wrong of lab:/a, 2099-01-01T00:00:00Z: [IN_FUTURE later than 2026-01-02T00:00:00Z]
            KEEP c of lab:/a, 2026-01-01T12:00:00Z: [NEWEST, LAST 1 of 1, WEEKLY 1 of 2: 2026-W01]
            FORGET b of lab:/a, 2025-12-30T12:00:00Z: no rule keeps it
            KEEP a of lab:/a, 2025-12-28T12:00:00Z: [WEEKLY 2 of 2: 2025-W52]
            KEEP d of lab:/a, 2025-01-01T00:00:00Z: [HELD, TAG release]""");
  }

  @Test
  void plan_hourThatHappensTwice_isTwoHours() {
    RetentionPolicy policy =
        RetentionPolicy.builder().hourly(9).in(ZoneId.of("Europe/Berlin")).build();
    List<Retained> night =
        List.of(
            at("first", "2026-10-25T00:15:00Z"),
            at("first-later", "2026-10-25T00:45:00Z"),
            at("second", "2026-10-25T01:15:00Z"));
    assertThat(kept(night, policy)).containsExactlyInAnyOrder("first-later", "second");
  }

  @Test
  void plan_within_includesItsEnd_andNotASecondMore() {
    RetentionPolicy policy = RetentionPolicy.builder().within(Duration.ofHours(1)).build();
    List<Retained> three =
        List.of(
            at("newest", "2026-01-01T12:00:00Z"),
            at("end", "2026-01-01T11:00:00Z"),
            at("beyond", "2026-01-01T10:59:59Z"));
    assertThat(kept(three, policy)).containsExactlyInAnyOrder("newest", "end");
    assertThat(RetentionOracle.kept(three, policy, NOW)).isEqualTo(kept(three, policy));
  }

  @Test
  void plan_byTagsAlone_keepsTheNewestThatHasNone() {
    RetentionPolicy policy = RetentionPolicy.builder().tag("release").build();
    List<Retained> two =
        List.of(at("new", "2026-01-01T12:00:00Z"), at("old", "2026-01-01T11:00:00Z"));
    assertThat(kept(two, policy)).containsExactly("new");
  }

  @Test
  void plan_twoOfOneId_isRefused() {
    List<Retained> twice =
        List.of(at("a", "2026-01-01T00:00:00Z"), at("a", "2026-01-02T00:00:00Z"));
    RetentionPolicy policy = RetentionPolicy.builder().last(1).build();
    assertThatThrownBy(() -> Retention.plan(twice, policy, NOW))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"a\"");
  }
}
