// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.detect.DeleteGuard;
import io.kmesh.core.internal.flows.detect.Inspector;
import io.kmesh.core.internal.flows.detect.LiveTree;
import io.kmesh.core.internal.flows.merge.ConflictNames;
import io.kmesh.core.internal.flows.merge.ConflictTable;
import io.kmesh.core.internal.flows.merge.MergePolicy;
import io.kmesh.core.internal.flows.merge.Merger;
import io.kmesh.core.internal.flows.merge.ReplicaEnds;
import io.kmesh.core.internal.flows.place.LocalKeys;
import io.kmesh.core.internal.flows.place.PlaceSettings;
import io.kmesh.core.internal.flows.place.Placer;
import io.kmesh.flows.ConflictPolicy;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The parts of an end whose tree its users change too, which work on one base: who finds what they
 * did, who merges, who places. For the engine's thread.
 */
final class MergedEnd {
  private static final List<String> ENDS = List.of("source", "target");

  private final FlowBase base;
  private final LocalKeys keys;
  private final Merger merger;
  private final ConflictTable conflicts;
  private final Inspector inspector;
  private @Nullable Placer placer;

  /** The parts of an end. */
  MergedEnd(
      FlowBase base,
      MergePolicy policy,
      LiveTree live,
      DeleteGuard guard,
      LocalKeys keys,
      KmeshTime time)
      throws IOException {
    this.base = base;
    this.keys = keys;
    this.conflicts = new ConflictTable(base, time);
    this.merger =
        new Merger(base, policy, new ConflictNames(MergedEnd::nameOf), conflicts, this::became);
    this.inspector =
        new Inspector(base, live, guard, new MergedEdits(merger.edits(), new TreePlaces()), time);
  }

  /** What decides conflicts. */
  static MergePolicy policy(ConflictPolicy policy) {
    if (policy instanceof ConflictPolicy.Sites sites) {
      return MergePolicy.ends(sites.ends().stream().map(MergedEnd::numberOf).toList());
    }
    return policy instanceof ConflictPolicy.Newest ? MergePolicy.NEWEST : MergePolicy.KEEP_BOTH;
  }

  /** What people call it. */
  static String label(ConflictPolicy policy) {
    return policy instanceof ConflictPolicy.Sites
        ? "sites"
        : policy instanceof ConflictPolicy.Newest ? "newest" : "keepBoth";
  }

  /** What people call it, with the ends that it names. */
  static String describe(ConflictPolicy policy) {
    return policy instanceof ConflictPolicy.Sites sites
        ? label(policy) + " " + sites.ends()
        : label(policy);
  }

  /** What a replica's end is called, at all ends. */
  static String nameOf(long replica) {
    int end = ReplicaEnds.of(replica);
    return end < ENDS.size() ? ENDS.get(end) : "end" + end;
  }

  private static int numberOf(String name) {
    int known = ENDS.indexOf(name);
    return known >= 0 ? known : Integer.parseInt(name.substring("end".length()));
  }

  Merger merger() {
    return merger;
  }

  ConflictTable conflicts() {
    return conflicts;
  }

  Inspector inspector() {
    return inspector;
  }

  /** Begins to place. To be closed by the caller. */
  Placer openPlacer(PosixTree tree, String flow) throws IOException {
    if (base.require(NodeId.ROOT).local() == null) {
      // Its attributes are its users', unless it may have been made for the flow: later they could
      // not be told from the placer's.
      if (ReplicaEnds.of(base.replica()) == 0 || !inspector.beginEmpty()) {
        inspector.look(List.of(), Inspector.Depth.ENTRY);
      }
      base.commit();
    }
    Placer opened =
        Placer.begin(tree, base, PlaceSettings.shared(flow, keys), new LoserKeeper(conflicts));
    placer = opened;
    return opened;
  }

  private final class TreePlaces implements MergedEdits.Places {
    @Override
    public List<Link> names(Node node) throws IOException {
      return placer == null ? node.links() : placer.names(node);
    }

    @Override
    public void left(NodeId node) throws IOException {
      if (placer != null) {
        placer.changed(node);
      }
    }

    @Override
    public void hidden(NodeId directory, PathBytes name) throws IOException {
      if (placer != null) {
        placer.hidden(directory, name);
      }
    }

    @Override
    public void placed(Link link) throws IOException {
      if (placer != null) {
        placer.changed(link);
      }
    }
  }

  private void became(NodeId from, NodeId to) throws IOException {
    Placer open = placer;
    if (open == null) {
      throw new IllegalStateException("Nothing is placed yet.");
    }
    open.became(from, to);
  }
}
