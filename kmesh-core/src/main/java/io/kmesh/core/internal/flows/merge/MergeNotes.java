// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.merge;

import io.kmesh.core.internal.flows.base.Area;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a merge keeps beside the registers, in the base's table B: the nodes that must be looked at,
 * and of nodes the last name that they lost. For the base's thread.
 */
final class MergeNotes {
  private static final byte DIRTY = 'D';
  private static final byte LOST = 'L';

  private final Area area;

  MergeNotes(FlowBase base) {
    this.area = base.area('B');
  }

  private static byte[] key(byte kind, NodeId node) {
    ByteOutput out = new ByteOutput(1 + NodeId.LENGTH);
    out.u8(kind);
    node.write(out);
    return out.toBytes();
  }

  /** A node must be looked at. */
  void touch(NodeId node) throws IOException {
    area.put(key(DIRTY, node), new byte[0]);
  }

  /** A node was looked at. */
  void settled(NodeId node) throws IOException {
    area.remove(key(DIRTY, node));
  }

  /** The nodes that must be looked at, at most so many. */
  List<NodeId> touched(int most) throws IOException {
    List<NodeId> nodes = new ArrayList<>();
    try (OrderedStore.Cursor cursor = area.from(new byte[] {DIRTY})) {
      while (nodes.size() < most && cursor.next() && cursor.key()[0] == DIRTY) {
        nodes.add(node(cursor.key()));
      }
    }
    return nodes;
  }

  private static NodeId node(byte[] key) throws IOException {
    ByteInput in = new ByteInput(key, "a note of a merge");
    in.u8();
    return NodeId.read(in);
  }

  /**
   * A name no longer leads to a node. Of several the one that was given by the greatest change
   * stays, so that all sites remember the same. Of one change the first stays: a contest notes the
   * name that the loser is to have, before its name is taken away.
   */
  void lost(NodeId node, Dot given, Link link) throws IOException {
    Optional<Lost> before = lost(node);
    if (before.isPresent() && before.get().given().compareTo(given) >= 0) {
      return;
    }
    ByteOutput out = new ByteOutput(64);
    given.write(out);
    link.parent().write(out);
    out.block(link.name().toBytes());
    area.put(key(LOST, node), out.toBytes());
  }

  /** The last name that a node lost. */
  Optional<Lost> lost(NodeId node) throws IOException {
    byte[] kept = area.get(key(LOST, node));
    if (kept == null) {
      return Optional.empty();
    }
    ByteInput in = new ByteInput(kept, "the last name of node " + node);
    Dot given = Dot.read(in);
    NodeId parent = NodeId.read(in);
    Link link = new Link(parent, PathBytes.of(in.block()));
    in.end();
    return Optional.of(new Lost(given, link));
  }

  /** Forgets all of a node. */
  void forget(NodeId node) throws IOException {
    area.remove(key(LOST, node));
    area.remove(key(DIRTY, node));
  }

  /**
   * A name that led to a node.
   *
   * @param given the change that gave it
   * @param link the name
   */
  record Lost(Dot given, Link link) {}
}
