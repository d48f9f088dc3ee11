// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.lustre.HsmActionKind;
import io.kmesh.spi.lustre.ActionItem;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The order of waiting items: restores that somebody is blocked on, then other restores, then
 * removes, then archives; within each, owners take turns, so that one owner's million files don't
 * keep another's ten waiting. After {@value #STARVATION} items of higher classes one of a lower
 * class goes first. Not thread-safe: its user locks.
 */
final class ActionQueue {
  static final int STARVATION = 32;

  static final int CLASSES = 4;

  private final List<Map<Long, ArrayDeque<ActiveAction>>> classes = new ArrayList<>();
  private final int[] passedOver = new int[CLASSES];
  private int size;

  ActionQueue() {
    for (int i = 0; i < CLASSES; i++) {
      classes.add(new LinkedHashMap<>());
    }
  }

  int size() {
    return size;
  }

  void add(ActiveAction action) {
    classes
        .get(classOf(action.item()))
        .computeIfAbsent(action.owner(), o -> new ArrayDeque<>())
        .add(action);
    size++;
  }

  @Nullable ActiveAction poll() {
    int chosen = -1;
    for (int c = 0; c < CLASSES; c++) {
      if (classes.get(c).isEmpty()) {
        continue;
      }
      if (chosen < 0) {
        chosen = c;
      } else if (passedOver[c] >= STARVATION) {
        chosen = c;
        break;
      }
    }
    if (chosen < 0) {
      return null;
    }
    for (int c = 0; c < CLASSES; c++) {
      boolean waits = c > chosen && !classes.get(c).isEmpty();
      passedOver[c] = waits ? passedOver[c] + 1 : 0;
    }
    return pollOwnersInTurn(classes.get(chosen));
  }

  private ActiveAction pollOwnersInTurn(Map<Long, ArrayDeque<ActiveAction>> owners) {
    Map.Entry<Long, ArrayDeque<ActiveAction>> first = owners.entrySet().iterator().next();
    Long owner = first.getKey();
    ArrayDeque<ActiveAction> waiting = first.getValue();
    ActiveAction action = waiting.remove();
    owners.remove(owner);
    if (!waiting.isEmpty()) {
      owners.put(owner, waiting);
    }
    size--;
    return action;
  }

  /**
   * Takes the last item of the lowest class out, to make room for a better one.
   *
   * @return null when none is of a lower class than this
   */
  @Nullable ActiveAction pollLastBelow(int classOfNew) {
    for (int c = CLASSES - 1; c > classOfNew; c--) {
      Map<Long, ArrayDeque<ActiveAction>> owners = classes.get(c);
      Map.Entry<Long, ArrayDeque<ActiveAction>> last = null;
      for (Map.Entry<Long, ArrayDeque<ActiveAction>> owner : owners.entrySet()) {
        last = owner;
      }
      if (last != null) {
        ArrayDeque<ActiveAction> waiting = last.getValue();
        ActiveAction action = waiting.removeLast();
        if (waiting.isEmpty()) {
          owners.remove(last.getKey());
        }
        size--;
        return action;
      }
    }
    return null;
  }

  /** Takes an item out; false when it does not wait here. */
  boolean remove(ActiveAction action) {
    Map<Long, ArrayDeque<ActiveAction>> owners = classes.get(classOf(action.item()));
    ArrayDeque<ActiveAction> waiting = owners.get(action.owner());
    if (waiting == null || !waiting.remove(action)) {
      return false;
    }
    if (waiting.isEmpty()) {
      owners.remove(action.owner());
    }
    size--;
    return true;
  }

  /** The class of an item: 0 is the most urgent. */
  static int classOf(ActionItem item) {
    if (item.action() == HsmActionKind.RESTORE) {
      return (item.flags() & ActionItem.BLOCKING) != 0 ? 0 : 1;
    }
    return item.action() == HsmActionKind.REMOVE ? 2 : 3;
  }
}
