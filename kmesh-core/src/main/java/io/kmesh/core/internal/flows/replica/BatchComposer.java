// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Registers;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.core.internal.flows.merge.Marks;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Takes batches from a base's log. A batch is closed: what a name in it needs to have a path, and
 * what it leads to, is in it or was before it, even where these changed again since. For the base's
 * thread.
 */
final class BatchComposer {
  private static final int MOST_CHANGES = 1000;
  private static final long MOST_BYTES = 512 << 10;

  /** Bytes of files that go unasked behind a batch, about. */
  private static final long MOST_PUSHED = 8 << 20;

  private static final int MOST_DEPTH = 4096;

  private final FlowBase base;
  private final long peer;
  private final Predicate<Node> isPushed;

  /**
   * Composes for one peer.
   *
   * @param peer the peer's replica: what it made itself is not told, unless others had a part in it
   * @param isPushed whether the bytes of a node are sent without being asked for
   */
  BatchComposer(FlowBase base, long peer, Predicate<Node> isPushed) {
    this.base = base;
    this.peer = peer;
    this.isPushed = isPushed;
  }

  /** The batch behind a place in the log; empty when there is nothing there. */
  Optional<Message.Batch> after(long place) throws IOException {
    if (place >= base.lastSeq()) {
      return Optional.empty();
    }
    Draft draft = new Draft();
    long to = place;
    Message.Tail tail = Message.Tail.END;
    try (Registers<FlowBase.Logged> log = base.changesSince(place)) {
      while (log.next()) {
        if (draft.isFull()) {
          tail = Message.Tail.MORE;
          break;
        }
        FlowBase.Logged logged = log.get();
        to = logged.seq();
        if (logged.node() != null) {
          draft.add(logged.node());
        } else if (logged.dirent() != null) {
          draft.addWithNeeds(logged.dirent(), logged.seq());
        }
      }
    }
    return Optional.of(
        new Message.Batch(tail == Message.Tail.END ? base.lastSeq() : to, tail, draft.changes));
  }

  private final class Draft {
    final List<Message.Change> changes = new ArrayList<>();
    private long bytes;
    private long pushed;
    private final Set<NodeId> nodes = new HashSet<>();
    private final Set<Link> names = new HashSet<>();

    boolean isFull() {
      return changes.size() >= MOST_CHANGES || bytes >= MOST_BYTES || pushed >= MOST_PUSHED;
    }

    void add(Node node) {
      if (isTold(node) && nodes.add(node.id())) {
        bytes += sizeOf(node);
        Message.Delivery delivery = Message.Delivery.ON_DEMAND;
        if (isPushed.test(node)) {
          delivery = Message.Delivery.PUSHED;
          pushed += node.content().size();
        }
        changes.add(new Message.Change(node, null, delivery));
      }
    }

    void addWithNeeds(Dirent dirent, long place) throws IOException {
      if (isIts(dirent.version()) || !names.add(dirent.link())) {
        return;
      }
      if (dirent.node() != null) {
        addParents(dirent.link().parent(), place);
        Node node = base.require(dirent.node());
        if (node.seq() > place) {
          add(node);
        }
      } else if (dirent.removed() != null) {
        addNewNames(dirent.removed(), place);
        if (Marks.isMark(dirent.link())) {
          addIfNew(dirent.link().parent(), place);
        }
      }
      changes.add(new Message.Change(null, dirent, Message.Delivery.ON_DEMAND));
    }

    /** Where what lost a name is now: else it would be taken for gone until its new name comes. */
    private void addNewNames(NodeId removed, long place) throws IOException {
      Optional<Node> node = base.node(removed);
      if (node.isPresent()) {
        addIfNew(removed, place);
        for (Link link : node.get().links()) {
          Dirent other = base.dirent(link);
          if (other.seq() > place) {
            addWithNeeds(other, place);
          }
        }
      }
    }

    private void addIfNew(NodeId id, long place) throws IOException {
      Optional<Node> node = base.node(id);
      if (node.isPresent() && node.get().seq() > place) {
        add(node.get());
      }
    }

    private void addParents(NodeId directory, long place) throws IOException {
      List<Dirent> above = new ArrayList<>();
      NodeId at = directory;
      for (int depth = 0; !at.isRoot() && depth < MOST_DEPTH; depth++) {
        Optional<Node> node = base.node(at);
        if (node.isEmpty()) {
          return;
        }
        if (node.get().seq() > place) {
          add(node.get());
        }
        if (node.get().links().isEmpty()) {
          break;
        }
        Link link = node.get().links().get(0);
        Dirent dirent = base.dirent(link);
        if (dirent.seq() > place && names.add(link)) {
          above.add(dirent);
        }
        at = link.parent();
      }
      for (int i = above.size() - 1; i >= 0; i--) {
        changes.add(new Message.Change(null, above.get(i), Message.Delivery.ON_DEMAND));
      }
    }

    /** About what it takes on the wire. */
    private static long sizeOf(Node node) {
      long size = 100L + node.target().length();
      for (Map.Entry<PathBytes, byte[]> xattr : node.attributes().xattrs().entrySet()) {
        size += xattr.getKey().length() + xattr.getValue().length;
      }
      return size;
    }

    private boolean isTold(Node node) {
      return !isIts(node.attributesVersion()) || !isIts(node.contentVersion());
    }

    /** Whether a version is of the peer's changes alone: one that was joined it may not know. */
    private boolean isIts(Version version) {
      return version.origin().replica() == peer && version.seen().size() == 1;
    }
  }
}
