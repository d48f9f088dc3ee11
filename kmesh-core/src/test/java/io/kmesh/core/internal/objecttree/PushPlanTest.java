// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Plans are carried out on a map; whatever fails or ends, no bytes that are needed are lost. */
class PushPlanTest {
  /**
   * An object.
   *
   * @param bytes the version of the inode's bytes that it holds; 0 for none
   */
  private record Stored(long inode, int bytes, Shown shown) {}

  /** A store, a spool, and what is wanted. */
  private static final class Model implements PushPlan.World {
    static final Stored FOREIGN_OBJECT = new Stored(FOREIGN, 0, Shown.KEPT);

    final TreeMap<String, Stored> store = new TreeMap<>();
    final Map<Long, Integer> version = new TreeMap<>();
    final Set<Long> hasBytes = new HashSet<>();
    final Set<Long> spooled = new HashSet<>();
    final Set<Long> needed = new HashSet<>();
    final Map<Long, TreeSet<String>> names = new TreeMap<>();
    final Map<Long, String> tags = new TreeMap<>();
    int kept;
    int sent;

    String nextKept() {
      return ".kmesh/kept/" + ++kept;
    }

    @Override
    public long inodeAt(String key) {
      Stored there = store.get(key);
      return there == null ? NOTHING : there.inode;
    }

    @Nullable String at(long inode) {
      if (spooled.contains(inode) || !hasBytes.contains(inode)) {
        return null;
      }
      String best = null;
      for (Map.Entry<String, Stored> entry : store.entrySet()) {
        boolean holds =
            entry.getValue().inode == inode
                && entry.getValue().bytes == version.getOrDefault(inode, 0);
        boolean isNamed = names.getOrDefault(inode, new TreeSet<>()).contains(entry.getKey());
        if (holds && (best == null || isNamed)) {
          best = entry.getKey();
        }
      }
      return best;
    }

    @Override
    public PushItem item(long inode) {
      TreeMap<String, Shown> have = new TreeMap<>();
      store.forEach(
          (key, object) -> {
            if (object.inode == inode) {
              have.put(key, object.shown);
            }
          });
      TreeMap<String, Shown> want = new TreeMap<>();
      TreeSet<String> keys = names.getOrDefault(inode, new TreeSet<>());
      String at = at(inode);
      if (!keys.isEmpty()) {
        String holder = at != null && keys.contains(at) ? at : keys.first();
        for (String key : keys) {
          want.put(
              key,
              key.equals(holder)
                  ? new Shown(false, tags.get(inode))
                  : new Shown(true, "to " + holder));
        }
      }
      return new PushItem(inode, at, spooled.contains(inode), needed.contains(inode), want, have);
    }

    boolean isAlive(long inode) {
      return !names.getOrDefault(inode, new TreeSet<>()).isEmpty() || needed.contains(inode);
    }

    void run(PushStep step) {
      String where = step.toString();
      Stored there = store.get(step.key());
      assertThat(there == null || there.inode != FOREIGN).as(where).isTrue();
      int bytes = hasBytes.contains(step.inode()) ? version.getOrDefault(step.inode(), 0) : 0;
      switch (step.what()) {
        case COPY -> {
          Stored from = store.get(step.from());
          assertThat(from).as(where).isNotNull();
          assertThat(from.bytes).as(where).isEqualTo(bytes).isPositive();
          assertThat(from.inode).as(where).isEqualTo(step.inode());
          store.put(step.key(), new Stored(step.inode(), bytes, step.shown()));
        }
        case PUT -> {
          assertThat(spooled.contains(step.inode()) || bytes == 0).as(where).isTrue();
          sent += bytes == 0 ? 0 : 1;
          store.put(step.key(), new Stored(step.inode(), bytes, step.shown()));
          spooled.remove(step.inode());
        }
        case ATTRIBUTES -> {
          assertThat(there).as(where).isNotNull();
          assertThat(there.inode).as(where).isEqualTo(step.inode());
          assertThat(there.bytes).as(where).isEqualTo(bytes);
          store.put(step.key(), new Stored(step.inode(), bytes, step.shown()));
        }
        case LINK -> store.put(step.key(), new Stored(step.inode(), 0, step.shown()));
        case DELETE -> {
          assertThat(there).as(where).isNotNull();
          assertThat(there.inode).as(where).isEqualTo(step.inode());
          store.remove(step.key());
        }
      }
      for (long inode : hasBytes) {
        if (isAlive(inode) && !spooled.contains(inode)) {
          assertThat(at(inode)).as("the bytes of %d after %s", inode, where).isNotNull();
        }
      }
    }
  }

  private static Model random(Random random) {
    Model model = new Model();
    int inodes = 1 + random.nextInt(6);
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < 1 + random.nextInt(7); i++) {
      keys.add("k" + i);
    }
    for (long inode = 1; inode <= inodes; inode++) {
      model.tags.put(inode, "tag " + random.nextInt(2));
      model.names.put(inode, new TreeSet<>());
      if (random.nextInt(4) > 0) {
        model.hasBytes.add(inode);
        model.version.put(inode, 2);
      }
    }
    for (String key : keys) {
      long owner = 1L + random.nextInt(inodes);
      boolean hasBytes = model.hasBytes.contains(owner);
      Shown own = new Shown(false, "tag " + random.nextInt(2));
      switch (random.nextInt(8)) {
        case 0 -> {}
        case 1 -> model.store.put(key, new Stored(owner, 0, new Shown(true, "to k0")));
        case 2 -> model.store.put(key, new Stored(owner, hasBytes ? 1 : 0, own));
        case 3 -> {
          if (random.nextInt(3) == 0) {
            model.store.put(key, Model.FOREIGN_OBJECT);
          }
        }
        default -> model.store.put(key, new Stored(owner, hasBytes ? 2 : 0, own));
      }
    }
    for (String key : keys) {
      if (random.nextInt(4) > 0) {
        model.names.get(1L + random.nextInt(inodes)).add(key);
      }
    }
    for (long inode = 1; inode <= inodes; inode++) {
      if (random.nextInt(5) == 0) {
        model.needed.add(inode);
      }
      if (model.hasBytes.contains(inode) && model.at(inode) == null) {
        model.spooled.add(inode);
      }
    }
    return model;
  }

  private static List<PushItem> items(Model model, Random random, boolean isWhole) {
    List<Long> inodes = new ArrayList<>(model.names.keySet());
    Collections.shuffle(inodes, random);
    return inodes.stream().filter(i -> isWhole || random.nextInt(3) > 0).map(model::item).toList();
  }

  private static boolean works(PushStep step, Set<Integer> failed) {
    return Collections.disjoint(step.after(), failed);
  }

  @Property(tries = 3_000)
  void plans_whateverFails_loseNothing_andEndAsWanted(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    Model model = random(random);
    int toSend = model.spooled.size();
    for (int round = 0; round < 4; round++) {
      PushPlan plan =
          PushPlan.of(items(model, random, false), model, model::nextKept, random.nextInt(4));
      int end = random.nextInt(plan.steps().size() + 1);
      Set<Integer> failed = new HashSet<>();
      for (int i = 0; i < end; i++) {
        PushStep step = plan.steps().get(i);
        assertThat(step.after()).allMatch(before -> before < plan.steps().size());
        if (random.nextInt(6) == 0 || !works(step, failed)) {
          failed.add(i);
        } else {
          model.run(step);
        }
      }
    }
    for (int round = 0; round < 2; round++) {
      PushPlan plan =
          PushPlan.of(items(model, random, true), model, model::nextKept, random.nextInt(4));
      plan.steps().forEach(model::run);
    }
    PushPlan rest = PushPlan.of(items(model, random, true), model, model::nextKept, 0);
    assertThat(rest.steps()).isEmpty();
    assertThat(model.sent).isLessThanOrEqualTo(toSend);
    Set<Long> blocked = new HashSet<>();
    rest.blocked().forEach(b -> blocked.add(b.inode()));
    for (long inode : model.names.keySet()) {
      PushItem item = model.item(inode);
      if (!blocked.contains(inode)) {
        assertThat(rest.settled()).contains(inode);
        TreeMap<String, Shown> have = new TreeMap<>(item.have());
        if (item.want().isEmpty() && item.isNeeded() && item.at() != null) {
          assertThat(item.at()).startsWith(".kmesh/kept/");
          have.remove(item.at());
        }
        assertThat(have).as("inode %d", inode).isEqualTo(item.want());
      }
    }
  }

  @Property(tries = 1_000)
  void dependencies_inAnyOrderThatTheyAllow_loseNothing(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    Model model = random(random);
    PushPlan plan = PushPlan.of(items(model, random, true), model, model::nextKept, 9);
    Set<Integer> done = new HashSet<>();
    while (done.size() < plan.steps().size()) {
      List<Integer> ready = new ArrayList<>();
      for (int i = 0; i < plan.steps().size(); i++) {
        if (!done.contains(i) && done.containsAll(plan.steps().get(i).after())) {
          ready.add(i);
        }
      }
      int next = ready.get(random.nextInt(ready.size()));
      model.run(plan.steps().get(next));
      done.add(next);
    }
    assertThat(PushPlan.of(items(model, random, true), model, model::nextKept, 9).steps())
        .isEmpty();
  }

  @Test
  void chain_ofThousands_isCut_andEnds() throws IOException {
    Model model = new Model();
    for (long inode = 1; inode <= 3_000; inode++) {
      model.tags.put(inode, "");
      model.hasBytes.add(inode);
      model.version.put(inode, 1);
      model.store.put("k" + inode, new Stored(inode, 1, new Shown(false, "")));
      model.names.put(inode, new TreeSet<>(Set.of("k" + (inode % 3_000 + 1))));
    }
    List<PushItem> first = List.of(model.item(1));
    PushPlan plan = PushPlan.of(first, model, model::nextKept, 10_000);
    assertThat(plan.steps()).hasSizeLessThan(1_000);
    assertThat(plan.settled()).contains(1L);
  }
}
