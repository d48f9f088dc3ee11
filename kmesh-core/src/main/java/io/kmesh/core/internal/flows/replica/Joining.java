// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Registers;
import io.kmesh.core.internal.flows.merge.Marks;
import io.kmesh.core.internal.flows.merge.Merger;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Joins what peers tell with what this site's users do to the same tree: registers go to the
 * merger, what became different to the tree. For the engine's thread.
 */
public final class Joining {
  private static final int PAGE = 1000;

  private final FlowBase base;
  private final Merger merger;
  private final Tree tree;
  private final HalfTold halfTold;
  private @Nullable Collecting collecting;

  private Set<PathBytes> doubts = Set.of();
  private Set<PathBytes> before = Set.of();

  /** The place in the log up to which the tree heard of changes. */
  private long heard;

  /** The tree that users change and changes are brought to. */
  public interface Tree {
    /** Whether the registers are what the tree was, as far as it was looked at. */
    boolean isWhole() throws IOException;

    /** What users did may have been registered: what waited for that is tried again. */
    void lookedAt() throws IOException;

    /** Where it was found to be other than it was placed, each once. */
    Set<PathBytes> takeDoubts();

    /** Registers what users did at some paths. */
    void lookAt(Set<PathBytes> paths) throws IOException;

    /**
     * Whether names that lead nowhere may be on their way elsewhere, so that nothing is removed.
     */
    void keepRemoved(boolean isKept);
  }

  /**
   * Joins in a base.
   *
   * @param collecting forgets removals; null where that is not known of all ends
   */
  public Joining(FlowBase base, Merger merger, Tree tree, @Nullable Collecting collecting)
      throws IOException {
    this.collecting = collecting;
    this.base = base;
    this.merger = merger;
    this.tree = tree;
    this.halfTold = new HalfTold(base);
    this.heard = base.lastSeq();
    if (collecting != null) {
      Collecting told = collecting;
      merger.tellLosses(told::lost);
    }
  }

  /** A peer is there. */
  void greeted(long replica) throws IOException {
    halfTold.greeted(replica);
    if (collecting != null) {
      collecting.greeted(replica);
    }
  }

  /** Other ends come: nothing is forgotten from now on. */
  void keepRemovals() {
    collecting = null;
  }

  /** There are these ends alone, by their numbers. */
  void keepOnly(Set<Integer> ends) throws IOException {
    halfTold.keepOnly(ends);
  }

  /** What a peer shows, or answers, counts for what may be forgotten. */
  void heard(Message message) {
    if (collecting != null && message instanceof Message.Placed placed) {
      collecting.placed(placed);
    } else if (collecting != null && message instanceof Message.Fresh fresh) {
      collecting.fresh(fresh);
    }
  }

  /** What a peer is to be asked now. */
  Optional<Message.Ask> asks() {
    return collecting == null ? Optional.empty() : collecting.ask();
  }

  /**
   * Forgets what everybody knows to be gone, unless something is on its way.
   *
   * @param taken how far the peer's log is known here
   * @return whether there is more to do at once
   */
  boolean collect(long taken) throws IOException {
    return collecting != null
        && tree.isWhole()
        && halfTold.isEmpty()
        && heard == base.lastSeq()
        && collecting.step(taken);
  }

  /** Takes what a peer tells. */
  void take(long replica, Message.Batch batch, Target target) throws IOException {
    for (Message.Change change : batch.changes()) {
      Node node = change.node();
      Dirent dirent = change.dirent();
      if (node != null) {
        merger.take(node);
        if (change.content() == Message.Delivery.PUSHED && isNewest(node)) {
          target.changed(node.id(), Message.Delivery.PUSHED);
        }
      } else if (dirent != null) {
        merger.take(dirent);
      }
    }
    halfTold.told(replica, batch.isLast());
    hear(target);
  }

  private boolean isNewest(Node told) throws IOException {
    Dot dot = told.contentVersion().origin();
    return base.node(told.id()).filter(n -> n.contentVersion().origin().equals(dot)).isPresent();
  }

  /** The tree was looked at. */
  void looked() throws IOException {
    tree.lookedAt();
  }

  /**
   * Looks where the tree was found to be other than thought, makes the names a tree unless more of
   * the same is to come, and tells the tree of all.
   *
   * @return whether there is more to look at
   */
  boolean settle(Target target) throws IOException {
    if (!doubts.isEmpty()) {
      tree.lookAt(doubts);
      looked();
      doubts = Set.of();
    }
    boolean isWhole = tree.isWhole();
    if (isWhole && halfTold.isEmpty()) {
      merger.settle();
    }
    tree.keepRemoved(!isWhole || !halfTold.isEmpty());
    hear(target);
    return !isWhole;
  }

  /**
   * Whether the tree was just found to be other than thought, and not at the same places before.
   */
  boolean hasDoubts() {
    doubts = tree.takeDoubts();
    boolean isNew = !before.containsAll(doubts);
    before = doubts;
    return isNew;
  }

  /** Whether peers may be told what is in the base now. */
  boolean isTellable() throws IOException {
    return tree.isWhole();
  }

  /**
   * Whether more of what a peer is told is to come from others: what they told by halves goes on by
   * halves. Ways of a flow have no circle, so this ends.
   */
  boolean isHalfToldToo(long peer) {
    return halfTold.isByOtherThan(peer);
  }

  /** No peer has bytes that this replica's register promises: they were given up here. */
  void nobodyHas(Message.Gone gone, Target target) throws IOException {
    Optional<Node> node = base.node(gone.node());
    if (gone.cause() == Message.Cause.SUPERSEDED
        && gone.content().replica() == base.replica()
        && halfTold.isEmpty()
        && node.isPresent()
        && (node.get().local() == null || !node.get().local().content().equals(gone.content()))) {
      merger.abandon(gone.node(), gone.content());
      hear(target);
    }
  }

  private void hear(Target target) throws IOException {
    for (Link link : merger.takeLacking()) {
      target.changed(link);
    }
    while (heard < base.lastSeq()) {
      List<FlowBase.Logged> news = new ArrayList<>();
      long to = base.lastSeq();
      try (Registers<FlowBase.Logged> log = base.changesSince(heard)) {
        while (log.next()) {
          news.add(log.get());
          if (news.size() == PAGE) {
            to = log.get().seq();
            break;
          }
        }
      }
      for (FlowBase.Logged one : news) {
        tell(one, target);
      }
      heard = to;
    }
  }

  private static void tell(FlowBase.Logged one, Target target) throws IOException {
    Node node = one.node();
    Dirent dirent = one.dirent();
    if (node != null) {
      NodeId id = node.id();
      target.changed(id, Message.Delivery.ON_DEMAND);
    } else if (dirent != null && !Marks.isMark(dirent.link())) {
      target.changed(dirent.link());
    }
  }
}
