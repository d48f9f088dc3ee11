// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.HiddenNames;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Registers;
import io.kmesh.core.internal.posix.NameSorter;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A look at all names of one directory, in steps: the names that are there are merged, in order,
 * with those of the base. For the base's thread.
 */
final class DirectoryVisit implements Closeable {
  /** How often an entry may change while it is looked at. */
  private static final int MOST_LOOKS = 8;

  private static final int CHUNK = 512;

  private final NodeId directory;
  private final FlowBase base;
  private final EntryLook entries;
  private final Removals removals;
  private final byte letter;
  private final Found found;
  private final NameSorter names = new NameSorter();
  private NameSorter.@Nullable Sorted sorted;
  private PathBytes after = PathBytes.EMPTY;
  private @Nullable PathBytes next;
  private boolean isDone;

  /** Is told of each directory that is there. */
  interface Found {
    void directory(Node node, boolean isNew) throws IOException;
  }

  /**
   * A visit.
   *
   * @param letter by which names that are gone are kept
   */
  DirectoryVisit(
      NodeId directory,
      FlowBase base,
      EntryLook entries,
      Removals removals,
      byte letter,
      Found found) {
    this.directory = directory;
    this.base = base;
    this.entries = entries;
    this.removals = removals;
    this.letter = letter;
    this.found = found;
  }

  NodeId directory() {
    return directory;
  }

  /**
   * Looks at some more names, until {@link #isDone}.
   *
   * @param handle the directory
   * @return how many were looked at
   */
  int step(PosixDirectory handle, Findings findings) throws IOException {
    if (sorted == null) {
      entries.directory(directory, handle);
      list(handle);
      sorted = names.sorted();
      next = sorted.next();
    }
    List<PathBytes> here = new ArrayList<>();
    while (next != null && here.size() < CHUNK) {
      here.add(next);
      next = sorted.next();
    }
    boolean isLast = next == null;
    List<Dirent> known = new ArrayList<>(here.size());
    here.forEach(name -> known.add(Dirent.none(new Link(directory, name))));
    PathBytes end = here.isEmpty() ? after : here.get(here.size() - 1);
    merge(here, end, isLast, known);
    after = end;
    Map<NodeId, Node> nodes = placed(known);
    long device = here.isEmpty() ? 0 : handle.stat().device();
    for (Dirent dirent : known) {
      Node node = dirent.placed() == null ? null : nodes.get(dirent.placed());
      look(handle, device, dirent, node, findings);
    }
    isDone = isLast;
    return here.size();
  }

  /** Whether all names were looked at. */
  boolean isDone() {
    return isDone;
  }

  private static boolean isOther(FileStat stat, long device) {
    return stat.isDirectory() && stat.device() != device;
  }

  private void look(
      PosixDirectory handle, long device, Dirent dirent, @Nullable Node node, Findings findings)
      throws IOException {
    PathBytes name = dirent.link().name();
    for (int left = MOST_LOOKS; left > 0; left--) {
      try {
        entries.asking();
        Optional<FileStat> stat = handle.find(name);
        if (stat.isEmpty()) {
          removals.gone(letter, dirent);
        } else if (isOther(stat.get(), device)) {
          findings.problem(path(name), "is left out: another file system is mounted there");
        } else {
          EntryLook.Seen seen =
              entries.found(handle, dirent, node, stat.get(), null, EntryLook.Known.NOTHING);
          if (seen.node().isDirectory()) {
            found.directory(seen.node(), seen.isNew());
          }
        }
        return;
      } catch (ProviderException e) {
        if (e.errno().isEmpty()) {
          throw e;
        }
        if (!EntryLook.isGone(e)) {
          findings.problem(path(name), "can't be looked at: " + e.getMessage());
          return;
        }
        // It went, was replaced or moved with what is above it: the next look tells which.
      }
    }
    findings.problem(path(name), "can't be looked at: it changes all the time");
  }

  private PathBytes path(PathBytes name) throws IOException {
    return base.path(directory).orElse(PathBytes.EMPTY).resolve(name);
  }

  private void list(PosixDirectory handle) throws IOException {
    try (DirectoryCursor cursor = handle.entries()) {
      for (List<DirectoryEntry> some = cursor.next(); !some.isEmpty(); some = cursor.next()) {
        for (DirectoryEntry entry : some) {
          if (HiddenNames.isHidden(entry.name())) {
            entries.hidden(directory, entry.name());
          } else {
            names.add(entry.name());
          }
        }
      }
    } catch (ProviderException e) {
      if (!EntryLook.isGone(e)) {
        throw e;
      }
      // The directory was removed meanwhile: it was empty then, and its parent tells.
    }
  }

  /** Finds the registers of the names that are here; others of that range are gone. */
  private void merge(List<PathBytes> here, PathBytes end, boolean isLast, List<Dirent> known)
      throws IOException {
    int at = 0;
    try (Registers<Dirent> registers = base.names(directory, after)) {
      while (registers.next()) {
        Dirent register = registers.get();
        PathBytes name = register.link().name();
        if (!isLast && name.compareTo(end) > 0) {
          break;
        }
        while (at < here.size() && here.get(at).compareTo(name) < 0) {
          at++;
        }
        if (at < here.size() && here.get(at).equals(name)) {
          known.set(at, register);
        } else {
          removals.gone(letter, register);
        }
      }
    }
  }

  private Map<NodeId, Node> placed(List<Dirent> known) throws IOException {
    List<NodeId> ids = new ArrayList<>(known.size());
    for (Dirent dirent : known) {
      if (dirent.placed() != null) {
        ids.add(dirent.placed());
      }
    }
    return base.nodes(ids);
  }

  @Override
  public void close() throws IOException {
    names.close();
  }
}
