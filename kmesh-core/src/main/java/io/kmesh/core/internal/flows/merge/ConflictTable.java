// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.merge;

import io.kmesh.core.internal.flows.base.Area;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The conflicts that were found here and that nobody resolved, in the base's table {@code X}, so
 * that they are durable with what was done about them. For the base's thread.
 */
public final class ConflictTable implements Conflict.Listener {
  private static final int MOST = 100_000;

  private final FlowBase base;
  private final Area table;
  private final KmeshTime time;

  /** Those whose bytes nobody kept yet, by the change of a content or the node that lost a name. */
  private final Map<Object, Dropped> dropped = new HashMap<>();

  private int count;

  /** A conflict, with the bytes that lost: what its node has later was not part of it. */
  private record Dropped(KeptConflict conflict, Dot content) {}

  /** Conflicts of a base. */
  public ConflictTable(FlowBase base, KmeshTime time) throws IOException {
    this.base = base;
    this.table = base.area('X');
    this.time = time;
    for (KeptConflict one : all()) {
      if (one.kind() != Conflict.Kind.NAME || isGoing(one.loser())) {
        note(one);
      }
      count++;
    }
  }

  /** Whether a node that lost its name did not come back since, and has no other. */
  private boolean isGoing(NodeId loser) throws IOException {
    Optional<Node> node = base.node(loser);
    return node.isPresent()
        && (node.get().links().isEmpty()
            || Marks.isBuried(base.dirent(Marks.grave(loser)), node.get().contentVersion().seen()));
  }

  /** Those where equal files were found stand for no decision. The first 100,000 are kept. */
  @Override
  public void found(Conflict conflict) throws IOException {
    if (conflict.action() == Conflict.Action.JOINED || count >= MOST) {
      return;
    }
    KeptConflict kept = KeptConflict.of(conflict, time.now().truncatedTo(ChronoUnit.MILLIS));
    if (table.get(kept.key()) == null) {
      table.put(kept.key(), kept.toBytes());
      note(kept);
      count++;
    }
  }

  private void note(KeptConflict one) throws IOException {
    if (one.kept() != null || !one.aside().equals(PathBytes.EMPTY)) {
      return;
    }
    if (one.kind() == Conflict.Kind.CONTENT) {
      dropped.put(one.loserDot(), new Dropped(one, one.loserDot()));
    } else if (one.kind() == Conflict.Kind.NAME) {
      Local local = base.node(one.loser()).map(Node::local).orElse(null);
      if (local != null) {
        dropped.put(one.loser(), new Dropped(one, local.content()));
      }
    }
  }

  /** All of them, in no order that means anything. */
  public List<KeptConflict> all() throws IOException {
    return from(new byte[0], MOST);
  }

  /**
   * Those from a key on, in the order of their keys.
   *
   * @param most at most so many
   */
  public List<KeptConflict> from(byte[] key, int most) throws IOException {
    List<KeptConflict> all = new ArrayList<>();
    try (OrderedStore.Cursor cursor = table.from(key)) {
      while (all.size() < most && cursor.next()) {
        all.add(KeptConflict.read(cursor.key(), cursor.value()));
      }
    }
    return all;
  }

  /** Whether bytes lost, and no node has them. */
  public boolean isDropped(NodeId node, Dot content) {
    Dropped byNode = dropped.get(node);
    return dropped.containsKey(content) || (byNode != null && byNode.content().equals(content));
  }

  /** Bytes that lost are beside the flow's tree now. */
  public void keptAside(NodeId node, Dot content, PathBytes path) throws IOException {
    Dropped byContent = dropped.remove(content);
    Dropped one = byContent != null ? byContent : dropped.remove(node);
    if (one != null && table.get(one.conflict().key()) != null) {
      KeptConflict now = one.conflict().withAside(path);
      table.put(now.key(), now.toBytes());
    }
  }

  /** One was resolved; the same one of another site's base counts as the same. */
  public void forget(KeptConflict conflict) throws IOException {
    dropped.values().removeIf(one -> one.conflict().id().equals(conflict.id()));
    if (table.get(conflict.key()) != null) {
      table.remove(conflict.key());
      count--;
    }
  }
}
