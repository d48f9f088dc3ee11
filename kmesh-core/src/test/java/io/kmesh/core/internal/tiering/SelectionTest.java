// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.tiering;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.tiering.TieringPlan;
import io.kmesh.tiering.TieringPlan.Step;
import io.kmesh.tiering.TieringPolicy;
import io.kmesh.unit.DataSize;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class SelectionTest {
  @Property
  void offer_anyFiles_keepsTheOldestThatReachTheGoal(
      @ForAll @Size(max = 60) List<@IntRange(min = 1, max = 50) Integer> sizes,
      @ForAll @IntRange(min = 1, max = 600) int wanted) {
    Selection selection = new Selection(wanted, Integer.MAX_VALUE);
    List<Step> all = new ArrayList<>();
    for (int i = 0; i < sizes.size(); i++) {
      Step step = step(i, (i * 7919) % 101, sizes.get(i));
      all.add(step);
      selection.offer(step, step.size().bytes());
    }
    all.sort(Comparator.comparing(Step::lastUse).thenComparing(Step::path));
    List<Step> expected = new ArrayList<>();
    long sum = 0;
    for (Step step : all) {
      if (sum >= wanted) {
        break;
      }
      expected.add(step);
      sum += step.size().bytes();
    }
    assertThat(selection.oldestFirst()).isEqualTo(expected);
    assertThat(selection.bytes()).isEqualTo(sum);
  }

  @Test
  void newest_checkpoints_keepsTheHighestNumbersOfEachSequence() {
    Sequences sequences = new Sequences(new TieringPolicy.KeepNewest(2, "ckpt.*"));
    for (String path :
        List.of("a/ckpt.9", "a/ckpt.10", "a/ckpt.100", "b/ckpt.1", "a/other.999", "a/ckpt.x")) {
      sequences.offer(PathBytes.of(path));
    }
    assertThat(sequences.newest())
        .containsExactlyInAnyOrder(
            PathBytes.of("a/ckpt.10"), PathBytes.of("a/ckpt.100"), PathBytes.of("b/ckpt.1"));
  }

  @Test
  void newest_extensionWithADigit_looksAtTheNumberBeforeIt() {
    Sequences sequences = new Sequences(new TieringPolicy.KeepNewest(1, "*"));
    for (String path :
        List.of("c.9.h5", "c.10.h5", "x.h5", "run2.ckpt9", "run2.ckpt10", "n.7", "n.08", "z")) {
      sequences.offer(PathBytes.of(path));
    }
    assertThat(sequences.newest())
        .containsExactlyInAnyOrder(
            PathBytes.of("c.10.h5"),
            PathBytes.of("x.h5"),
            PathBytes.of("run2.ckpt10"),
            PathBytes.of("n.08"));
  }

  private static Step step(int n, long lastUse, int size) {
    return new Step(
        PathBytes.of("f" + n),
        new Fid(1, n, 0),
        DataSize.ofBytes(size),
        Instant.ofEpochSecond(lastUse),
        List.of(TieringPlan.Action.RELEASE),
        "");
  }
}
