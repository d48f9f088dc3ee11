// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.flows.base.VersionVector.Order;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class VersionVectorTest {
  private static VersionVector of(List<Integer> counters) {
    VersionVector vector = VersionVector.EMPTY;
    for (int i = 0; i < counters.size(); i++) {
      // Replicas with the highest bit set: the order is unsigned.
      vector =
          counters.get(i) == 0 ? vector : vector.with((long) (i - 1) << 62 | i, counters.get(i));
    }
    return vector;
  }

  @Property(tries = 500)
  void join_isTheLeastThatCoversBoth(
      @ForAll @Size(max = 4) List<@IntRange(max = 3) Integer> one,
      @ForAll @Size(max = 4) List<@IntRange(max = 3) Integer> other) {
    VersionVector a = of(one);
    VersionVector b = of(other);
    VersionVector joined = a.join(b);
    assertThat(joined).isEqualTo(b.join(a)).isEqualTo(joined.join(a));
    assertThat(joined.covers(a) && joined.covers(b)).isTrue();
    for (int i = 0; i < 4; i++) {
      int mine = i < one.size() ? one.get(i) : 0;
      int theirs = i < other.size() ? other.get(i) : 0;
      assertThat(joined.counter((long) (i - 1) << 62 | i)).isEqualTo(Math.max(mine, theirs));
    }
  }

  @Property(tries = 500)
  void compare_isWhatCoversSay(
      @ForAll @Size(max = 3) List<@IntRange(max = 2) Integer> one,
      @ForAll @Size(max = 3) List<@IntRange(max = 2) Integer> other) {
    VersionVector a = of(one);
    VersionVector b = of(other);
    Order expected =
        a.covers(b)
            ? b.covers(a) ? Order.EQUAL : Order.NEWER
            : b.covers(a) ? Order.OLDER : Order.CONCURRENT;
    assertThat(a.compare(b)).isEqualTo(expected);
    assertThat(a.equals(b)).isEqualTo(expected == Order.EQUAL);
    if (expected == Order.EQUAL) {
      assertThat(a).hasSameHashCodeAs(b);
    }
  }

  @Test
  void with_whenTheCounterIsNone_refuses() {
    assertThatThrownBy(() -> VersionVector.of(1, 0)).hasMessageContaining("begin at 1");
  }
}
