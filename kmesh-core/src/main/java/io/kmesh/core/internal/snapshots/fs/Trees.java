// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Removes trees of files. */
final class Trees {
  private Trees() {}

  /** Removes an entry with all in it; no link is followed. */
  static void remove(PosixDirectory parent, PathBytes name) throws IOException {
    if (!parent.stat(name).isDirectory()) {
      parent.unlink(name);
      return;
    }
    try (PosixDirectory directory = parent.openDirectory(name)) {
      empty(directory);
    }
    parent.removeDirectory(name);
  }

  /** Removes all that is in a directory. */
  static void empty(PosixDirectory directory) throws IOException {
    List<PathBytes> names = new ArrayList<>();
    try (DirectoryCursor cursor = directory.entries()) {
      for (List<DirectoryEntry> some = cursor.next(); !some.isEmpty(); some = cursor.next()) {
        some.forEach(entry -> names.add(entry.name()));
      }
    }
    for (PathBytes name : names) {
      remove(directory, name);
    }
  }
}
