// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.merge.ReplicaEnds;
import io.kmesh.core.internal.state.MemoryOrdered;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Replicas that told a part of what belongs together. */
class HalfToldTest {
  private final Random ids = new Random(1);

  @Test
  void endThatWentForGood_isWaitedForNoMore_butOthersAre() throws Exception {
    MemoryOrdered store = new MemoryOrdered();
    long gone = ReplicaEnds.newId(2, ids);
    long there = ReplicaEnds.newId(3, ids);
    try (FlowBase base = FlowBase.open(store, ReplicaEnds.newId(1, ids))) {
      HalfTold told = new HalfTold(base);
      told.told(gone, Message.Tail.MORE);
      told.told(there, Message.Tail.MORE);
      base.commit();
      told.keepOnly(Set.of(0, 1, 3));
      assertThat(told.isEmpty()).isFalse();
      told.told(there, Message.Tail.END);
      assertThat(told.isEmpty()).isTrue();
      base.commit();
      assertThat(new HalfTold(base).isEmpty()).isTrue();
    }
  }

  @Test
  void newReplicaOfAnEnd_takesThePlaceOfTheOneBefore() throws Exception {
    try (FlowBase base = FlowBase.open(new MemoryOrdered(), ReplicaEnds.newId(1, ids))) {
      HalfTold told = new HalfTold(base);
      told.told(ReplicaEnds.newId(2, ids), Message.Tail.MORE);
      told.greeted(ReplicaEnds.newId(3, ids));
      assertThat(told.isEmpty()).isFalse();
      told.greeted(ReplicaEnds.newId(2, ids));
      assertThat(told.isEmpty()).isTrue();
    }
  }
}
