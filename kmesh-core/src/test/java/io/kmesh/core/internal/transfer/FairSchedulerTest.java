// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.engine.TransferPriority;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class FairSchedulerTest {
  private static final long AGEING = 1000;
  private static final long MIB = 1 << 20;

  private final FairScheduler<String> scheduler = new FairScheduler<>(AGEING);

  private String next(long now) {
    return scheduler.next(now).map(i -> i.value).orElse("none");
  }

  @Test
  void next_whenClassesDiffer_restoresFirst() {
    scheduler.add("migrate", TransferPriority.MIGRATION, "u", 1, 0);
    scheduler.add("archive", TransferPriority.ARCHIVE, "u", 1, 0);
    scheduler.add("restore", TransferPriority.RESTORE, "u", 1, 0);
    assertThat(List.of(next(0), next(0), next(0), next(0)))
        .containsExactly("restore", "archive", "migrate", "none");
  }

  @Test
  void next_whenOneOwnerHasMany_servesTheOtherInTurn() {
    for (int i = 0; i < 1000; i++) {
      scheduler.add("many", TransferPriority.ARCHIVE, "many", 4 * MIB, 0);
    }
    scheduler.add("one", TransferPriority.ARCHIVE, "one", 4 * MIB, 0);
    assertThat(List.of(next(0), next(0), next(0))).contains("one");
  }

  @Test
  void next_whenPassedOverTooLong_takesEveryFourthTurn() {
    scheduler.add("old", TransferPriority.MIGRATION, "u", 1, -5);
    scheduler.add("next", TransferPriority.MIGRATION, "u", 1, 0);
    for (int i = 0; i < 20; i++) {
      scheduler.add("restore", TransferPriority.RESTORE, "v", 1, AGEING);
    }
    assertThat(next(AGEING - 6)).isEqualTo("restore");
    List<String> served = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      served.add(next(AGEING));
    }
    assertThat(served).containsSubsequence("old", "next");
    assertThat(served.subList(0, 4)).contains("old");
    assertThat(served.stream().filter("restore"::equals)).hasSize(6);
  }

  @Test
  void remove_whenWaiting_isNotServed() {
    FairScheduler.Item<String> item = scheduler.add("a", TransferPriority.ARCHIVE, "u", 1, 0);
    scheduler.add("b", TransferPriority.ARCHIVE, "u", 1, 0);
    scheduler.remove(item);
    scheduler.remove(item);
    assertThat(scheduler.size()).isEqualTo(1);
    assertThat(next(0)).isEqualTo("b");
    assertThat(next(0)).isEqualTo("none");
  }

  /** A step of the model: an item to add, or a turn. */
  record Step(int priority, int owner, long bytes, boolean isTurn) {}

  @Provide
  Arbitrary<List<Step>> steps() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 2),
            Arbitraries.integers().between(0, 3),
            Arbitraries.longs().between(0, 100 * MIB),
            Arbitraries.of(true, false))
        .as(Step::new)
        .list()
        .ofMaxSize(300);
  }

  @Property(tries = 300)
  void next_whenAnySteps_keepsOrderAndPriority(@ForAll("steps") List<Step> steps) {
    FairScheduler<Integer> fair = new FairScheduler<>(Long.MAX_VALUE);
    Map<TransferPriority, Map<String, List<Integer>>> waiting =
        new EnumMap<>(TransferPriority.class);
    int id = 0;
    int count = 0;
    for (Step step : steps) {
      if (!step.isTurn) {
        TransferPriority priority = List.of(TransferPriority.values()).get(step.priority);
        fair.add(id, priority, "o" + step.owner, step.bytes, 0);
        waiting
            .computeIfAbsent(priority, p -> new HashMap<>())
            .computeIfAbsent("o" + step.owner, o -> new ArrayList<>())
            .add(id++);
        count++;
        continue;
      }
      Optional<FairScheduler.Item<Integer>> item = fair.next(0);
      assertThat(item.isPresent()).isEqualTo(count > 0);
      if (item.isPresent()) {
        count--;
        TransferPriority best =
            waiting.entrySet().stream()
                .filter(e -> e.getValue().values().stream().anyMatch(l -> !l.isEmpty()))
                .map(Map.Entry::getKey)
                .sorted()
                .findFirst()
                .orElseThrow();
        assertThat(item.get().priority).as("best class first").isEqualTo(best);
        assertThat(waiting.get(best).get(item.get().owner).remove(0))
            .as("in order for an owner")
            .isEqualTo(item.get().value);
      }
      assertThat(fair.size()).isEqualTo(count);
    }
  }

  @Property(tries = 100)
  void next_whenAllOwnersHaveWork_noneGetsMuchMoreThanAnother(@ForAll("sizes") List<Long> sizes) {
    FairScheduler<Integer> fair = new FairScheduler<>(Long.MAX_VALUE);
    long largest = FairScheduler.QUANTUM;
    for (int owner = 0; owner < sizes.size(); owner++) {
      largest = Math.max(largest, sizes.get(owner));
      for (int i = 0; i < 500; i++) {
        fair.add(owner, TransferPriority.ARCHIVE, "o" + owner, sizes.get(owner), 0);
      }
    }
    long[] served = new long[sizes.size()];
    for (int i = 0; i < 400; i++) {
      FairScheduler.Item<Integer> item = fair.next(0).orElseThrow();
      served[item.value] += item.cost;
    }
    long most = 0;
    long least = Long.MAX_VALUE;
    for (long bytes : served) {
      most = Math.max(most, bytes);
      least = Math.min(least, bytes);
    }
    assertThat(most - least).isLessThanOrEqualTo(largest + 2 * FairScheduler.QUANTUM);
  }

  @Provide
  Arbitrary<List<Long>> sizes() {
    return Arbitraries.longs().between(0, 10 * MIB).list().ofMinSize(1).ofMaxSize(5);
  }
}
