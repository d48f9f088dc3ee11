// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Registers;
import io.kmesh.core.internal.flows.replica.Replica;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Reads a base that the engine's thread owns, between its steps. Thread-safe. */
final class BaseReader {
  private static final int PAGE = 1_000;

  private final FlowBase base;
  private final Replica replica;

  private interface Reading<T> {
    T run(FlowBase base) throws IOException;
  }

  BaseReader(FlowBase base, Replica replica) {
    this.base = base;
    this.replica = replica;
  }

  private <T> T read(Reading<T> reading) throws IOException {
    AtomicReference<@Nullable T> result = new AtomicReference<>();
    CompletableFuture<Void> done = replica.call(() -> result.set(reading.run(base)));
    try {
      done.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted = new InterruptedIOException("The read was interrupted.");
      interrupted.initCause(e);
      throw interrupted;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      throw new IOException("Cannot read what the flow knows: " + e.getCause(), e.getCause());
    }
    return java.util.Objects.requireNonNull(result.get());
  }

  /** A node. */
  Optional<Node> node(NodeId id) throws IOException {
    return read(b -> b.node(id));
  }

  /** All paths of a node; none when it went. */
  List<PathBytes> paths(NodeId id) throws IOException {
    return read(
        b -> {
          Optional<Node> node = b.node(id);
          return node.isPresent() ? b.paths(node.get()) : List.<PathBytes>of();
        });
  }

  /** What a name leads to. */
  Optional<Node> find(Link link) throws IOException {
    return read(
        b -> {
          NodeId node = b.dirent(link).node();
          return node == null ? Optional.<Node>empty() : b.node(node);
        });
  }

  /** Whether a directory that is known here has at most so many names. */
  boolean hasAtMost(int most, PathBytes directory) throws IOException {
    return read(
        b -> {
          NodeId at = NodeId.ROOT;
          for (PathBytes name : directory.names()) {
            NodeId next = b.dirent(new Link(at, name)).node();
            if (next == null) {
              return false;
            }
            at = next;
          }
          int count = 0;
          try (Registers<Dirent> names = b.names(at)) {
            while (count <= most && names.next()) {
              count++;
            }
          }
          return count <= most;
        });
  }

  /**
   * Some names of a directory, ascending; none at the end.
   *
   * @param after the last name of the page before; null for the first
   */
  List<PathBytes> names(NodeId directory, @Nullable PathBytes after) throws IOException {
    return read(
        b -> {
          List<PathBytes> page = new ArrayList<>();
          try (Registers<Dirent> names =
              after == null ? b.names(directory) : b.names(directory, after)) {
            while (page.size() < PAGE && names.next()) {
              Dirent name = names.get();
              if (name.node() != null && b.node(name.node()).isPresent()) {
                page.add(name.link().name());
              }
            }
          }
          return page;
        });
  }
}
