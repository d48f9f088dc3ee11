// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Area;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.state.OrderedStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which names and nodes are not as their registers say: all of them in table W of the base, and in
 * memory those about which something can be done now. What waits for a content, or for a directory
 * that is not here, is in the table alone. For the engine's thread.
 */
final class Work {
  private static final byte NAME = 'D';
  private static final byte NODE = 'N';

  private final Area table;

  /** Names to look at. */
  final LinkedHashSet<Link> links = new LinkedHashSet<>();

  /** Nodes that are here and may have other content or attributes. */
  final LinkedHashSet<NodeId> nodes = new LinkedHashSet<>();

  /** Names to take away at the end of the batch. */
  final LinkedHashSet<Link> removals = new LinkedHashSet<>();

  /** Directories that get their attributes and times at the end of the batch. */
  final LinkedHashSet<NodeId> directories = new LinkedHashSet<>();

  /** Directories that names wait for. */
  final Set<NodeId> awaited = new LinkedHashSet<>();

  private final Map<NodeId, Set<Link>> unknown = new HashMap<>();
  private final Map<NodeId, Set<Link>> leaving = new HashMap<>();
  private final Map<Object, Problem> problems = new LinkedHashMap<>();

  Work(Area table) {
    this.table = table;
  }

  /** Reads the table: every name and node of it is to be looked at. */
  void readAll(Visitor visitor) throws IOException {
    try (OrderedStore.Cursor cursor = table.all()) {
      while (cursor.next()) {
        ByteInput key = new ByteInput(cursor.key(), "what a flow has to place");
        int kind = key.u8();
        switch (kind) {
          case NODE -> visitor.node(PlaceKeys.node(key));
          case NAME -> visitor.name(PlaceKeys.link(key));
          default -> throw key.damaged("kind " + kind + " is not known");
        }
      }
    }
  }

  /** Who reads the table. */
  interface Visitor {
    void name(Link link) throws IOException;

    void node(NodeId id) throws IOException;
  }

  /** Whether all is as the registers say. */
  boolean isEmpty() throws IOException {
    try (OrderedStore.Cursor cursor = table.all()) {
      return !cursor.next();
    }
  }

  void add(Link link) throws IOException {
    table.put(PlaceKeys.of(NAME, link), new byte[0]);
  }

  void add(NodeId node) throws IOException {
    table.put(PlaceKeys.of(NODE, node), new byte[0]);
  }

  void remove(Link link) throws IOException {
    drop(PlaceKeys.of(NAME, link));
    links.remove(link);
    removals.remove(link);
    problems.remove(link);
  }

  void remove(NodeId node) throws IOException {
    drop(PlaceKeys.of(NODE, node));
    nodes.remove(node);
    problems.remove(node);
  }

  /** Most of what is dropped was never there: to look is cheaper than to note a removal. */
  private void drop(byte[] key) throws IOException {
    if (table.get(key) != null) {
      table.remove(key);
    }
  }

  /** A name waits for what it leads to. */
  void await(NodeId node, Link link) {
    unknown.computeIfAbsent(node, n -> new LinkedHashSet<>()).add(link);
  }

  /** The names that waited for a node that is known now. */
  Collection<Link> known(NodeId node) {
    Set<Link> waited = unknown.remove(node);
    return waited == null ? List.of() : waited;
  }

  /** A node still has a name that leads elsewhere by now. */
  void leaves(NodeId node, Link link) {
    leaving.computeIfAbsent(node, n -> new LinkedHashSet<>()).add(link);
  }

  /** A node has lost such a name. */
  void left(NodeId node, Link link) {
    Set<Link> names = leaving.get(node);
    if (names != null && names.remove(link) && names.isEmpty()) {
      leaving.remove(node);
    }
  }

  /** The names that a node still has and that lead elsewhere by now. */
  List<Link> leaving(NodeId node) {
    Set<Link> names = leaving.get(node);
    return names == null ? List.of() : List.copyOf(names);
  }

  /** Something failed; it is not tried before {@link #retry}. */
  void failed(Link link, Problem problem) {
    links.remove(link);
    removals.remove(link);
    problems.put(link, problem);
  }

  /** As above, of a node. */
  void failed(NodeId node, Problem problem) {
    nodes.remove(node);
    directories.remove(node);
    problems.put(node, problem);
  }

  /** Something that failed changed: it is tried again. */
  void retried(Object linkOrNode) {
    problems.remove(linkOrNode);
  }

  /** Whether something failed and waits. */
  boolean hasFailed(Object linkOrNode) {
    return problems.containsKey(linkOrNode);
  }

  /** What failed of a name or a node. */
  Optional<Problem> problem(Object linkOrNode) {
    return Optional.ofNullable(problems.get(linkOrNode));
  }

  List<Problem> problems() {
    return new ArrayList<>(problems.values());
  }

  /** All that failed, which may be tried again. */
  List<Object> retry() {
    List<Object> all = new ArrayList<>(problems.keySet());
    problems.clear();
    return all;
  }
}
