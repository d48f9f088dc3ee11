// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.merge;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Registers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Drops what stands for removed names and nodes once every replica of the flow has heard of it. For
 * the base's thread.
 */
public final class TombstoneCollector {
  private static final int MOST_AGAIN = 256;
  private static final int MOST_WAITING = 100_000;

  private final FlowBase base;
  private final MergeNotes notes;

  /**
   * What can't go yet, such as what is still in the tree, or has something below: links, ids. With
   * the place in the log that must be acknowledged first.
   */
  private final Map<Object, Long> waiting = new LinkedHashMap<>();

  private long at;
  private boolean isBegunAnew;

  /** Collects in a base. */
  public TombstoneCollector(FlowBase base) {
    this.base = base;
    this.notes = new MergeNotes(base);
  }

  /**
   * A node lost a name: where that leads elsewhere now, nothing in the log tells of it. Called
   * before the change is in the log.
   */
  public void lost(NodeId node) {
    if (waiting.size() < MOST_WAITING) {
      waiting.put(node, base.lastSeq() + 1);
    } else {
      isBegunAnew = true;
    }
  }

  /**
   * Collects some of what may go, and looks again at some of what could not before. A new collector
   * begins at the beginning of the log.
   *
   * @param acknowledged as for {@link #collect}
   * @param most how many registers of the log to look at
   * @return whether there is more to do at once
   */
  public boolean step(long acknowledged, int most) throws IOException {
    if (isBegunAnew && waiting.size() < MOST_WAITING / 2) {
      isBegunAnew = false;
      at = 0;
    }
    long before = at;
    if (at < acknowledged && waiting.size() < MOST_WAITING) {
      at = collect(at, acknowledged, most);
    }
    return again(acknowledged) || at > before;
  }

  /** What has waited longest is looked at first, and is the last of all when it waits on. */
  private boolean again(long acknowledged) throws IOException {
    Map<Object, Long> some = new LinkedHashMap<>();
    waiting.entrySet().stream()
        .limit(MOST_AGAIN)
        .forEach(one -> some.put(one.getKey(), one.getValue()));
    some.keySet().forEach(waiting::remove);
    int before = waiting.size();
    for (Map.Entry<Object, Long> one : some.entrySet()) {
      if (one.getValue() > acknowledged) {
        waiting.put(one.getKey(), one.getValue());
      } else if (one.getKey() instanceof Link link) {
        forget(base.dirent(link), acknowledged);
      } else {
        Optional<Node> node = base.node((NodeId) one.getKey());
        if (node.isPresent() && node.get().links().isEmpty()) {
          forget(node.get(), one.getValue(), acknowledged);
        }
      }
    }
    return waiting.size() < before + some.size();
  }

  /**
   * Looks at a part of the log and drops what may go; nothing is durable before the base's commit.
   *
   * @param from the place behind which to look
   * @param acknowledged the place in this replica's log up to which every known replica of the flow
   *     has made it durable, also those that are away and those that it has no link to
   * @param most how many registers to look at
   * @return the place to go on from; {@code acknowledged} when all was looked at
   */
  public long collect(long from, long acknowledged, int most) throws IOException {
    List<Dirent> names = new ArrayList<>();
    Set<NodeId> nodes = new LinkedHashSet<>();
    long to = from;
    int count = 0;
    try (Registers<FlowBase.Logged> log = base.changesSince(from)) {
      while (true) {
        if (!log.next() || log.get().seq() > acknowledged) {
          to = acknowledged;
          break;
        }
        if (count++ == most) {
          break;
        }
        FlowBase.Logged logged = log.get();
        to = logged.seq();
        Dirent dirent = logged.dirent();
        Node node = logged.node();
        if (node != null) {
          nodes.add(node.id());
        } else if (dirent != null && dirent.node() == null) {
          names.add(dirent);
          // That it has no name any more is no change of a node.
          if (dirent.removed() != null) {
            nodes.add(dirent.removed());
          }
          if (Marks.isGrave(dirent.link())) {
            nodes.add(dirent.link().parent()); // it may have lost to what was removed
          }
        }
      }
    }
    for (Dirent name : names) {
      if (!Marks.isMark(name.link())) {
        forget(name, acknowledged);
      }
    }
    for (NodeId id : nodes) {
      Optional<Node> node = base.node(id);
      if (node.isPresent() && node.get().links().isEmpty()) {
        // Its last name may have gone later than what is looked at.
        forget(node.get(), base.lastSeq(), acknowledged);
      }
    }
    for (Dirent name : names) {
      // Its node went before, and the grave was told once more.
      if (Marks.isGrave(name.link())
          && base.node(name.link().parent()).isEmpty()
          && base.dirent(name.link()).seq() > 0) {
        base.forget(name);
      }
    }
    return to;
  }

  private void forget(Dirent name, long acknowledged) throws IOException {
    if (name.seq() == 0 || name.node() != null || name.seq() > acknowledged) {
      return; // gone, or something else by now, which the log tells later
    }
    if (name.placed() != null) {
      waiting.put(name.link(), 0L);
    } else {
      base.forget(name);
    }
  }

  /**
   * Drops a node that has no name, is not here, and has nothing below that is still told.
   *
   * @param needed the place in the log behind which it lost no name
   */
  private void forget(Node node, long needed, long acknowledged) throws IOException {
    if (node.id().isRoot() || node.seq() > acknowledged) {
      return;
    }
    if (node.local() != null || needed > acknowledged) {
      waiting.put(node.id(), needed);
      return;
    }
    Dirent alias = base.dirent(Marks.alias(node.id()));
    Dirent grave = base.dirent(Marks.grave(node.id()));
    // An alias stays: a site that comes late with a name in the node must learn where it belongs.
    if (alias.removed() != null) {
      return;
    }
    if (grave.seq() > acknowledged
        || (!node.isDirectory() && !Marks.isBuried(grave, node.contentVersion().seen()))) {
      waiting.put(node.id(), needed);
      return;
    }
    try (Registers<Dirent> below = base.names(node.id())) {
      while (below.next()) {
        Link link = below.get().link();
        if (!Marks.isMark(link)) {
          waiting.put(node.id(), needed);
          return;
        }
      }
    }
    if (grave.seq() > 0) {
      base.forget(grave);
    }
    base.forget(node);
    notes.forget(node.id());
  }
}
