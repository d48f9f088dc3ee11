// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.merge;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Version;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;

/** Merges registers of names. For the base's thread. */
final class NameMerge {
  private final FlowBase base;
  private final MergePolicy policy;
  private final MergeNotes notes;
  private final NameWriter writer;
  private final ConflictNames names;
  private final Conflict.Listener conflicts;

  NameMerge(
      FlowBase base,
      MergePolicy policy,
      MergeNotes notes,
      NameWriter writer,
      ConflictNames names,
      Conflict.Listener conflicts) {
    this.base = base;
    this.policy = policy;
    this.notes = notes;
    this.writer = writer;
    this.names = names;
    this.conflicts = conflicts;
  }

  /** Keeps a name with what another site says of it. */
  void join(Dirent mine, Dirent theirs) throws IOException {
    boolean stands =
        switch (Contest.of(mine.version(), theirs.version())) {
          case SAME, MINE -> true;
          case THEIRS -> false;
          case OPEN -> stands(mine, theirs);
        };
    Version joined =
        stands ? mine.version().join(theirs.version()) : theirs.version().join(mine.version());
    if (joined.equals(mine.version())) {
      return;
    }
    Dirent value = stands ? mine : theirs;
    writer.put(
        mine,
        new Dirent(
            mine.link(),
            value.node(),
            value.removed(),
            value.removedSeen(),
            joined,
            mine.placed(),
            mine.seq()));
  }

  /** Decides between values of which none was written over the other. */
  private boolean stands(Dirent mine, Dirent theirs) throws IOException {
    boolean isLater = mine.version().origin().compareTo(theirs.version().origin()) > 0;
    NodeId one = mine.node();
    NodeId other = theirs.node();
    if (one != null && other != null) {
      return one.equals(other)
          ? isLater
          : contend(mine.link(), one, mine.version(), other, theirs.version());
    }
    if (one != null || other != null) {
      return one != null; // what is lost by a removal can't be had again
    }
    NodeId removed = mine.removed();
    NodeId theirRemoved = theirs.removed();
    if (Marks.isAlias(mine.link())
        && removed != null
        && theirRemoved != null
        && !removed.equals(theirRemoved)) {
      writer.join(removed, theirRemoved);
      return removed.compareTo(theirRemoved) < 0;
    }
    if (Marks.isMark(mine.link()) && !Objects.equals(mine.removedSeen(), theirs.removedSeen())) {
      return switch (mine.removedSeen().compare(theirs.removedSeen())) {
        case NEWER -> true;
        case OLDER -> false;
        case EQUAL, CONCURRENT -> isLater;
      };
    }
    return isLater;
  }

  /**
   * Decides which of two nodes has a name, and what becomes of the other.
   *
   * @return whether the first has it
   */
  boolean contend(Link link, NodeId one, Version oneVersion, NodeId other, Version otherVersion)
      throws IOException {
    Optional<Node> first = base.node(one);
    Optional<Node> second = base.node(other);
    if (first.isEmpty() || second.isEmpty()) {
      return one.compareTo(other) < 0;
    }
    Node a = first.get();
    Node b = second.get();
    boolean stands = stands(a, b);
    if ((a.isDirectory() && b.isDirectory()) || isEqual(a, b)) {
      stands = one.compareTo(other) < 0;
      writer.join(one, other);
      report(link, stands, a, oneVersion, b, otherVersion, Conflict.Action.JOINED);
      return stands;
    }
    Node loser = stands ? b : a;
    Version given = stands ? otherVersion : oneVersion;
    boolean isKept = policy.keep() == MergePolicy.Keep.BOTH || a.isDirectory() != b.isDirectory();
    if (isKept) {
      Link own = new Link(link.parent(), names.of(link.name(), loser.id()));
      notes.lost(loser.id(), given.origin(), own);
    } else if (loser.links().stream().allMatch(link::equals)) {
      writer.lose(loser.id(), loser.contentVersion().seen(), stands ? a.id() : b.id());
    }
    notes.touch(loser.id());
    report(
        link,
        stands,
        a,
        oneVersion,
        b,
        otherVersion,
        isKept ? Conflict.Action.KEPT : Conflict.Action.DROPPED);
    return stands;
  }

  private boolean stands(Node a, Node b) {
    if (a.isDirectory() != b.isDirectory()) {
      return a.isDirectory();
    }
    return policy.stands(
        a.content(), a.contentVersion().origin(), b.content(), b.contentVersion().origin());
  }

  /** Whether two nodes that were made apart are one for all who use them. */
  private static boolean isEqual(Node a, Node b) {
    return a.type() == b.type()
        && !a.isDirectory()
        && a.rdev() == b.rdev()
        && a.target().equals(b.target())
        && (!a.isRegular() || a.content().equals(b.content()));
  }

  private void report(
      Link link,
      boolean stands,
      Node a,
      Version aVersion,
      Node b,
      Version bVersion,
      Conflict.Action action)
      throws IOException {
    if (action == Conflict.Action.JOINED && a.isDirectory()) {
      return;
    }
    Node loser = stands ? b : a;
    conflicts.found(
        new Conflict(
            Conflict.Kind.NAME,
            link,
            stands ? a.id() : b.id(),
            stands ? aVersion : bVersion,
            loser.id(),
            stands ? bVersion : aVersion,
            action,
            action == Conflict.Action.KEPT ? loser.id() : null));
  }
}
