// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.endpoints;

import io.kmesh.Cluster;
import io.kmesh.Clusters;
import io.kmesh.Endpoint;
import io.kmesh.engine.PosixTrees;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.SyncMode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Opens the trees that endpoints name. Thread-safe. */
public final class Endpoints {
  private static final int MODE = 0700;

  private final Clusters clusters;
  private final ClassLoader loader;
  private final @Nullable StoredTrees stored;

  /**
   * Opens trees.
   *
   * @param loader where providers of POSIX trees are looked for; null for the engine's own
   */
  public Endpoints(Clusters clusters, @Nullable ClassLoader loader) {
    this(clusters, loader == null ? Endpoints.class.getClassLoader() : loader, null);
  }

  private Endpoints(Clusters clusters, ClassLoader loader, @Nullable StoredTrees stored) {
    this.clusters = clusters;
    this.loader = loader;
    this.stored = stored;
  }

  /** The same, which also opens what Kmesh keeps itself. */
  public Endpoints with(StoredTrees trees) {
    return new Endpoints(clusters, loader, trees);
  }

  /** The cluster that an endpoint needs; empty when it needs none. */
  public static Optional<String> cluster(Endpoint endpoint) {
    return endpoint instanceof Endpoint.LustrePath lustre
        ? Optional.of(lustre.cluster())
        : Optional.empty();
  }

  /** Whether this process can open an endpoint: the cluster that it needs is attached. */
  public boolean isReachable(Endpoint endpoint) {
    Optional<String> cluster = cluster(endpoint);
    return cluster.isEmpty() || clusters.find(cluster.get()).isPresent();
  }

  /**
   * Opens an endpoint whose directory is there.
   *
   * @throws ProviderException NOT_FOUND when it is not, or its cluster is not attached
   */
  public OpenEndpoint open(Endpoint endpoint) throws IOException {
    if (endpoint instanceof Endpoint.LustrePath path) {
      Cluster cluster = cluster(path);
      PosixTree tree = new SubTree(cluster.lustre().tree(), path.path());
      tree.openRoot().close();
      return new OpenEndpoint(endpoint, tree, cluster.lustre());
    }
    if (endpoint instanceof Endpoint.SnapshotTree snapshot && stored != null) {
      return new OpenEndpoint(endpoint, stored.open(snapshot), null);
    }
    if (endpoint instanceof Endpoint.VirtualCopyTree copy && stored != null) {
      return new OpenEndpoint(endpoint, stored.open(copy), null);
    }
    Path directory = requireLocal(endpoint).directory();
    return new OpenEndpoint(endpoint, PosixTrees.open(directory, loader), null);
  }

  private static Endpoint.LocalDirectory requireLocal(Endpoint endpoint) throws ProviderException {
    if (endpoint instanceof Endpoint.LocalDirectory local) {
      return local;
    }
    throw new ProviderException(
        ErrorKind.UNSUPPORTED,
        endpoint instanceof Endpoint.SitePath
            ? "Cannot open "
                + endpoint
                + " here: it is at another site, which data flows alone reach. Use a flow, or do"
                + " this at that site."
            : "Cannot use "
                + endpoint
                + " as a directory: it is kept by Kmesh, and is the source of data flows alone."
                + " Name a directory.");
  }

  private Cluster cluster(Endpoint.LustrePath path) throws ProviderException {
    return clusters
        .find(path.cluster())
        .orElseThrow(
            () ->
                new ProviderException(
                    ErrorKind.NOT_FOUND,
                    "Cannot open "
                        + path
                        + ": the cluster \""
                        + path.cluster()
                        + "\" is not attached in this process. Call clusters().attach(\""
                        + path.cluster()
                        + "\", ..)."));
  }

  /** A directory of a tree as a tree of its own; closing it leaves the whole open. */
  public static PosixTree below(PosixTree tree, PathBytes path) {
    return new SubTree(tree, path);
  }

  /**
   * Opens a directory below an endpoint, which is made, with those above it, where it is missing.
   */
  public OpenEndpoint openOrMake(Endpoint endpoint, PathBytes below) throws IOException {
    OpenEndpoint top = openOrMake(endpoint);
    try {
      make(top.tree(), below);
      return top.below(below);
    } catch (IOException | RuntimeException e) {
      top.close();
      throw e;
    }
  }

  /**
   * Opens a directory below an endpoint.
   *
   * @throws ProviderException NOT_FOUND when it is not there
   */
  public OpenEndpoint open(Endpoint endpoint, PathBytes below) throws IOException {
    OpenEndpoint top = open(endpoint);
    try {
      top.tree().openDirectory(below).close();
      return top.below(below);
    } catch (IOException | RuntimeException e) {
      top.close();
      throw e;
    }
  }

  /** Opens an endpoint, whose directory is made, with those above it, where it is missing. */
  public OpenEndpoint openOrMake(Endpoint endpoint) throws IOException {
    if (endpoint instanceof Endpoint.LustrePath path) {
      make(cluster(path).lustre().tree(), path.path());
    } else {
      make(requireLocal(endpoint).directory());
    }
    return open(endpoint);
  }

  private static void make(PosixTree tree, PathBytes path) throws IOException {
    boolean isSyncing = tree.capabilities().contains(PosixCapability.SYNC);
    PosixDirectory directory = tree.openRoot();
    try {
      for (PathBytes name : path.names()) {
        PosixDirectory parent = directory;
        if (make(parent, name) && isSyncing) {
          parent.sync(SyncMode.ALL);
        }
        directory = parent.openDirectory(name);
        parent.close();
      }
    } finally {
      directory.close();
    }
  }

  private static boolean make(PosixDirectory parent, PathBytes name) throws IOException {
    try {
      if (parent.find(name).isEmpty()) {
        parent.makeDirectory(name, MODE);
        return true;
      }
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.EXISTS) {
        throw e; // else another process was faster
      }
    }
    return false;
  }

  private void make(Path directory) throws IOException {
    Path there = directory;
    while (there.getParent() != null && !isThere(there)) {
      there = there.getParent();
    }
    if (!there.equals(directory)) {
      try (PosixTree tree = PosixTrees.open(there, loader)) {
        make(tree, PathBytes.of(there.relativize(directory).toString()));
      }
    }
  }

  private boolean isThere(Path directory) throws IOException {
    try {
      PosixTrees.open(directory, loader).close();
      return true;
    } catch (IOException e) {
      if (ProviderException.kindOfRead(e) == ErrorKind.NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }
}
