// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.merge;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.Registers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Drops what stands for removed names and nodes once every replica of the flow has heard of it. For
 * the base's thread.
 */
public final class TombstoneCollector {
  private final FlowBase base;
  private final MergeNotes notes;

  /** Collects in a base. */
  public TombstoneCollector(FlowBase base) {
    this.base = base;
    this.notes = new MergeNotes(base);
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
    List<Node> nodes = new ArrayList<>();
    long at = from;
    int count = 0;
    try (Registers<FlowBase.Logged> log = base.changesSince(from)) {
      while (true) {
        if (!log.next() || log.get().seq() > acknowledged) {
          at = acknowledged;
          break;
        }
        if (count++ == most) {
          break;
        }
        FlowBase.Logged logged = log.get();
        at = logged.seq();
        Dirent dirent = logged.dirent();
        Node node = logged.node();
        if (dirent != null && dirent.node() == null && !Marks.isMark(dirent.link())) {
          names.add(dirent);
        } else if (node != null && node.links().isEmpty()) {
          nodes.add(node);
        }
      }
    }
    for (Dirent name : names) {
      if (name.placed() == null) {
        base.forget(name);
      }
    }
    for (Node node : nodes) {
      forget(node, acknowledged);
    }
    return at;
  }

  /** Drops a node that has no name, is not here, and has nothing below that is still told. */
  private void forget(Node node, long acknowledged) throws IOException {
    if (node.id().isRoot() || node.local() != null) {
      return;
    }
    Dirent alias = base.dirent(Marks.alias(node.id()));
    Dirent grave = base.dirent(Marks.grave(node.id()));
    // An alias stays: a site that comes late with a name in the node must learn where it belongs.
    if (alias.removed() != null || grave.seq() > acknowledged) {
      return;
    }
    if (!node.isDirectory() && !Marks.isBuried(grave, node.contentVersion().seen())) {
      return;
    }
    try (Registers<Dirent> below = base.names(node.id())) {
      while (below.next()) {
        Link link = below.get().link();
        if (!Marks.isMark(link)) {
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
