// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The names below the objects, sorted. A file system gives the names of a directory in no order, so
 * that each page of a list would read all of a large directory again; this keeps the sorted names
 * of the {@value #WINDOWS} large ones that were asked for last, {@value #MOST} each (about 12 MB).
 *
 * <p>They are always right: the store's own commits are noted here, and other processes count their
 * commits in the lock's file, so that a walk that begins after such a commit reads anew.
 * Thread-safe.
 */
final class KeyNames {
  /** The most names of a directory that are kept. */
  static final int MOST = 131_072;

  /** A directory with so many names is read quickly enough; nothing is kept. */
  private static final int SMALL = 4096;

  private static final int WINDOWS = 2;

  private final StoreFiles files;
  private final StoreFiles.Exclusive lock;
  private final int most;
  private final int small;
  // All below is guarded by this.
  private final Map<Path, NameWindow> windows = new LinkedHashMap<>(4, 0.75f, true);
  private final Set<Scan> scans = new HashSet<>();
  private long changes = -1; // the count of commits that the windows know
  private long reads;

  KeyNames(StoreFiles files, StoreFiles.Exclusive lock) {
    this(files, lock, MOST, SMALL);
  }

  /** For tests: keeps at most so many names of a directory that has more than {@code small}. */
  KeyNames(StoreFiles files, StoreFiles.Exclusive lock, int most, int small) {
    this.files = files;
    this.lock = lock;
    this.most = most;
    this.small = small;
  }

  private record Change(String name, boolean isThere) {}

  /** A directory that is being read, and what changed in it meanwhile. */
  private static final class Scan {
    private final Path directory;
    private final List<Change> meanwhile = new ArrayList<>();
    private boolean isOutdated;

    Scan(Path directory) {
      this.directory = directory;
    }
  }

  /** Begins a walk: forgets what another process may have changed. */
  synchronized void begin() throws IOException {
    if (lock.changes() != changes) {
      changes = lock.changes();
      forget();
    }
  }

  /** Begins a commit. The caller holds the store's lock, and says here what it changes. */
  synchronized void beginCommit() throws IOException {
    begin();
    changes = lock.countChange();
  }

  private void forget() {
    windows.clear();
    scans.forEach(scan -> scan.isOutdated = true);
  }

  /** Says that a file or directory is there now. */
  void added(Path path) {
    changed(path, true);
  }

  /** Says that a file or directory is gone. */
  void removed(Path path) {
    changed(path, false);
  }

  private synchronized void changed(Path path, boolean isThere) {
    Path directory = path.getParent();
    String name = String.valueOf(path.getFileName());
    NameWindow window = directory == null ? null : windows.get(directory);
    if (window != null) {
      apply(window, new Change(name, isThere));
    }
    for (Scan scan : scans) {
      if (scan.directory.equals(directory)) {
        scan.meanwhile.add(new Change(name, isThere));
      }
    }
  }

  private static void apply(NameWindow window, Change change) {
    if (change.isThere) {
      window.add(change.name);
    } else {
      window.remove(change.name);
    }
  }

  /**
   * The first entries of a directory from a bound on, at most so many; none when there is no such
   * directory.
   *
   * @param from the bound, behind the directory's own bytes
   * @param around whether an entry counts that begins before the bound and holds keys behind it
   */
  NameWindow.Slice slice(Path directory, byte[] from, boolean around, int limit)
      throws IOException {
    Scan scan = new Scan(directory);
    synchronized (this) {
      NameWindow window = windows.get(directory);
      NameWindow.Slice known = window == null ? null : window.slice(from, around, limit);
      if (known != null) {
        return known;
      }
      scans.add(scan);
      reads++;
    }
    NameWindow window = new NameWindow(from, most);
    try {
      files.list(directory, window::add);
    } catch (NoSuchFileException | NotDirectoryException e) {
      // The last object below it was deleted, or it is foreign.
      return new NameWindow.Slice(List.of(), true);
    } finally {
      synchronized (this) {
        scans.remove(scan);
      }
    }
    return keep(scan, window, from, around, limit);
  }

  private synchronized NameWindow.Slice keep(
      Scan scan, NameWindow window, byte[] from, boolean around, int limit) {
    scan.meanwhile.forEach(change -> apply(window, change));
    if (!scan.isOutdated && (window.size() > small || !window.isEnd())) {
      windows.put(scan.directory, window);
      if (windows.size() > WINDOWS) {
        windows.remove(windows.keySet().iterator().next());
      }
    }
    // It begins at the bound, so it knows; one whose names all went meanwhile knows of no more.
    return Objects.requireNonNullElseGet(
        window.slice(from, around, limit), () -> new NameWindow.Slice(List.of(), false));
  }

  /** How often a directory was read. */
  synchronized long reads() {
    return reads;
  }

  /** For tests: the window of a directory, or null. */
  synchronized @Nullable NameWindow window(Path directory) {
    return windows.get(directory);
  }
}
