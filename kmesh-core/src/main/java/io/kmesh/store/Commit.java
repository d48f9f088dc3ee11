// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
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
 * One commit under the store's lock: changes of names, and which directories must be synced before they
 * are acknowledged. One thread.
 */
final class Commit {
  private final StoreFiles files;
  private final Path objects;
  private final Set<Path> changed = new LinkedHashSet<>();
  private final Set<Path> gained = new LinkedHashSet<>();
  private final Set<Path> emptied = new LinkedHashSet<>();
  private final Map<Path, IOException> failures = new LinkedHashMap<>();

  Commit(StoreFiles files, Path objects) {
    this.files = files;
    this.objects = objects;
  }

  /** Moves a finished file to its place, making directories that are missing. */
  void publish(Path from, Path object) throws IOException {
    Path directory = parent(object);
    try {
      files.rename(from, object);
    } catch (NoSuchFileException e) {
      if (files.exists(directory)) {
        throw e; // it is the source that is missing
      }
      makeDirectories(directory);
      files.rename(from, object);
    }
    changed.add(directory);
  }

  /** Deletes an object's file. */
  void delete(Path object) throws IOException {
    if (files.delete(object)) {
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

  private void makeDirectories(Path directory) throws IOException {
    Deque<Path> missing = new ArrayDeque<>();
    for (Path d = directory; !d.equals(objects) && !files.exists(d); d = parent(d)) {
      missing.push(d);
    }
    for (Path d : missing) {
      try {
        files.makeDirectory(d);
      } catch (FileAlreadyExistsException e) {
        continue; // a directory after all, or a foreign file that the rename will name
      }
      gained.add(parent(d));
    }
  }

  /** Removes directories that became empty. Before the lock is given back. */
  void removeEmptied() {
    for (Path directory : emptied) {
      Path d = directory;
      try {
        while (!d.equals(objects) && files.removeDirectory(d)) {
          changed.remove(d);
          gained.remove(d);
          d = parent(d);
          changed.add(d);
        }
      } catch (IOException e) {
        // An empty directory that stays is no fault: lists pass it by and the next delete tries again.
        continue;
      }
    }
  }

  /**
   * Syncs the directories that gained a directory. Before the lock is given back: whoever finds a
   * directory may rely on it.
   */
  void syncGained() {
    for (Path directory : gained) {
      sync(directory);
      changed.remove(directory);
    }
  }

  /** Syncs all other directories that changed. */
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
