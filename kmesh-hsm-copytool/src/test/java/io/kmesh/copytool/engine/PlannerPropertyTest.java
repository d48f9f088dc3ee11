// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.engine;

import static io.kmesh.tiering.Conditions.age;
import static io.kmesh.tiering.Conditions.anything;
import static io.kmesh.tiering.Conditions.path;
import static io.kmesh.tiering.Conditions.size;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.lustre.Layout;
import io.kmesh.lustre.PoolUsage;
import io.kmesh.path.PathBytes;
import io.kmesh.tiering.Condition;
import io.kmesh.tiering.TieringPlan;
import io.kmesh.tiering.TieringPolicy;
import io.kmesh.unit.DataSize;
import io.kmesh.unit.Percent;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.jspecify.annotations.Nullable;

/** Plans of random policies over random files, against what a few lines of brute force say. */
class PlannerPropertyTest {
  private static final int FILES = 60;

  private static @Nullable Lab opened;
  private static final List<Known> MADE = new ArrayList<>();

  /** A file as it was made. */
  private record Known(String path, int size, int days, boolean isFast) {}

  /** A condition, and the same once more as plain code. */
  private record Choice(Condition condition, Predicate<Known> oracle) {
    Choice and(Choice other) {
      return new Choice(condition.and(other.condition), oracle.and(other.oracle));
    }

    Choice or(Choice other) {
      return new Choice(condition.or(other.condition), oracle.or(other.oracle));
    }

    Choice negate() {
      return new Choice(condition.negate(), oracle.negate());
    }
  }

  private static Lab lab() {
    Lab lab = opened;
    if (lab == null) {
      throw new IllegalStateException("The files were not made.");
    }
    return lab;
  }

  @BeforeContainer
  static void makeFiles() throws IOException {
    Lab lab = Lab.open(Files.createTempDirectory("kmesh-planner"));
    opened = lab;
    Random random = new Random(20260101);
    List<Integer> days = new ArrayList<>();
    for (int i = 1; i <= FILES; i++) {
      days.add(i); // no two were used at the same time
    }
    Collections.shuffle(days, random);
    for (String pool : List.of("fast", "cheap")) {
      Files.createDirectory(lab.path(pool));
      lab.lustre.layouts().changeDirectoryDefault(lab.fid(pool), Layout.plain(1, 0, pool));
    }
    for (int i = 0; i < FILES; i++) {
      boolean isFast = random.nextInt(4) > 0;
      String file = (isFast ? "fast/" : "cheap/") + "f" + i + (i % 3 == 0 ? ".h5" : ".dat");
      int size = random.nextInt(8) == 0 ? 0 : 4096 * (1 + random.nextInt(64));
      lab.write(file, size);
      lab.age(file, days.get(i));
      MADE.add(new Known(file, size, days.get(i), isFast));
    }
  }

  @AfterContainer
  static void remove() throws IOException {
    lab().close();
  }

  @Provide
  Arbitrary<Choice> choices() {
    Arbitrary<Choice> leaves =
        Arbitraries.oneOf(
            Arbitraries.just(new Choice(anything(), f -> true)),
            Arbitraries.integers()
                .between(0, FILES)
                .map(
                    d ->
                        new Choice(
                            // Half a day, so that the time that passes here decides nothing.
                            age().moreThan(Duration.ofHours(24L * d + 12)), f -> f.days() > d)),
            Arbitraries.integers()
                .between(0, 64)
                .map(
                    n ->
                        new Choice(
                            size().atLeast(DataSize.ofBytes(4096L * n)),
                            f -> f.size() >= 4096 * n)),
            Arbitraries.of("**/*.h5", "fast/*", "*.dat")
                .map(glob -> new Choice(path(glob), f -> isMatched(glob, f))));
    return Arbitraries.lazyOf(
        () -> leaves,
        () -> leaves,
        () -> leaves.map(Choice::negate),
        () -> leaves.tuple2().map(t -> t.get1().and(t.get2())),
        () -> leaves.tuple2().map(t -> t.get1().or(t.get2().negate())));
  }

  private static boolean isMatched(String glob, Known file) {
    return switch (glob) {
      case "**/*.h5" -> file.path().endsWith(".h5");
      case "fast/*" -> file.isFast();
      default -> false; // a star matches no slash
    };
  }

  @Property(tries = 150)
  void plan_watermarks_takesTheOldestThatReachTheLowMark(
      @ForAll("choices") Choice choice, @ForAll @IntRange(min = 0, max = 99) int part) {
    PoolUsage fast =
        lab().cluster.pools().stream()
            .filter(p -> p.name().equals("fast"))
            .findFirst()
            .orElseThrow();
    Percent low = new Percent(fast.share().value() * part / 100);
    Percent high = new Percent((fast.share().value() + low.value()) / 2);
    TieringPlan plan =
        plan(
            TieringPolicy.builder("p")
                .on("lab")
                .when(choice.condition())
                .moveTo("cheap")
                .watermarks("fast", high, low));
    long wanted = fast.used().bytes() - low.of(fast.capacity().bytes());
    List<String> expected = new ArrayList<>();
    long sum = 0;
    for (Known file : oldestFirst(choice.oracle().and(Known::isFast).and(f -> f.size() > 0))) {
      if (sum < wanted) {
        expected.add(file.path());
        sum += file.size();
      }
    }
    assertThat(paths(plan)).isEqualTo(expected);
    assertThat(plan.bytesToFree().bytes()).isEqualTo(sum);
  }

  @Property(tries = 150)
  void plan_noWatermarks_takesAllThatMatchAndExplainsThem(@ForAll("choices") Choice choice) {
    TieringPlan plan =
        plan(
            TieringPolicy.builder("p")
                .on("lab")
                .when(choice.condition())
                .archiveTo(Lab.STORE)
                .thenRelease());
    List<Known> expected = oldestFirst(choice.oracle());
    assertThat(paths(plan)).isEqualTo(expected.stream().map(Known::path).toList());
    assertThat(plan.bytesToFree().bytes())
        .isEqualTo(expected.stream().mapToLong(Known::size).sum());
    Known file = MADE.get(expected.size() % FILES);
    assertThat(plan.explain(PathBytes.of(file.path())))
        .contains(choice.oracle().test(file) ? "Would be done" : "Would be left");
    Map<String, Integer> places =
        plan.steps().stream()
            .collect(Collectors.toMap(s -> s.path().toString(), s -> s.actions().size()));
    assertThat(places).hasSize(expected.size());
  }

  private static TieringPlan plan(TieringPolicy.Builder builder) {
    return lab().kmesh.tiering().plan(builder.build());
  }

  private static List<String> paths(TieringPlan plan) {
    return plan.steps().stream().map(s -> s.path().toString()).toList();
  }

  private static List<Known> oldestFirst(Predicate<Known> filter) {
    return MADE.stream()
        .filter(filter)
        .sorted(Comparator.comparingInt(Known::days).reversed())
        .toList();
  }
}
