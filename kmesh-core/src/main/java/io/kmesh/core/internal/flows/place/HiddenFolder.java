// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The hidden directory of a flow that is no more. Stateless. */
public final class HiddenFolder {
  private HiddenFolder() {}

  /** Its name at the top of a tree. */
  public static PathBytes name(String flow) {
    return new FlowNames(flow).hidden();
  }

  /**
   * Removes it from a tree in which the flow does not run, unless something is in it that the flow
   * moved out of its way or held: that may be a user's only copy. It need not be there.
   *
   * @param flow the name by which the flow places entries
   * @return how many entries are in it that stay; 0 when it is gone
   */
  public static long sweep(PosixTree tree, String flow) throws IOException {
    PathBytes name = name(flow);
    try (PosixDirectory top = tree.openRoot()) {
      if (top.find(name).isEmpty()) {
        return 0;
      }
      long left = 0;
      try (PosixDirectory hidden = top.openDirectory(name)) {
        for (PathBytes one : names(hidden)) {
          left += sweep(hidden, one);
        }
      }
      if (left > 0) {
        return left;
      }
      FileStat before = top.stat();
      if (!TreeNames.removeIfEmpty(top, name)) {
        return 1;
      }
      top.setTimes(before.atime(), before.mtime()); // the source's, which the flow gave it
      return 0;
    }
  }

  private static long sweep(PosixDirectory hidden, PathBytes name) throws IOException {
    if (FlowNames.isSeed(name)) {
      remove(hidden, name); // a copy that no process finished; nobody was shown it
      return 0;
    }
    if (!name.equals(FlowNames.DISPLACED_NAME) || !hidden.stat(name).isDirectory()) {
      return 1;
    }
    if (TreeNames.removeIfEmpty(hidden, name)) {
      return 0;
    }
    try (PosixDirectory displaced = hidden.openDirectory(name)) {
      return Math.max(1, names(displaced).size());
    }
  }

  private static void remove(PosixDirectory above, PathBytes name) throws IOException {
    if (!above.stat(name).isDirectory()) {
      above.unlink(name);
      return;
    }
    try (PosixDirectory directory = above.openDirectory(name)) {
      for (PathBytes one : names(directory)) {
        remove(directory, one);
      }
    }
    above.removeDirectory(name);
  }

  private static List<PathBytes> names(PosixDirectory directory) throws IOException {
    List<PathBytes> names = new ArrayList<>();
    try (DirectoryCursor cursor = directory.entries()) {
      for (List<DirectoryEntry> some = cursor.next(); !some.isEmpty(); some = cursor.next()) {
        some.forEach(entry -> names.add(entry.name()));
      }
    }
    return names;
  }
}
