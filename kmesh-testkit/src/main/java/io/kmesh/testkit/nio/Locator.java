// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.nio;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Walks a path as the kernel does, handle by handle: follows links, goes up from where a link led,
 * never above the root. An absolute link starts at the tree's root, as after chroot(2).
 */
final class Locator {
  /** As many links as Linux follows. */
  private static final int MOST_LINKS = 40;

  private static final PathBytes SELF = PathBytes.of(".");
  private static final PathBytes PARENT = PathBytes.of("..");

  private final TreePath path;
  private final boolean followLast;
  private final Deque<PathBytes> pending = new ArrayDeque<>();
  private final List<PosixDirectory> opened = new ArrayList<>();
  private final List<PathBytes> names = new ArrayList<>();
  private int links;

  private Locator(TreePath path, boolean followLast) {
    this.path = path;
    this.followLast = followLast;
    this.pending.addAll(path.realNames());
  }

  /**
   * Finds where a path leads.
   *
   * @param followLast whether a link at its end is followed
   */
  static Located locate(PosixTree tree, TreePath path, boolean followLast) throws IOException {
    Locator locator = new Locator(path, followLast);
    try {
      locator.opened.add(tree.openRoot());
      Located found = locator.walk();
      locator.opened.remove(locator.opened.size() - 1);
      return found;
    } finally {
      for (PosixDirectory directory : locator.opened) {
        directory.close();
      }
    }
  }

  private PosixDirectory here() {
    return opened.get(opened.size() - 1);
  }

  private Located walk() throws IOException {
    while (true) {
      PathBytes name = pending.poll();
      if (name == null) {
        return new Located(here(), null, List.copyOf(names));
      } else if (name.equals(PARENT)) {
        goUp();
      } else if (!name.equals(SELF)) {
        if (pending.isEmpty() && !followLast) {
          return end(name);
        }
        Optional<FileStat> stat = here().find(name);
        if (stat.filter(s -> s.type() == FileType.SYMLINK).isPresent()) {
          follow(name);
        } else if (pending.isEmpty()) {
          return end(name);
        } else {
          opened.add(here().openDirectory(name));
          names.add(name);
        }
      }
    }
  }

  private Located end(PathBytes name) {
    List<PathBytes> all = new ArrayList<>(names);
    all.add(name);
    return new Located(here(), name, all);
  }

  private void goUp() throws IOException {
    if (opened.size() > 1) {
      opened.remove(opened.size() - 1).close();
      names.remove(names.size() - 1);
    }
  }

  private void follow(PathBytes name) throws IOException {
    links++;
    if (links > MOST_LINKS) {
      throw new ProviderException(
          Errno.ELOOP,
          "Cannot follow "
              + path
              + ": ELOOP(40), more than "
              + MOST_LINKS
              + " symbolic links lie on the way. Look for a loop.");
    }
    PathBytes target = here().readSymlink(name);
    if (target.length() > 0 && target.at(0) == '/') {
      while (opened.size() > 1) {
        goUp();
      }
    }
    List<PathBytes> way = TreePath.split(target);
    for (int i = way.size() - 1; i >= 0; i--) {
      pending.addFirst(way.get(i));
    }
  }
}
