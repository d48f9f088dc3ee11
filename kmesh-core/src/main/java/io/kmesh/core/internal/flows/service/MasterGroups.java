// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.Endpoint;
import io.kmesh.UnsupportedCapabilityException;
import io.kmesh.core.internal.endpoints.Overlaps;
import io.kmesh.core.internal.flows.service.EndPlan.Side;
import io.kmesh.core.internal.flows.service.FlowRecordJson.FlowRecord;
import io.kmesh.flows.ConflictPolicy;
import io.kmesh.flows.FlowMode;
import io.kmesh.flows.FlowSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which flows of several masters share trees: decides whether a new one may join others, and as
 * what. The trees of a group, joined by its flows, have no circle. Pure.
 */
final class MasterGroups {
  private final List<Member> members = new ArrayList<>();
  private final List<HostedMaster> hosted;

  /** A flow of several masters. */
  record Member(String name, FlowSpec spec, FlowRecord record) {
    ConflictPolicy policy() {
      return ((FlowMode.MultiMaster) spec.mode()).conflicts();
    }

    boolean isOf(String group) {
      return record.place().id().equals(group);
    }

    /** Which of its ends has a number. */
    Side sideOf(int end) {
      return record.place().source() == end ? Side.SOURCE : Side.TARGET;
    }

    private boolean follows(int end) {
      return !spec.changelogUsers().isEmpty() && sideOf(end) == Side.SOURCE;
    }

    private int order() {
      return Math.max(record.place().source(), record.place().target());
    }
  }

  /** An end of a new flow: who has its tree already. */
  private record Found(String name, @Nullable String group, int end) {
    static final Found NOBODY = new Found("", null, -1);
  }

  /** Numbers the trees of groups that several sites have. */
  interface Numbers {
    /** Whether another site has flows of a group, or was given a number in it. */
    boolean isAcross(String group) throws IOException;

    /** A number that no tree of a group has, at any site. */
    int next(String group) throws IOException;
  }

  /** Of groups that this site has alone. */
  private static final Numbers HERE =
      new Numbers() {
        @Override
        public boolean isAcross(String group) {
          return false;
        }

        @Override
        public int next(String group) {
          throw new AssertionError(group);
        }
      };

  /**
   * Groups of flows.
   *
   * @param all flows of a state; those of other modes don't count
   */
  MasterGroups(List<Member> all) {
    this(all, List.of());
  }

  /**
   * Groups of flows.
   *
   * @param all as above
   * @param hosted what flows of other sites have here
   */
  MasterGroups(List<Member> all, List<HostedMaster> hosted) {
    this.hosted = List.copyOf(hosted);
    for (Member one : all) {
      if (one.spec().mode() instanceof FlowMode.MultiMaster) {
        members.add(one);
      }
    }
  }

  /**
   * The flow that decides how an end is run which several have: one that follows changelogs there,
   * else the first.
   *
   * @param end its number
   */
  Optional<Member> home(String group, int end) {
    return of(group).stream()
        .filter(member -> member.record().place().has(end))
        .min(
            Comparator.comparing((Member member) -> !member.follows(end))
                .thenComparingInt(Member::order)
                .thenComparing(Member::name));
  }

  /** The numbers of a group's trees. */
  Set<Integer> ends(String group) {
    Set<Integer> all = new HashSet<>();
    for (Member member : of(group)) {
      all.add(member.record().place().source());
      all.add(member.record().place().target());
    }
    for (HostedMaster one : hosted(group)) {
      all.add(one.place().source());
      all.add(one.place().target());
    }
    return all;
  }

  /** What flows of other sites have here of a group. */
  List<HostedMaster> hosted(String group) {
    return hosted.stream().filter(one -> one.isOf(group)).toList();
  }

  /** The flows of a group. */
  List<Member> of(String group) {
    return members.stream().filter(m -> m.isOf(group)).toList();
  }

  /**
   * What a new flow is to its group.
   *
   * @return empty when it shares no tree
   * @throws UnsupportedCapabilityException when it can't be with the others
   */
  Optional<MasterGroup> join(String name, FlowSpec spec) {
    try {
      return join(name, spec, HERE);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * What a new flow is to its group.
   *
   * @param numbers of groups that several sites have
   * @return as above
   */
  Optional<MasterGroup> join(String name, FlowSpec spec, Numbers numbers) throws IOException {
    if (!(spec.mode() instanceof FlowMode.MultiMaster mode)) {
      return Optional.empty();
    }
    Found source = find(name, Side.SOURCE.of(spec));
    Found target = find(name, Side.TARGET.of(spec));
    String one = source.group();
    String other = target.group();
    String group = one == null ? other : one;
    if (group == null) {
      return Optional.empty();
    }
    if (one != null && other != null) {
      if (!one.equals(other)) {
        throw refused(
            name,
            "the flows \""
                + source.name()
                + "\" and \""
                + target.name()
                + "\" have its trees, and know nothing of each other's versions. Delete one of"
                + " them, and make it again after this one.");
      }
      requireNoCircle(name, group, source.end(), target.end());
      if (numbers.isAcross(group)) {
        throw refused(
            name,
            "both of its trees are among those that flows of several sites join, and no site knows"
                + " all of these: it might close a circle. Delete the flows of one of the trees, and"
                + " make this one then.");
      }
    }
    requireOnePolicy(name, group, mode.conflicts());
    int free =
        one != null && other != null
            ? -1
            : numbers.isAcross(group) ? numbers.next(group) : freeEnd(name, group);
    if (free > MasterGroup.LAST) {
      throw full(name);
    }
    return Optional.of(
        new MasterGroup(
            group, one == null ? free : source.end(), other == null ? free : target.end()));
  }

  private Found find(String name, Endpoint asked) {
    Endpoint tree = Overlaps.real(asked);
    Found found = Found.NOBODY;
    for (Member member : members) {
      for (Side side : Side.values()) {
        Endpoint there = Overlaps.real(side.of(member.spec()));
        if (there.equals(tree)) {
          requireHere(name, asked, member);
          if (found.group() != null && !member.isOf(found.group())) {
            throw refused(
                name,
                "the flows \""
                    + found.name()
                    + "\" and \""
                    + member.name()
                    + "\" were made for "
                    + asked
                    + " by a build that did not join them. Delete one of them, and make it again.");
          }
          found =
              new Found(
                  member.name(), member.record().place().id(), member.record().place().end(side));
        } else if (Overlaps.meet(there, tree)) {
          throw refused(
              name,
              "a part of "
                  + asked
                  + " is a tree of the flow \""
                  + member.name()
                  + "\", "
                  + side.of(member.spec())
                  + ". Flows share whole trees alone: name the same one, or one beside it.");
        }
      }
    }
    return found(name, asked, tree, found);
  }

  /** As {@link #find}, among what flows of other sites have here. */
  private Found found(String name, Endpoint asked, Endpoint tree, Found own) {
    Found found = own;
    for (HostedMaster one : hosted) {
      if (Overlaps.real(one.tree()).equals(tree)) {
        if (found.group() != null && !one.isOf(found.group())) {
          throw refused(
              name,
              "the flow \""
                  + found.name()
                  + "\" and the flow "
                  + one.describe()
                  + " have "
                  + asked
                  + ", and know nothing of each other's versions. Delete one of them.");
        }
        found = new Found(one.name(), one.place().id(), one.end());
      } else if (Overlaps.meet(one.tree(), tree)) {
        throw refused(
            name,
            "a part of "
                + asked
                + " is a tree of the flow "
                + one.describe()
                + ", "
                + one.tree()
                + ". Flows share whole trees alone: name the same one, or one beside it.");
      }
    }
    return found;
  }

  private static void requireHere(String name, Endpoint tree, Member member) {
    if (tree instanceof Endpoint.SitePath remote) {
      throw refused(
          name,
          "the flow \""
              + member.name()
              + "\" has "
              + tree
              + " already, and several flows share a tree only where all of them are made. Make"
              + " them at "
              + remote.site()
              + ", or this one to another tree.");
    }
  }

  private void requireOnePolicy(String name, String group, ConflictPolicy policy) {
    for (Member member : of(group)) {
      if (!member.policy().equals(policy)) {
        throw refused(
            name,
            "it shares a tree with the flow \""
                + member.name()
                + "\", which decides conflicts by "
                + MergedEnd.describe(member.policy())
                + ", and all sites of one tree must decide alike. Make it with that policy.");
      }
    }
    for (HostedMaster one : hosted(group)) {
      if (!MergedEnd.describe(policy).equals(one.policy())) {
        throw refused(
            name,
            "it shares a tree with the flow "
                + one.describe()
                + ", which decides conflicts by "
                + (one.policy() == null
                    ? "what is not known here yet. Wait until that flow runs here."
                    : one.policy()
                        + ", and all sites of one tree must decide alike. Make it with that"
                        + " policy."));
      }
    }
  }

  /** Two ways between two trees would be of no use, and nobody could say which one is late. */
  private void requireNoCircle(String name, String group, int from, int to) {
    Map<Integer, Set<String>> reached = new HashMap<>();
    reached.put(from, Set.of());
    boolean isNew = true;
    while (isNew && !reached.containsKey(to)) {
      isNew = false;
      for (Member member : of(group)) {
        MasterGroup ends = member.record().place();
        isNew |= step(reached, ends.source(), ends.target(), member.name());
        isNew |= step(reached, ends.target(), ends.source(), member.name());
      }
    }
    Set<String> way = reached.get(to);
    if (way != null) {
      throw refused(
          name,
          "its two trees are joined already, by "
              + String.join(", ", way.stream().map(n -> "\"" + n + "\"").toList())
              + ". Flows of several masters make no circle: changes go on from tree to tree by"
              + " themselves.");
    }
  }

  private static boolean step(Map<Integer, Set<String>> reached, int from, int to, String by) {
    Set<String> way = reached.get(from);
    if (way == null || reached.containsKey(to)) {
      return false;
    }
    Set<String> longer = new TreeSet<>(way);
    longer.add(by);
    reached.put(to, longer);
    return true;
  }

  private int freeEnd(String name, String group) {
    Set<Integer> taken = ends(group);
    for (int end = 2; end <= MasterGroup.LAST; end++) {
      if (!taken.contains(end)) {
        return end;
      }
    }
    throw full(name);
  }

  private static UnsupportedCapabilityException full(String name) {
    return refused(
        name, "the trees that it would be joined to are 256 already. Delete a flow of them.");
  }

  /** Why a flow can't be. */
  static UnsupportedCapabilityException refused(String name, String reason) {
    return new UnsupportedCapabilityException(
        "flows.masters.shared", "Cannot make the data flow \"" + name + "\": " + reason);
  }
}
