// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.util.List;

/** Paths to FIDs and open directories. Thread-safe. */
final class Walk {
  private final SimTree tree;

  Walk(SimTree tree) {
    this.tree = tree;
  }

  /** The FID of what is at a path, a link itself. */
  Fid fid(PathBytes path) throws IOException {
    List<PathBytes> names = names(path);
    if (names.isEmpty()) {
      return Fids.ROOT;
    }
    try (SimDirectory parent = parent(path)) {
      return tree.names.lookup(parent.ref(), names.get(names.size() - 1)).fid();
    }
  }

  /** The open directory that holds the last name of a path. */
  SimDirectory parent(PathBytes path) throws IOException {
    List<PathBytes> names = names(path);
    if (names.isEmpty()) {
      throw Failures.of(
          Errno.EEXIST, "create", "the root", "it is there already", "Name an entry below it.");
    }
    SimDirectory at = tree.openDirectory(Fids.ROOT, PathBytes.EMPTY);
    for (PathBytes name : names.subList(0, names.size() - 1)) {
      PosixDirectory next;
      try (SimDirectory current = at) {
        next = current.openDirectory(name);
      }
      at = (SimDirectory) next;
    }
    return at;
  }

  /** The names of a path; EINVAL when it has {@code .} or {@code ..}. */
  static List<PathBytes> names(PathBytes path) throws ProviderException {
    try {
      return path.names();
    } catch (IllegalArgumentException e) {
      throw Failures.of(
          Errno.EINVAL, "use the path", path, "a name is not one", "Name each directory itself.");
    }
  }
}
