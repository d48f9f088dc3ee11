// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.base;

import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.core.internal.state.OrderedStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The nodes of a base, the last used of them in memory: one that is made, named and placed in one
 * commit is written once. For one thread.
 */
final class NodeTable {
  private static final int MOST_CACHED = 16_384;

  /** So many ids are passed rather than looked up one by one: a new node takes three numbers. */
  private static final int NEAR = 16;

  private static final int LEAST_RUN = 4;

  private final OrderedStore store;
  private final LinkedHashMap<NodeId, Cached> cache = new LinkedHashMap<>(1024, 0.75f, true);

  /** Those that are to be written; a commit that changed few does not look at all. */
  private final List<Cached> dirty = new ArrayList<>();

  private static final class Cached {
    Node node;
    boolean isDirty;

    Cached(Node node) {
      this.node = node;
    }
  }

  NodeTable(OrderedStore store) {
    this.store = store;
  }

  Optional<Node> find(NodeId id) throws IOException {
    Cached cached = cache.get(id);
    if (cached != null) {
      return Optional.of(cached.node);
    }
    byte[] kept = store.get(Keys.node(id));
    if (kept == null) {
      return Optional.empty();
    }
    Node node = BaseCodec.node(id, kept);
    remember(id, new Cached(node));
    return Optional.of(node);
  }

  Optional<NodeId> find(LocalKey key) throws IOException {
    byte[] kept = store.get(Keys.local(key));
    return kept == null
        ? Optional.empty()
        : Optional.of(NodeId.read(new ByteInput(kept, "a local key")));
  }

  /** Several at once; what is not in memory is not kept there. */
  Map<NodeId, Node> find(Collection<NodeId> ids) throws IOException {
    Map<NodeId, Node> found = new HashMap<>(ids.size() * 2);
    List<NodeId> missing = new ArrayList<>(ids.size());
    for (NodeId id : ids) {
      Cached cached = cache.get(id);
      if (cached != null) {
        found.put(id, cached.node);
      } else {
        missing.add(id);
      }
    }
    missing.sort(null);
    List<NodeId> run = new ArrayList<>();
    for (NodeId id : missing) {
      NodeId last = run.isEmpty() ? id : run.get(run.size() - 1);
      if (id.replica() != last.replica() || id.number() - last.number() > NEAR) {
        read(run, found);
        run.clear();
      }
      run.add(id);
    }
    read(run, found);
    return found;
  }

  /** Reads nodes whose ids ascend in small steps: a few that stand between are passed. */
  private void read(List<NodeId> run, Map<NodeId, Node> found) throws IOException {
    if (run.size() < LEAST_RUN) {
      for (NodeId id : run) {
        byte[] kept = store.get(Keys.node(id));
        if (kept != null) {
          found.put(id, BaseCodec.node(id, kept));
        }
      }
      return;
    }
    byte[] from = Keys.node(run.get(0));
    byte[] end = Keys.node(run.get(run.size() - 1));
    int at = 0;
    try (OrderedStore.Cursor cursor = store.scan(from, Arrays.copyOf(end, end.length + 1))) {
      while (at < run.size() && cursor.next()) {
        NodeId id = Keys.nodeOf(cursor.key());
        while (at < run.size() && run.get(at).compareTo(id) < 0) {
          at++;
        }
        if (at < run.size() && run.get(at).equals(id)) {
          found.put(id, BaseCodec.node(id, cursor.value()));
        }
      }
    }
  }

  /** Keeps a node that may be new. */
  void put(Node node) throws IOException {
    Local before = find(node.id()).map(Node::local).orElse(null);
    Cached cached = cache.get(node.id());
    if (cached == null) {
      cached = new Cached(node);
      remember(node.id(), cached);
    }
    cached.node = node;
    if (!cached.isDirty) {
      cached.isDirty = true;
      dirty.add(cached);
    }
    LocalKey old = before == null ? null : before.key();
    LocalKey now = node.local() == null ? null : node.local().key();
    if (!Objects.equals(old, now)) {
      if (old != null && find(old).filter(node.id()::equals).isPresent()) {
        store.remove(Keys.local(old));
      }
      if (now != null) {
        store.put(Keys.local(now), valueOf(node.id()));
      }
    }
  }

  /** Keeps a node that is new, and not in memory: many come at once. */
  void add(Node node) throws IOException {
    store.put(Keys.node(node.id()), BaseCodec.kept(node));
    if (node.local() != null) {
      store.put(Keys.local(node.local().key()), valueOf(node.id()));
    }
  }

  void remove(NodeId id) throws IOException {
    Optional<Node> node = find(id);
    if (node.isPresent()) {
      Local local = node.get().local();
      if (local != null && find(local.key()).filter(id::equals).isPresent()) {
        store.remove(Keys.local(local.key()));
      }
      Cached cached = cache.remove(id);
      if (cached != null) {
        cached.isDirty = false;
      }
      store.remove(Keys.node(id));
    }
  }

  /** Hands what is only in memory to the store. */
  void flush() throws IOException {
    for (Cached cached : dirty) {
      write(cached);
    }
    dirty.clear();
  }

  void forgetCached() {
    cache.clear();
    dirty.clear();
  }

  private void remember(NodeId id, Cached cached) throws IOException {
    cache.put(id, cached);
    if (cache.size() > MOST_CACHED) {
      Iterator<Map.Entry<NodeId, Cached>> oldest = cache.entrySet().iterator();
      write(oldest.next().getValue());
      oldest.remove();
    }
  }

  private void write(Cached cached) throws IOException {
    if (cached.isDirty) {
      store.put(Keys.node(cached.node.id()), BaseCodec.kept(cached.node));
      cached.isDirty = false;
    }
  }

  private static byte[] valueOf(NodeId id) {
    ByteOutput out = new ByteOutput(NodeId.LENGTH);
    id.write(out);
    return out.toBytes();
  }
}
