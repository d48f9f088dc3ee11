// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.Closeable;
import java.io.IOException;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Opens the directories of nodes: by the names that the base has for them, or by key where the file
 * system can. What is opened is the node's directory, which its key shows, whatever was renamed
 * meanwhile. The last used stay open. For the base's thread.
 */
final class OpenDirectories implements Closeable {
  private static final int MOST_OPEN = 64;
  private static final int MOST_DEPTH = 4096;

  private final FlowBase base;
  private final LiveTree live;
  private final Map<NodeId, PosixDirectory> open = new LinkedHashMap<>(128, 0.75f, true);

  private final Concurrent concurrent;
  private final Set<NodeId> opening = new HashSet<>();

  OpenDirectories(FlowBase base, LiveTree live, Concurrent concurrent) {
    this.concurrent = concurrent;
    this.base = base;
    this.live = live;
  }

  /**
   * The directory of a node, which stays this object's and may be closed with the next call; empty
   * when it can't be found now.
   */
  Optional<PosixDirectory> open(NodeId id) throws IOException {
    return open(id, 0);
  }

  private Optional<PosixDirectory> open(NodeId id, int depth) throws IOException {
    PosixDirectory known = open.get(id);
    if (id.isRoot()) {
      return Optional.of(known != null ? known : keep(id, live.openTop()));
    }
    Node node = base.node(id).orElse(null);
    // One that is gone by the base has no names: those would stay for ever, since nobody comes by.
    if (node == null || node.local() == null || depth > MOST_DEPTH) {
      return Optional.empty();
    }
    if (known != null) {
      return Optional.of(known);
    }
    // The last name first: in the middle of a move the first one is stale.
    if (!opening.add(id)) {
      return Optional.empty(); // names of directories that are being moved may be in a circle
    }
    try {
      return open(id, node, node.local(), depth);
    } finally {
      opening.remove(id);
    }
  }

  private Optional<PosixDirectory> open(NodeId id, Node node, Local local, int depth)
      throws IOException {
    List<Link> links = concurrent.names(base, node);
    for (int i = links.size() - 1; i >= 0; i--) {
      Optional<PosixDirectory> parent = open(links.get(i).parent(), depth + 1);
      if (parent.isPresent()) {
        Optional<PosixDirectory> found = below(parent.get(), links.get(i).name(), local);
        if (found.isPresent()) {
          return Optional.of(keep(id, found.get()));
        }
      }
    }
    return byKey(id, local);
  }

  private Optional<PosixDirectory> byKey(NodeId id, Local local) throws IOException {
    for (PathBytes path : live.paths(local.key())) {
      PosixDirectory at = live.openTop();
      boolean isThere = true;
      for (PathBytes name : path.names()) {
        try (PosixDirectory parent = at) {
          at = parent.openDirectory(name);
        } catch (ProviderException e) {
          if (!EntryLook.isGone(e)) {
            throw e;
          }
          isThere = false;
          break;
        }
      }
      if (isThere) {
        if (live.key(at).equals(local.key())) {
          return Optional.of(keep(id, at));
        }
        at.close();
      }
    }
    return Optional.empty();
  }

  private Optional<PosixDirectory> below(PosixDirectory parent, PathBytes name, Local local)
      throws IOException {
    PosixDirectory found;
    try {
      found = parent.openDirectory(name);
    } catch (ProviderException e) {
      if (EntryLook.isGone(e)) {
        return Optional.empty();
      }
      throw e;
    }
    try {
      if (live.key(found).equals(local.key())) {
        return Optional.of(found);
      }
    } catch (IOException | RuntimeException e) {
      found.close();
      throw e;
    }
    found.close();
    return Optional.empty();
  }

  private PosixDirectory keep(NodeId id, PosixDirectory directory) throws IOException {
    open.put(id, directory);
    if (open.size() > MOST_OPEN) {
      Iterator<PosixDirectory> eldest = open.values().iterator();
      PosixDirectory oldest = eldest.next();
      eldest.remove();
      oldest.close();
    }
    return directory;
  }

  /** Closes all; the next ones are opened anew. */
  @Override
  public void close() throws IOException {
    try {
      for (PosixDirectory one : open.values()) {
        one.close();
      }
    } finally {
      open.clear();
    }
  }
}
