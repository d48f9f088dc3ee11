// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.nio;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a path leads: the directories on the way from the root, and the entry. Links are followed
 * as after chroot(2): absolute ones begin at the root, and nothing leads above it.
 */
public final class Located {
  /** As many links as Linux follows. */
  private static final int MOST_LINKS = 40;

  private final Volume volume;
  private final KmeshPath path;
  private final List<Volume.Node> nodes = new ArrayList<>();
  private final List<PathBytes> names = new ArrayList<>();
  private final Deque<PathBytes> pending = new ArrayDeque<>();
  private @Nullable PathBytes missing;
  private int links;

  private Located(Volume volume, KmeshPath path) throws IOException {
    this.volume = volume;
    this.path = path;
    volume.approach(path.names());
    nodes.add(volume.root());
    pending.addAll(path.names());
  }

  /**
   * Walks a path.
   *
   * @param follows whether a link at its end is followed
   * @throws NoSuchFileException when anything but its end is missing
   */
  public static Located at(Volume volume, KmeshPath path, boolean follows) throws IOException {
    Located located = new Located(volume, path);
    located.walk(follows);
    return located;
  }

  private void walk(boolean follows) throws IOException {
    for (PathBytes name = pending.poll(); name != null; name = pending.poll()) {
      if (missing != null) {
        throw new NoSuchFileException(path.toString());
      }
      if (volume.facts(last()).type() != FileType.DIRECTORY) {
        throw new FileSystemException(path.toString(), null, "not a directory");
      }
      if (KmeshPath.isUp(name)) {
        up();
      } else if (!KmeshPath.isHere(name)) {
        step(name, follows);
      }
    }
  }

  private void step(PathBytes name, boolean follows) throws IOException {
    Volume.Node node = volume.find(last(), name);
    if (node == null) {
      missing = name;
    } else if ((follows || !pending.isEmpty()) && volume.facts(node).type() == FileType.SYMLINK) {
      follow(node);
    } else {
      nodes.add(node);
      names.add(name);
    }
  }

  private void follow(Volume.Node link) throws IOException {
    links++;
    if (links > MOST_LINKS) {
      throw new FileSystemLoopException(path.toString());
    }
    PathBytes target = volume.target(link);
    if (target.length() > 0 && target.at(0) == '/') {
      while (!names.isEmpty()) {
        up();
      }
    }
    List<PathBytes> way = KmeshPath.split(target);
    for (int i = way.size() - 1; i >= 0; i--) {
      pending.addFirst(way.get(i));
    }
  }

  private void up() {
    if (!names.isEmpty()) {
      names.remove(names.size() - 1);
      nodes.remove(nodes.size() - 1);
    }
  }

  private Volume.Node last() {
    return nodes.get(nodes.size() - 1);
  }

  /** The entry; null when only it is missing. */
  public Volume.@Nullable Node find() {
    return missing == null ? last() : null;
  }

  /** The entry. */
  public Volume.Node node() throws NoSuchFileException {
    if (missing != null) {
      throw new NoSuchFileException(path.toString());
    }
    return last();
  }

  /** The entry, which is a directory. */
  public Volume.Node directory() throws IOException {
    Volume.Node node = node();
    if (!volume.facts(node).isDirectory()) {
      throw new java.nio.file.NotDirectoryException(path.toString());
    }
    return node;
  }

  /** The entry's real name; null for the root. */
  public @Nullable PathBytes name() {
    if (missing != null) {
      return missing;
    }
    return names.isEmpty() ? null : names.get(names.size() - 1);
  }

  /** The real names from the root, that of a missing entry included. */
  public List<PathBytes> names() {
    List<PathBytes> all = new ArrayList<>(names);
    if (missing != null) {
      all.add(missing);
    }
    return all;
  }

  /** The directories from the root to that of the entry. */
  public List<Volume.Node> directories() {
    return missing != null || names.isEmpty()
        ? List.copyOf(nodes)
        : List.copyOf(nodes.subList(0, nodes.size() - 1));
  }
}
