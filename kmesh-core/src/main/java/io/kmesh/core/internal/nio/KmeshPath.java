// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.nio;

import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.net.URI;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A path of a {@link KmeshFileSystem}: names of bytes; its text is that of {@link NameText}. */
public final class KmeshPath implements Path {
  private static final PathBytes HERE = PathBytes.of(".");
  private static final PathBytes UP = PathBytes.of("..");

  private final KmeshFileSystem system;
  private final boolean isAbsolute;
  private final List<PathBytes> names; // the empty path has none

  private KmeshPath(KmeshFileSystem system, boolean isAbsolute, List<PathBytes> names) {
    this.system = system;
    this.isAbsolute = isAbsolute;
    this.names = names;
  }

  /** The path of bytes; absolute when they begin with a slash. */
  public static KmeshPath of(KmeshFileSystem system, PathBytes bytes) {
    return new KmeshPath(system, bytes.length() > 0 && bytes.at(0) == '/', split(bytes));
  }

  /** The path of names below the root. */
  public static KmeshPath absolute(KmeshFileSystem system, List<PathBytes> names) {
    return new KmeshPath(system, true, List.copyOf(names));
  }

  /** The names between slashes, the empty ones left out. */
  public static List<PathBytes> split(PathBytes path) {
    byte[] bytes = path.toBytes();
    List<PathBytes> names = new ArrayList<>();
    int from = 0;
    for (int to = 0; to <= bytes.length; to++) {
      if (to == bytes.length || bytes[to] == '/') {
        if (to > from) {
          names.add(PathBytes.of(bytes, from, to - from));
        }
        from = to + 1;
      }
    }
    return List.copyOf(names);
  }

  /** A path as one of these. */
  public static KmeshPath of(Path path) {
    if (path instanceof KmeshPath kmesh) {
      return kmesh;
    }
    throw new ProviderMismatchException(
        "Cannot use " + path + " here: it is of another kind of file system.");
  }

  public static boolean isHere(PathBytes name) {
    return name.equals(HERE);
  }

  public static boolean isUp(PathBytes name) {
    return name.equals(UP);
  }

  /** The names; those of a relative path count from the root. */
  public List<PathBytes> names() {
    return names;
  }

  public KmeshPath child(PathBytes name) {
    List<PathBytes> all = new ArrayList<>(names.size() + 1);
    all.addAll(names);
    all.add(name);
    return new KmeshPath(system, isAbsolute, all);
  }

  /** All bytes of it. */
  public PathBytes bytes() {
    PathBytes all = isAbsolute ? PathBytes.of("/") : PathBytes.EMPTY;
    for (PathBytes name : names) {
      all = all.resolve(name);
    }
    return all;
  }

  @Override
  public KmeshFileSystem getFileSystem() {
    return system;
  }

  @Override
  public boolean isAbsolute() {
    return isAbsolute;
  }

  private boolean isEmpty() {
    return !isAbsolute && names.isEmpty();
  }

  @Override
  public @Nullable KmeshPath getRoot() {
    return isAbsolute ? new KmeshPath(system, true, List.of()) : null;
  }

  @Override
  public @Nullable KmeshPath getFileName() {
    if (isEmpty()) {
      return this;
    }
    return names.isEmpty() ? null : getName(names.size() - 1);
  }

  @Override
  public @Nullable KmeshPath getParent() {
    if (names.isEmpty() || (names.size() == 1 && !isAbsolute)) {
      return null;
    }
    return new KmeshPath(system, isAbsolute, names.subList(0, names.size() - 1));
  }

  @Override
  public int getNameCount() {
    return isEmpty() ? 1 : names.size();
  }

  @Override
  public KmeshPath getName(int index) {
    return subpath(index, index + 1);
  }

  @Override
  public KmeshPath subpath(int from, int to) {
    if (from < 0 || to > getNameCount() || from >= to) {
      throw new IllegalArgumentException(
          "Cannot take names " + from + " to " + to + " of " + this + ": it has others.");
    }
    return isEmpty() ? this : new KmeshPath(system, false, names.subList(from, to));
  }

  @Override
  public boolean startsWith(Path other) {
    return other instanceof KmeshPath o
        && o.system == system
        && o.isAbsolute == isAbsolute
        && o.isEmpty() == isEmpty()
        && o.names.size() <= names.size()
        && names.subList(0, o.names.size()).equals(o.names);
  }

  @Override
  public boolean endsWith(Path other) {
    if (!(other instanceof KmeshPath o) || o.system != system || o.isEmpty() != isEmpty()) {
      return false;
    }
    int from = names.size() - o.names.size();
    return from >= 0
        && (!o.isAbsolute || (isAbsolute && from == 0))
        && names.subList(from, names.size()).equals(o.names);
  }

  @Override
  public KmeshPath normalize() {
    List<PathBytes> kept = new ArrayList<>();
    for (PathBytes name : names) {
      if (isHere(name)) {
        continue;
      }
      boolean isBelow = !kept.isEmpty() && !isUp(kept.get(kept.size() - 1));
      if (!isUp(name)) {
        kept.add(name);
      } else if (isBelow) {
        kept.remove(kept.size() - 1);
      } else if (!isAbsolute) {
        kept.add(name);
      }
    }
    return new KmeshPath(system, isAbsolute, kept);
  }

  @Override
  public KmeshPath resolve(Path other) {
    KmeshPath o = of(other);
    if (o.isAbsolute || isEmpty()) {
      return o;
    }
    List<PathBytes> all = new ArrayList<>(names);
    all.addAll(o.names);
    return new KmeshPath(system, isAbsolute, all);
  }

  @Override
  public KmeshPath relativize(Path other) {
    KmeshPath o = of(other);
    if (o.isAbsolute != isAbsolute) {
      throw new IllegalArgumentException(
          "Cannot lead from " + this + " to " + o + ": one is absolute, the other is not.");
    }
    int same = 0;
    while (same < names.size()
        && same < o.names.size()
        && names.get(same).equals(o.names.get(same))) {
      same++;
    }
    List<PathBytes> rest = names.subList(same, names.size());
    if (rest.contains(UP)) {
      throw new IllegalArgumentException(
          "Cannot lead from " + this + " to " + o + ": where \"..\" leads is not certain.");
    }
    List<PathBytes> way = new ArrayList<>(Collections.nCopies(rest.size(), UP));
    way.addAll(o.names.subList(same, o.names.size()));
    return new KmeshPath(system, false, way);
  }

  @Override
  public URI toUri() {
    return KmeshUri.of(system, toAbsolutePath().bytes());
  }

  /** The same below the root, which is where relative paths begin. */
  @Override
  public KmeshPath toAbsolutePath() {
    return isAbsolute ? this : new KmeshPath(system, true, names);
  }

  @Override
  public KmeshPath toRealPath(LinkOption... options) throws IOException {
    boolean follows = !Arrays.asList(options).contains(LinkOption.NOFOLLOW_LINKS);
    Located at = Located.at(system.volume(), this, follows);
    at.node();
    return absolute(system, at.names());
  }

  @Override
  public WatchKey register(
      WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
    throw new UnsupportedOperationException("Cannot watch " + this + ": there are no events.");
  }

  @Override
  public int compareTo(Path other) {
    return bytes().compareTo(of(other).bytes());
  }

  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof KmeshPath p
        && p.system == system
        && p.isAbsolute == isAbsolute
        && p.names.equals(names);
  }

  @Override
  public int hashCode() {
    return names.hashCode() * 2 + (isAbsolute ? 1 : 0);
  }

  @Override
  public String toString() {
    return NameText.of(bytes());
  }
}
