// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.UnsupportedCapabilityException;
import io.kmesh.core.internal.flows.service.FlowRecordJson.FlowRecord;
import io.kmesh.core.internal.flows.service.FlowRecordJson.Wanted;
import io.kmesh.core.internal.flows.service.MasterGroups.Member;
import io.kmesh.flows.ConflictPolicy;
import io.kmesh.flows.FlowSpec;
import io.kmesh.path.PathBytes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Which flows of several masters may share trees, and as what. */
class MasterGroupsTest {
  private static FlowSpec spec(int from, int to) {
    return FlowSpec.builder()
        .from(Endpoint.directory(Path.of("/none/t" + from + "/x")))
        .to(Endpoint.directory(Path.of("/none/t" + to + "/x")))
        .multiMaster(ConflictPolicy.newest())
        .build();
  }

  private static String id(int number) {
    return String.format("%032x", number);
  }

  /**
   * Flows between any two of seven trees, some of which go again: those that are let in have no
   * circle, a tree has one number in one group, and no two trees of a group have the same.
   */
  @Property(tries = 500)
  void flowsThatAreLetIn_makeTreesOfTrees(
      @ForAll @Size(max = 20) List<@IntRange(max = 6) Integer> from,
      @ForAll @Size(max = 20) List<@IntRange(max = 8) Integer> to) {
    List<Member> made = new ArrayList<>();
    for (int i = 0; i < Math.min(from.size(), to.size()); i++) {
      int one = from.get(i);
      int other = to.get(i);
      if (other > 6) {
        if (!made.isEmpty()) {
          made.remove(one % made.size());
        }
        continue;
      }
      if (one == other) {
        continue;
      }
      FlowRecord record = new FlowRecord(id(i + 1), Wanted.STOPPED, 0);
      boolean isJoined = joined(made).get(one).equals(joined(made).get(other));
      try {
        Optional<MasterGroup> group = new MasterGroups(made).join("f" + i, spec(one, other));
        assertThat(isJoined).as("a circle").isFalse();
        if (group.isPresent()) {
          String shared = group.get().id();
          made.replaceAll(
              m ->
                  m.isOf(shared)
                      ? new Member(m.name(), m.spec(), m.record().in(m.record().place()))
                      : m);
          record = record.in(group.get());
        }
        made.add(new Member("f" + i, spec(one, other), record));
      } catch (UnsupportedCapabilityException e) {
        assertThat(e).hasMessageContaining("\"f" + i + "\"");
      }
      requireSound(made);
    }
  }

  /** The least tree that each tree is joined to, by any way. */
  private static Map<Integer, Integer> joined(List<Member> made) {
    Map<Integer, Integer> least = new HashMap<>();
    for (int tree = 0; tree <= 6; tree++) {
      least.put(tree, tree);
    }
    for (int round = 0; round < 7; round++) {
      for (Member member : made) {
        int one = tree(member.spec().source());
        int other = tree(member.spec().target());
        int both = Math.min(least.get(one), least.get(other));
        least.put(one, both);
        least.put(other, both);
      }
    }
    return least;
  }

  private static int tree(Endpoint endpoint) {
    String path = ((Endpoint.LocalDirectory) endpoint).directory().toString();
    return path.charAt("/none/t".length()) - '0';
  }

  private static void requireSound(List<Member> made) {
    Map<Integer, String> trees = new HashMap<>();
    Map<String, Integer> ends = new HashMap<>();
    Set<Integer> touched = new HashSet<>();
    for (Member member : made) {
      MasterGroup place = member.record().place();
      note(trees, ends, tree(member.spec().source()), place.id() + ":" + place.source());
      note(trees, ends, tree(member.spec().target()), place.id() + ":" + place.target());
      touched.add(tree(member.spec().source()));
      touched.add(tree(member.spec().target()));
    }
    Map<Integer, Integer> joined = joined(made);
    long parts = touched.stream().map(joined::get).distinct().count();
    assertThat(made).hasSize((int) (touched.size() - parts)); // no circle
  }

  private static void note(
      Map<Integer, String> trees, Map<String, Integer> ends, int tree, String end) {
    assertThat(trees.putIfAbsent(tree, end)).isIn(null, end);
    assertThat(ends.putIfAbsent(end, tree)).isIn(null, tree);
  }

  @Test
  void settingsOfASharedTree_areOfTheFlowThatFollowsChangelogs_elseOfTheFirst() {
    Endpoint hub = new Endpoint.LustrePath("lab", PathBytes.of("job"));
    FlowSpec.Builder to =
        FlowSpec.builder()
            .from(Endpoint.directory(Path.of("/none/a")))
            .to(hub)
            .multiMaster(ConflictPolicy.newest());
    FlowSpec first = to.build();
    FlowSpec following =
        FlowSpec.builder()
            .from(hub)
            .to(Endpoint.directory(Path.of("/none/b")))
            .multiMaster(ConflictPolicy.newest())
            .changelogUser(0, "cl1")
            .build();
    FlowRecord alone = new FlowRecord(id(1), Wanted.STOPPED, 0);
    Member one = new Member("one", first, alone.in(alone.place()));
    MasterGroup group = new MasterGroups(List.of(one)).join("two", following).orElseThrow();
    assertThat(group).isEqualTo(new MasterGroup(id(1), 1, 2));
    Member two = new Member("two", following, new FlowRecord(id(2), Wanted.STOPPED, 0).in(group));
    MasterGroups both = new MasterGroups(List.of(one, two));
    assertThat(both.home(id(1), 1)).contains(two);
    assertThat(both.home(id(1), 0)).contains(one);
    assertThat(both.home(id(1), 2)).contains(two);
    assertThat(both.home(id(1), 3)).isEmpty();
  }

  @Test
  void moreTreesThanNumbers_areRefused() {
    List<Member> made = new ArrayList<>();
    FlowRecord first = new FlowRecord(id(1), Wanted.STOPPED, 0);
    made.add(new Member("f1", hub(1), first.in(first.place())));
    for (int end = 2; end <= MasterGroup.LAST; end++) {
      MasterGroup group = new MasterGroups(made).join("f" + end, hub(end)).orElseThrow();
      assertThat(group.target()).isEqualTo(end);
      made.add(
          new Member("f" + end, hub(end), new FlowRecord(id(end), Wanted.STOPPED, 0).in(group)));
    }
    assertThatThrownBy(() -> new MasterGroups(made).join("more", hub(256)))
        .isInstanceOf(UnsupportedCapabilityException.class)
        .hasMessageContaining("256");
  }

  private static FlowSpec hub(int leaf) {
    return FlowSpec.builder()
        .from(Endpoint.directory(Path.of("/none/hub")))
        .to(Endpoint.at("site" + leaf, "data/x"))
        .multiMaster(ConflictPolicy.newest())
        .build();
  }
}
