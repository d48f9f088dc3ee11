// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Hands out messages in the order of their numbers. */
final class OrderedInbox extends Inbox {
  private final Map<Long, Arrived> early = new HashMap<>();
  private long handled;
  private long next = 1;

  OrderedInbox(long window) {
    super("an ordered", window);
  }

  @Override
  void arrive(Arrived message) {
    early.put(message.id(), message);
    for (@Nullable Arrived m = early.remove(next); m != null; m = early.remove(next)) {
      ready.add(m);
      next++;
    }
  }

  @Override
  void handle(long id) {
    handled = id;
  }

  @Override
  IdSet handled() {
    return new IdSet(handled, IdSet.EMPTY.bits());
  }

  @Override
  long handledFloor() {
    return handled;
  }
}
