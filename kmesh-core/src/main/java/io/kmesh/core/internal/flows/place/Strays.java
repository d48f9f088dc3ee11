// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Temporary names that nothing has a use for, in directories that could not be reached when these
 * were to go, since users had moved them: each such directory stays among the intents until it was
 * looked through where it is now. For the engine's thread.
 */
final class Strays {
  private static final String UNKNOWN = "It was found where only the flow's own files are.";

  private final Site site;
  private final Set<NodeId> directories = new LinkedHashSet<>();
  private boolean isDue;

  Strays(Site site) {
    this.site = site;
  }

  /** A directory may have such names, and is out of reach now. */
  void add(NodeId directory) throws IOException {
    directories.add(directory);
    site.intents.offer(directory);
  }

  /**
   * A name that is no user's was seen: what users moved may be a directory that nobody knew yet.
   */
  void seen(NodeId directory, PathBytes name) throws IOException {
    if (site.names.isTemporary(name) && !isUsed(name, site.facts.directory(directory))) {
      add(directory);
      isDue = true;
    }
  }

  private boolean isUsed(PathBytes name, @Nullable DirectoryRef directory) {
    return directory != null
        && (site.contents.isStagedAs(name, directory) || site.staging.isUsed(name, directory));
  }

  /** Whether a directory waits to be looked through. */
  boolean has(NodeId directory) {
    return directories.contains(directory);
  }

  /** Directories are elsewhere now. */
  void moved() {
    isDue = true;
  }

  /** A directory is another node now. */
  void became(NodeId from, NodeId to) throws IOException {
    if (directories.remove(from)) {
      site.intents.withdraw(from);
      add(to);
    }
  }

  /** Looks through those that can be reached by now; those that users removed are forgotten. */
  void clear() throws IOException {
    if (!isDue) {
      return;
    }
    isDue = false;
    for (NodeId id : List.copyOf(directories)) {
      if (clear(id)) {
        directories.remove(id);
        if (!site.contents.isOffered(id)) {
          site.intents.withdraw(id);
        }
      }
    }
  }

  /**
   * Takes away the temporary names in a directory that nothing has a use for.
   *
   * @return false when it can't be reached now
   */
  boolean clear(NodeId id) throws IOException {
    Optional<Node> node = site.facts.base().node(id);
    if (node.isEmpty() || node.get().local() == null) {
      return true;
    }
    DirectoryRef directory = site.facts.directory(id);
    if (directory == null) {
      return false;
    }
    try (Directories.Lease lease = site.directories.lease(directory)) {
      PosixDirectory in = lease.directory();
      for (DirectoryEntry entry : list(in)) {
        if (site.names.isTemporary(entry.name())) {
          clear(directory, in, entry.name());
        }
      }
    } catch (ProviderException e) {
      if (!Names.isOther(e)) {
        throw e;
      }
      return false; // somebody moved it, and nobody registered that yet
    }
    site.facts.touched(id);
    return true;
  }

  private static List<DirectoryEntry> list(PosixDirectory directory) throws IOException {
    List<DirectoryEntry> all = new ArrayList<>();
    try (DirectoryCursor cursor = directory.entries()) {
      for (List<DirectoryEntry> some = cursor.next(); !some.isEmpty(); some = cursor.next()) {
        all.addAll(some);
      }
    }
    return all;
  }

  /** Takes away one such name, unless a content that came or comes has it. */
  void clear(DirectoryRef directory, PosixDirectory in, PathBytes name) throws IOException {
    Optional<FileStat> stat = in.find(name);
    if (stat.isEmpty() || site.contents.isStagedAs(name, directory)) {
      return;
    }
    FileType type = stat.get().type();
    if ((type != FileType.REGULAR && type != FileType.SYMLINK) || site.names.isAside(name)) {
      site.displacer.displace(in, name, directory.path().resolve(name), UNKNOWN);
    } else {
      site.staging.removeStray(directory, in, name);
    }
  }
}
