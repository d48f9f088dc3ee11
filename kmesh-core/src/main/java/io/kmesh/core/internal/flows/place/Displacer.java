// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Moves what is not the flow's out of its way, and says where it is. Thread-safe. */
final class Displacer {
  private final Directories directories;
  private final LocalKeys keys;
  private final TreeNames treeNames;
  private final TreeSync sync;
  private final DirectoryRef hidden;
  private final List<Drift> drifts = new ArrayList<>(); // guarded by this
  private @Nullable DirectoryRef place; // guarded by this

  Displacer(
      Directories directories,
      LocalKeys keys,
      TreeNames treeNames,
      TreeSync sync,
      DirectoryRef hidden) {
    this.sync = sync;
    this.directories = directories;
    this.keys = keys;
    this.treeNames = treeNames;
    this.hidden = hidden;
  }

  /**
   * Moves an entry to the directory for what was displaced.
   *
   * @param path what it was, for the report
   * @param reason what was found, for the report
   */
  void displace(PosixDirectory from, PathBytes name, PathBytes path, String reason)
      throws IOException {
    Optional<PathBytes> where = keep(from, name, path);
    if (where.isPresent()) {
      report(new Drift(path, where.get(), reason));
    }
  }

  /**
   * Moves an entry there without reporting it.
   *
   * @return where it is, below the tree's root; empty when it was not there
   */
  Optional<PathBytes> keep(PosixDirectory from, PathBytes name, PathBytes path) throws IOException {
    return keep(from, name, path, treeNames::move);
  }

  /**
   * Keeps an entry there that is about to be replaced: it has both names until then, where the tree
   * can that. It is durable there when this returns.
   *
   * @return as above
   */
  Optional<PathBytes> keepSecond(PosixDirectory from, PathBytes name, PathBytes path)
      throws IOException {
    return keep(from, name, path, treeNames::setAside);
  }

  /** Gives an entry a name that nothing has. */
  private interface Naming {
    void name(PosixDirectory from, PathBytes name, PosixDirectory to, PathBytes toName)
        throws IOException;
  }

  private Optional<PathBytes> keep(PosixDirectory from, PathBytes name, PathBytes path, Naming how)
      throws IOException {
    Optional<FileStat> stat = from.find(name);
    if (stat.isEmpty()) {
      return Optional.empty();
    }
    DirectoryRef to = place();
    try (Directories.Lease lease = directories.lease(to)) {
      for (int number = 0; ; number++) {
        PathBytes next = FlowNames.displaced(path.name(), stat.get().inode(), number);
        try {
          how.name(from, name, lease.directory(), next);
          sync.now(lease.directory());
          return Optional.of(to.path().resolve(next));
        } catch (ProviderException e) {
          if (!TreeNames.is(e, Errno.EEXIST)) {
            throw e;
          }
        }
      }
    }
  }

  /** Notes what was found. */
  synchronized void report(Drift drift) {
    drifts.add(drift);
  }

  /** What was found since the last call. */
  synchronized List<Drift> take() {
    List<Drift> all = List.copyOf(drifts);
    drifts.clear();
    return all;
  }

  private synchronized DirectoryRef place() throws IOException {
    if (place == null) {
      try (Directories.Lease lease = directories.lease(hidden)) {
        place = ensure(lease.directory(), FlowNames.DISPLACED_NAME, hidden, keys);
        sync.now(lease.directory()); // else what is moved there may go with it
      }
    }
    return place;
  }

  /** A directory of the flow's own, which is made for its owner alone when it is not there. */
  static DirectoryRef ensure(PosixDirectory in, PathBytes name, DirectoryRef parent, LocalKeys keys)
      throws IOException {
    if (in.find(name).isEmpty()) {
      in.makeDirectory(name, 0700);
    }
    try (PosixDirectory made = in.openDirectory(name)) {
      return new DirectoryRef(
          parent.parent() == null ? FlowNames.HIDDEN : FlowNames.DISPLACED,
          keys.of(made, made.stat()),
          parent,
          name);
    }
  }
}
