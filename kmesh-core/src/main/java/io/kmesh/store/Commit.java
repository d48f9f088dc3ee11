// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One commit under the store's lock: changes of names, and which directories must be synced before
 * they are acknowledged. One thread.
 */
final class Commit {
  private final StoreFiles files;
  private final KeyNames names;
  private final Path objects;
  private final Set<Path> changed = new LinkedHashSet<>();
  private final Set<Path> emptied = new LinkedHashSet<>();
  private final Map<Path, IOException> failures = new LinkedHashMap<>();

  Commit(StoreFiles files, KeyNames names, Path objects) {
    this.files = files;
    this.names = names;
    this.objects = objects;
  }

  /**
   * Makes the missing directories of files that will be published, and syncs those that gained one:
   * first of all, so that no rename ever leads into a directory that a crash takes away.
   */
  void prepare(Set<Path> directories) throws IOException {
    Deque<Path> made = new ArrayDeque<>();
    Set<Path> gained = new LinkedHashSet<>();
    try {
      for (Path directory : directories) {
        if (!files.exists(directory)) {
          makeDirectories(directory, made, gained);
          emptied.add(directory); // it stays empty when the conditions of its files fail
        }
      }
      for (Path directory : gained) {
        files.syncDirectory(directory);
      }
    } catch (IOException e) {
      // Nobody may find a directory later that a crash could take away.
      for (Path directory : made) {
        removeQuietly(directory, e);
      }
      throw e;
    }
  }

  private void makeDirectories(Path directory, Deque<Path> made, Set<Path> gained)
      throws IOException {
    Deque<Path> missing = new ArrayDeque<>();
    for (Path d = directory; !d.equals(objects) && !files.exists(d); d = parent(d)) {
      missing.push(d);
    }
    for (Path d : missing) {
      files.makeDirectory(d);
      names.added(d);
      made.push(d);
      gained.add(parent(d));
    }
  }

  private void removeQuietly(Path directory, IOException cause) {
    try {
      if (files.removeDirectory(directory)) {
        names.removed(directory);
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  /** Moves a finished file to its place, in a directory that was prepared. */
  void publish(Path from, Path object) throws IOException {
    Path directory = parent(object);
    files.rename(from, object);
    names.added(object);
    changed.add(directory);
    emptied.remove(directory);
  }

  /** Deletes an object's file. */
  void delete(Path object) throws IOException {
    if (files.delete(object)) {
      names.removed(object);
      Path directory = parent(object);
      changed.add(directory);
      emptied.add(directory);
    } else if (files.exists(parent(object))) {
      // Another process may have deleted it and not have synced yet.
      changed.add(parent(object));
    }
  }

  /** Notes that the entries of a directory changed by other means. */
  void touched(Path directory) {
    changed.add(directory);
  }

  /** Removes directories that became empty. Before the lock is given back. */
  void removeEmptied() {
    for (Path directory : emptied) {
      Path d = directory;
      try {
        while (!d.equals(objects) && files.removeDirectory(d)) {
          names.removed(d);
          changed.remove(d);
          d = parent(d);
          changed.add(d);
        }
      } catch (IOException e) {
        // An empty directory that stays is no fault: lists pass it by and the next delete tries
        // again.
        continue;
      }
    }
  }

  /** Syncs all directories that changed. */
  void syncChanged() {
    for (Path directory : changed) {
      sync(directory);
    }
  }

  private void sync(Path directory) {
    try {
      files.syncDirectory(directory);
    } catch (NoSuchFileException e) {
      // Another process deleted all that was in it, and it; its own sync covers that.
      return;
    } catch (IOException e) {
      failures.put(directory, e);
    }
  }

  /** Why something below the objects can't be acknowledged; null when it can. */
  @Nullable IOException failure() {
    return failures.isEmpty() ? null : failures.values().iterator().next();
  }

  private static Path parent(Path path) {
    Path parent = path.getParent();
    if (parent == null) {
      throw new IllegalStateException("A path below the store's root has a parent: " + path);
    }
    return parent;
  }
}
