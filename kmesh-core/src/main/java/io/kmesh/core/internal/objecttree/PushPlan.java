// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.core.internal.mirror.MirrorKeys;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The steps that bring the store from what it has to what is wanted, in an order in which no step
 * replaces or removes the only object of bytes that are still needed: where an object is in the way
 * of another, it goes first, and one of each cycle waits at a key of Kmesh's own. Bytes that the
 * store has are copied there, not sent. Pure; nothing is changed by it.
 */
final class PushPlan {
  /** What is known of the store beyond the items. */
  interface World {
    /** Nothing is at a key. */
    long NOTHING = 0;

    /** The object at a key is somebody else's. */
    long FOREIGN = -1;

    /** The inode that the object at a key shows; NOTHING or FOREIGN when it shows none of ours. */
    long inodeAt(String key) throws IOException;

    /** What is known of an inode; one that is gone has nothing that is needed or wanted. */
    PushItem item(long inode) throws IOException;
  }

  /** A key that can't be written, since somebody else's object is there. */
  record Blocked(long inode, String key) {}

  private enum State {
    NEW,
    OPEN,
    DONE
  }

  /** An item while it is planned. */
  private static final class Draft {
    final PushItem item;
    State state = State.NEW;
    @Nullable String at;
    final Set<String> kept = new TreeSet<>();
    final Set<Integer> placed = new TreeSet<>();
    boolean isBlocked;
    boolean isHeldUp;

    Draft(PushItem item) {
      this.item = item;
      this.at = item.at();
    }

    boolean needsBytes() {
      return item.isNeeded() || !item.want().isEmpty();
    }
  }

  /** Longer chains of objects in each other's way are cut by a key of Kmesh's own. */
  private static final int DEEPEST = 200;

  private final World world;
  private final Supplier<String> keptKeys;
  private final int most;
  private final Map<Long, Draft> drafts = new HashMap<>();
  private final List<Draft> planned = new ArrayList<>();
  private final Map<String, Long> occupants = new HashMap<>();
  private final Map<String, Integer> writers = new HashMap<>();
  private final Map<String, Set<Integer>> readers = new HashMap<>();
  private final List<PushStep> steps = new ArrayList<>();
  private final List<Blocked> blocked = new ArrayList<>();

  private PushPlan(World world, Supplier<String> keptKeys, int most) {
    this.world = world;
    this.keptKeys = keptKeys;
    this.most = most;
  }

  /**
   * Plans some items, and those that are in their way.
   *
   * @param items the items
   * @param world what is known of the store
   * @param keptKeys new keys for objects that have to wait
   * @param most how many items are planned besides these
   */
  static PushPlan of(Collection<PushItem> items, World world, Supplier<String> keptKeys, int most)
      throws IOException {
    PushPlan plan = new PushPlan(world, keptKeys, items.size() + most);
    for (PushItem item : items) {
      plan.drafts.put(item.inode(), new Draft(item));
    }
    for (PushItem item : items) {
      Draft draft = plan.draft(item.inode());
      if (draft.state == State.NEW) {
        plan.place(draft, 0);
      }
    }
    for (Draft draft : plan.planned) {
      plan.clean(draft);
    }
    return plan;
  }

  /** The steps in an order in which they can be done one by one. */
  List<PushStep> steps() {
    return List.copyOf(steps);
  }

  /** The keys that can't be written. */
  List<Blocked> blocked() {
    return List.copyOf(blocked);
  }

  /** The inodes whose objects are what is wanted after the steps. */
  List<Long> settled() {
    return planned.stream().filter(d -> !d.isBlocked).map(d -> d.item.inode()).toList();
  }

  private Draft draft(long inode) throws IOException {
    Draft there = drafts.get(inode);
    if (there == null) {
      there = new Draft(world.item(inode));
      drafts.put(inode, there);
    }
    return there;
  }

  private void place(Draft draft, int depth) throws IOException {
    draft.state = State.OPEN;
    planned.add(draft);
    String holder = draft.item.holder();
    if (holder == null) {
      keep(draft);
    }
    if (holder == null || placeHolder(draft, holder, depth)) {
      for (Map.Entry<String, Shown> link : draft.item.want().entrySet()) {
        boolean isThere = link.getValue().equals(draft.item.have().get(link.getKey()));
        if (link.getValue().isLink() && !isThere) {
          Set<Integer> after = clear(draft, link.getKey(), depth);
          if (after != null) {
            after.addAll(draft.placed);
            write(PushStep.What.LINK, draft, link.getKey(), null, link.getValue(), after);
          }
        }
      }
    }
    draft.state = State.DONE;
  }

  /** Moves bytes of which no name is shown to where no reader takes them for an entry. */
  private void keep(Draft draft) throws IOException {
    String at = draft.at;
    boolean isShown =
        at != null
            && draft.item.isNeeded()
            && !at.startsWith(MirrorKeys.KEPT)
            && occupant(at) == draft.item.inode();
    if (at != null && isShown) {
      draft.placed.add(evict(draft, at));
    }
  }

  private int evict(Draft draft, String key) {
    String kept = keptKeys.get();
    int step = copy(draft, key, kept, Shown.KEPT, new TreeSet<>());
    draft.at = kept;
    draft.kept.add(kept);
    return step;
  }

  private boolean placeHolder(Draft draft, String holder, int depth) throws IOException {
    PushItem item = draft.item;
    Shown shown = java.util.Objects.requireNonNull(item.want().get(holder));
    boolean isThere = shown.equals(item.have().get(holder));
    if (!item.isSpooled() && isThere && (draft.at == null || holder.equals(draft.at))) {
      return true;
    }
    Set<Integer> after = clear(draft, holder, depth);
    if (after == null) {
      draft.isHeldUp = true;
      return false;
    }
    int step;
    String at = draft.at; // Read now: it may have been moved out of another's way.
    if (item.isSpooled() || at == null) {
      step = write(PushStep.What.PUT, draft, holder, null, shown, after);
    } else if (at.equals(holder)) {
      step = write(PushStep.What.ATTRIBUTES, draft, holder, null, shown, after);
    } else {
      step = copy(draft, at, holder, shown, after);
    }
    draft.placed.add(step);
    if (item.isSpooled() || at != null) {
      draft.at = holder;
    }
    return true;
  }

  /** Makes a key free for an item: the steps to wait for, or null when that can't be. */
  private @Nullable Set<Integer> clear(Draft draft, String key, int depth) throws IOException {
    long inode = occupant(key);
    if (inode == World.FOREIGN) {
      draft.isBlocked = true;
      blocked.add(new Blocked(draft.item.inode(), key));
      return null;
    }
    if (inode != World.NOTHING && inode != draft.item.inode()) {
      Draft other = draft(inode);
      boolean mayPlace = depth < DEEPEST && planned.size() < most;
      if (key.equals(other.at) && other.state == State.NEW && mayPlace) {
        place(other, depth + 1);
      }
      // One that is being placed is part of a cycle.
      if (key.equals(other.at) && other.needsBytes()) {
        int unused = evict(other, key);
      }
    }
    Set<Integer> after = new TreeSet<>(readers.getOrDefault(key, Set.of()));
    Integer writer = writers.get(key);
    if (writer != null) {
      after.add(writer);
    }
    return after;
  }

  private long occupant(String key) throws IOException {
    Long there = occupants.get(key);
    return there == null ? world.inodeAt(key) : there;
  }

  private int copy(Draft draft, String from, String to, Shown shown, Set<Integer> after) {
    Set<Integer> all = new TreeSet<>(after);
    Integer writer = writers.get(from);
    if (writer != null) {
      all.add(writer);
    }
    int step = write(PushStep.What.COPY, draft, to, from, shown, all);
    readers.computeIfAbsent(from, k -> new TreeSet<>()).add(step);
    return step;
  }

  private int write(
      PushStep.What what,
      Draft draft,
      String key,
      @Nullable String from,
      Shown shown,
      Set<Integer> after) {
    int step = steps.size();
    steps.add(new PushStep(what, draft.item.inode(), key, from, shown, after));
    occupants.put(key, draft.item.inode());
    writers.put(key, step);
    readers.remove(key);
    return step;
  }

  /** Removes what is not wanted of an item and was not replaced by another. */
  private void clean(Draft draft) throws IOException {
    if (draft.isHeldUp) {
      return; // Its bytes stay where they are.
    }
    Map<String, Shown> there = new TreeMap<>(draft.item.have());
    draft.kept.forEach(key -> there.put(key, Shown.KEPT));
    for (String key : there.keySet()) {
      boolean isOurs = occupant(key) == draft.item.inode();
      boolean isNeeded = key.equals(draft.at) && draft.needsBytes();
      if (draft.item.want().containsKey(key) || isNeeded) {
        continue;
      }
      if (occupant(key) == World.FOREIGN) {
        draft.isBlocked = true;
        blocked.add(new Blocked(draft.item.inode(), key));
      } else if (isOurs) {
        Set<Integer> after = new TreeSet<>(draft.placed);
        after.addAll(readers.getOrDefault(key, Set.of()));
        Integer writer = writers.get(key);
        if (writer != null) {
          after.add(writer);
        }
        steps.add(new PushStep(PushStep.What.DELETE, draft.item.inode(), key, null, null, after));
        occupants.put(key, World.NOTHING);
      }
    }
  }
}
