// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.core.internal.flows.base.Area;
import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Registers;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.core.internal.flows.base.VersionVector;
import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Names that were found to be gone. They wait until all that may have come is registered: one whose
 * object has another name was moved, and goes at once; others are deletions, which the guard may
 * hold. For the base's thread.
 */
final class Removals {
  private static final int EXAMPLES = 20;
  private static final byte[] PENDING = {
    QueueKeys.GONE, QueueKeys.MISSED, QueueKeys.HELD, QueueKeys.CONFIRMED
  };
  private static final byte[] HELD_ONLY = {QueueKeys.HELD};

  private final FlowBase base;
  private final Area area;
  private final DeleteGuard guard;
  private final Unsettled unsettled;
  private final Concurrent concurrent;
  private Findings findings;
  private @Nullable DeletionsHeld held;

  /** Looks once more whether a name is gone; what is there is registered. */
  interface Recheck {
    boolean isGone(Dirent name) throws IOException;
  }

  Removals(
      FlowBase base,
      Area area,
      DeleteGuard guard,
      Unsettled unsettled,
      Concurrent concurrent,
      Findings findings)
      throws IOException {
    this.concurrent = concurrent;
    this.base = base;
    this.area = area;
    this.guard = guard;
    this.unsettled = unsettled;
    this.findings = findings;
    if (!isEmpty(QueueKeys.HELD)) {
      held = count(QueueKeys.HELD);
    }
  }

  void countIn(Findings next) {
    findings = next;
  }

  /** A name that is gone, by a letter of {@link QueueKeys}. */
  void gone(byte letter, Dirent name) throws IOException {
    if (name.placed() != null) {
      area.put(QueueKeys.of(letter, name.link()), QueueKeys.valueOf(name.placed()));
    }
  }

  /** A node lost a name to another: it may have no name any more. */
  void lost(NodeId node) throws IOException {
    area.put(QueueKeys.of(QueueKeys.LOST, node), new byte[0]);
  }

  /** What is held; null when nothing is. */
  @Nullable DeletionsHeld held() {
    return held;
  }

  /** Lets through what is held now. */
  void confirm() throws IOException {
    move(QueueKeys.HELD, QueueKeys.CONFIRMED);
    held = null;
  }

  /** Forgets the names of a letter. */
  void forget(byte letter) throws IOException {
    move(letter, (byte) 0);
    if (letter == QueueKeys.HELD) {
      held = null;
    }
  }

  /** Whether {@link #step} has something to do. */
  boolean isWaiting() throws IOException {
    return !isEmpty(QueueKeys.CONFIRMED);
  }

  /**
   * Registers the removal of what is gone, as far as the guard lets it.
   *
   * @param letter of the names
   */
  void settle(byte letter, Recheck recheck) throws IOException {
    settleLost();
    long[] losses = {0};
    each(
        letter,
        (link, node) -> {
          Dirent name = base.dirent(link);
          if (!node.equals(name.placed())) {
            area.remove(QueueKeys.of(letter, link)); // it was given again
          } else if (area.get(QueueKeys.of(QueueKeys.CONFIRMED, link)) != null) {
            area.remove(QueueKeys.of(letter, link)); // it goes without being asked about again
          } else if (hasOtherName(node, link)) {
            area.remove(QueueKeys.of(letter, link));
            if (recheck.isGone(name)) {
              remove(base.dirent(link));
            }
          } else {
            losses[0]++;
          }
        });
    if (losses[0] == 0) {
      return;
    }
    if (losses[0] > guard.least() || held != null || hasDirectories(letter)) {
      DeletionsHeld all = count(letter);
      if (!guard.allows(all.count(), 0) && !guard.allows(all.count(), all.entries())) {
        move(letter, QueueKeys.HELD);
        held = all;
        return;
      }
    }
    apply(letter, Integer.MAX_VALUE, recheck);
  }

  /** Goes on with removals that are allowed. */
  void step(int most, Recheck recheck) throws IOException {
    settleLost();
    apply(QueueKeys.CONFIRMED, most, recheck);
  }

  private interface Each {
    void name(Link link, NodeId node) throws IOException;
  }

  private void each(byte letter, Each each) throws IOException {
    try (OrderedStore.Cursor cursor = area.from(new byte[] {letter})) {
      while (cursor.next() && cursor.key()[0] == letter) {
        each.name(QueueKeys.link(cursor.key()), QueueKeys.nodeOf(cursor.value()));
      }
    }
  }

  private void apply(byte letter, int most, Recheck recheck) throws IOException {
    int left = most;
    try (OrderedStore.Cursor cursor = area.from(new byte[] {letter})) {
      while (left-- > 0 && cursor.next() && cursor.key()[0] == letter) {
        area.remove(cursor.key());
        Link link = QueueKeys.link(cursor.key());
        Dirent name = base.dirent(link);
        NodeId node = QueueKeys.nodeOf(cursor.value());
        if (node.equals(name.placed()) && recheck.isGone(name)) {
          remove(base.dirent(link));
        }
      }
    }
  }

  /** Nodes that lost a name to another, and have none: what is below goes with a directory. */
  private void settleLost() throws IOException {
    try (OrderedStore.Cursor cursor = area.from(new byte[] {QueueKeys.LOST})) {
      while (cursor.next() && cursor.key()[0] == QueueKeys.LOST) {
        area.remove(cursor.key());
        leave(QueueKeys.node(cursor.key()), QueueKeys.GONE);
      }
    }
  }

  private void remove(Dirent name) throws IOException {
    NodeId id = name.placed();
    if (id == null) {
      return;
    }
    if (id.equals(name.node())) {
      Version version = name.version().next(base.nextDot());
      VersionVector seen = base.require(id).contentVersion().seen();
      concurrent.changed(base, name, name.gone(version, seen).withPlaced(null));
      findings.countRemoved();
    } else {
      base.keep(name.withPlaced(null));
    }
    concurrent.placed(name.link());
    leave(id, QueueKeys.CONFIRMED);
  }

  /** A node that has no name here any more is not here. */
  private void leave(NodeId id, byte letterBelow) throws IOException {
    Node node = base.node(id).orElse(null);
    if (node == null || hasName(node)) {
      return;
    }
    if (node.local() != null) {
      unsettled.settled(id);
      Node gone = node.withLocal(null);
      base.keep(gone);
      concurrent.left(base, gone, node.local());
    }
    if (node.isDirectory()) {
      try (Registers<Dirent> names = base.names(id)) {
        while (names.next()) {
          gone(letterBelow, names.get());
        }
      }
    }
  }

  private boolean hasName(Node node) throws IOException {
    for (Link link : concurrent.names(base, node)) {
      if (node.id().equals(base.dirent(link).placed())) {
        return true;
      }
    }
    return false;
  }

  /** Whether a node has a name here that is not gone too. */
  private boolean hasOtherName(NodeId id, Link but) throws IOException {
    Optional<Node> node = base.node(id);
    if (node.isEmpty()) {
      return false;
    }
    for (Link link : concurrent.names(base, node.get())) {
      if (!link.equals(but) && id.equals(base.dirent(link).placed()) && !isPending(link)) {
        return true;
      }
    }
    return false;
  }

  private boolean isPending(Link link) throws IOException {
    for (byte letter : PENDING) {
      if (area.get(QueueKeys.of(letter, link)) != null) {
        return true;
      }
    }
    return false;
  }

  private boolean hasDirectories(byte letter) throws IOException {
    try (OrderedStore.Cursor cursor = area.from(new byte[] {letter})) {
      while (cursor.next() && cursor.key()[0] == letter) {
        if (base.node(QueueKeys.nodeOf(cursor.value())).filter(Node::isDirectory).isPresent()) {
          return true;
        }
      }
    }
    return false;
  }

  /** Counts what would go, with what is held already. */
  private DeletionsHeld count(byte letter) throws IOException {
    long[] count = {0};
    List<PathBytes> examples = new ArrayList<>();
    for (byte one : letter == QueueKeys.HELD ? HELD_ONLY : new byte[] {letter, QueueKeys.HELD}) {
      each(
          one,
          (link, node) -> {
            if (one != letter && area.get(QueueKeys.of(letter, link)) != null) {
              return; // found to be gone again
            }
            count[0] += 1 + below(node);
            if (examples.size() < EXAMPLES) {
              Optional<PathBytes> parent = base.path(link.parent());
              parent.ifPresent(path -> examples.add(path.resolve(link.name())));
            }
          });
    }
    return new DeletionsHeld(count[0], count[0] > guard.least() ? entries() : 0, examples);
  }

  private long below(NodeId top) throws IOException {
    long count = 0;
    Set<NodeId> passed = new HashSet<>();
    Deque<NodeId> open = new ArrayDeque<>();
    open.push(top);
    while (!open.isEmpty()) {
      NodeId id = open.pop();
      if (base.node(id).filter(Node::isDirectory).isEmpty() || !passed.add(id)) {
        continue; // names of directories that are being moved may be in a circle
      }
      try (Registers<Dirent> names = base.names(id)) {
        while (names.next()) {
          Dirent name = names.get();
          if (name.placed() != null && !hasOtherName(name.placed(), name.link())) {
            count++;
            open.push(name.placed());
          }
        }
      }
    }
    return count;
  }

  private long entries() throws IOException {
    long count = 0;
    try (Registers<Node> nodes = base.nodes()) {
      while (nodes.next()) {
        if (nodes.get().local() != null) {
          count++;
        }
      }
    }
    return count;
  }

  /** Gives names another letter; 0 forgets them. */
  private void move(byte from, byte to) throws IOException {
    each(
        from,
        (link, node) -> {
          area.remove(QueueKeys.of(from, link));
          if (to != 0) {
            area.put(QueueKeys.of(to, link), QueueKeys.valueOf(node));
          }
        });
  }

  /** Whether all that a look found is registered: names that are gone, and what was in them. */
  boolean isWhole() throws IOException {
    return isEmpty(QueueKeys.LOST)
        && isEmpty(QueueKeys.GONE)
        && isEmpty(QueueKeys.MISSED)
        && isEmpty(QueueKeys.CONFIRMED);
  }

  /** Whether names of a letter wait. */
  boolean has(byte letter) throws IOException {
    return !isEmpty(letter);
  }

  private boolean isEmpty(byte letter) throws IOException {
    try (OrderedStore.Cursor cursor = area.from(new byte[] {letter})) {
      return !cursor.next() || cursor.key()[0] != letter;
    }
  }
}
