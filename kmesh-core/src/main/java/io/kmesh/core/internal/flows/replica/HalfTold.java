// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import io.kmesh.core.internal.flows.base.Area;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.merge.ReplicaEnds;
import io.kmesh.core.internal.state.OrderedStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;

/**
 * Replicas that told a part of what belongs together, also before a crash: what a rename moved may
 * look removed until the rest comes. In the base's table {@code B}. For the engine's thread.
 */
final class HalfTold {
  private static final byte LETTER = 'H';

  private final Area table;
  private final Set<Long> replicas = new HashSet<>();

  HalfTold(FlowBase base) throws IOException {
    this.table = base.area('B');
    try (OrderedStore.Cursor cursor = table.from(new byte[] {LETTER})) {
      while (cursor.next() && cursor.key()[0] == LETTER) {
        replicas.add(ByteBuffer.wrap(cursor.key(), 1, Long.BYTES).getLong());
      }
    }
  }

  boolean isEmpty() {
    return replicas.isEmpty();
  }

  /** Whether another end than that of a replica told a part. */
  boolean isByOtherThan(long replica) {
    return replicas.stream().anyMatch(one -> ReplicaEnds.of(one) != ReplicaEnds.of(replica));
  }

  /** A replica is there: one that was at its end before never tells the rest. */
  void greeted(long replica) throws IOException {
    for (long other : Set.copyOf(replicas)) {
      if (other != replica && ReplicaEnds.of(other) == ReplicaEnds.of(replica)) {
        told(other, Message.Tail.END);
      }
    }
  }

  /** There are these ends alone: what others told in part, nobody tells the rest of. */
  void keepOnly(Set<Integer> ends) throws IOException {
    for (long other : Set.copyOf(replicas)) {
      if (!ends.contains(ReplicaEnds.of(other))) {
        told(other, Message.Tail.END);
      }
    }
  }

  void told(long replica, Message.Tail tail) throws IOException {
    if (tail == Message.Tail.MORE && replicas.add(replica)) {
      table.put(key(replica), new byte[0]);
    } else if (tail == Message.Tail.END && replicas.remove(replica)) {
      table.remove(key(replica));
    }
  }

  private static byte[] key(long replica) {
    return ByteBuffer.allocate(1 + Long.BYTES).put(LETTER).putLong(replica).array();
  }
}
