// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.nio;

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

/** A path of a {@link PosixTreeFileSystem}: names as bytes, absolute or not. Immutable. */
final class TreePath implements Path {
  private static final PathBytes SELF = PathBytes.of(".");
  private static final PathBytes PARENT = PathBytes.of("..");

  private final PosixTreeFileSystem system;
  private final boolean absolute;

  /** Without empty ones, but for the empty path, which has one. */
  private final List<PathBytes> names;

  private TreePath(PosixTreeFileSystem system, boolean absolute, List<PathBytes> names) {
    this.system = system;
    this.absolute = absolute;
    this.names = names.isEmpty() && !absolute ? List.of(PathBytes.EMPTY) : List.copyOf(names);
  }

  /** The path of these bytes. */
  static TreePath of(PosixTreeFileSystem system, PathBytes bytes) {
    boolean absolute = bytes.length() > 0 && bytes.at(0) == '/';
    return new TreePath(system, absolute, split(bytes));
  }

  /** The absolute path of these names below the root. */
  static TreePath absolute(PosixTreeFileSystem system, List<PathBytes> names) {
    return new TreePath(system, true, names);
  }

  /** The names between slashes, without empty ones. */
  static List<PathBytes> split(PathBytes bytes) {
    byte[] all = bytes.toBytes();
    List<PathBytes> names = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= all.length; i++) {
      if (i == all.length || all[i] == '/') {
        if (i > start) {
          names.add(PathBytes.of(all, start, i - start));
        }
        start = i + 1;
      }
    }
    return names;
  }

  /** The path as one of a tree's. */
  static TreePath of(Path path) {
    if (path instanceof TreePath tree) {
      return tree;
    }
    throw new ProviderMismatchException("Cannot use " + path + ": it is not of a tree's view.");
  }

  /** A path of a name below this one. */
  TreePath child(PathBytes name) {
    List<PathBytes> all = new ArrayList<>(realNames());
    all.add(name);
    return new TreePath(system, absolute, all);
  }

  /** The names to walk: none for the root and for the empty path. */
  List<PathBytes> realNames() {
    return isEmpty() ? List.of() : names;
  }

  private boolean isEmpty() {
    return !absolute && names.size() == 1 && names.get(0).isEmpty();
  }

  /** The bytes of the whole path. */
  PathBytes bytes() {
    PathBytes all = absolute ? PathBytes.of("/") : PathBytes.EMPTY;
    for (PathBytes name : names) {
      all = all.resolve(name);
    }
    return all;
  }

  @Override
  public PosixTreeFileSystem getFileSystem() {
    return system;
  }

  @Override
  public boolean isAbsolute() {
    return absolute;
  }

  @Override
  public @Nullable TreePath getRoot() {
    return absolute ? new TreePath(system, true, List.of()) : null;
  }

  @Override
  public @Nullable TreePath getFileName() {
    return names.isEmpty() ? null : getName(names.size() - 1);
  }

  @Override
  public @Nullable TreePath getParent() {
    if (names.size() <= (absolute ? 0 : 1)) {
      return null;
    }
    return new TreePath(system, absolute, names.subList(0, names.size() - 1));
  }

  @Override
  public int getNameCount() {
    return names.size();
  }

  @Override
  public TreePath getName(int index) {
    if (index < 0 || index >= names.size()) {
      throw new IllegalArgumentException("Cannot take name " + index + " of " + this + ".");
    }
    return new TreePath(system, false, List.of(names.get(index)));
  }

  @Override
  public TreePath subpath(int from, int to) {
    if (from < 0 || to > names.size() || from >= to) {
      throw new IllegalArgumentException(
          "Cannot take names " + from + " to " + to + " of " + this + ".");
    }
    return new TreePath(system, false, names.subList(from, to));
  }

  @Override
  public boolean startsWith(Path other) {
    return other instanceof TreePath o
        && o.system == system
        && o.absolute == absolute
        && o.names.size() <= names.size()
        && names.subList(0, o.names.size()).equals(o.names);
  }

  @Override
  public boolean endsWith(Path other) {
    if (!(other instanceof TreePath o) || o.system != system) {
      return false;
    }
    int from = names.size() - o.names.size();
    return from >= 0
        && (!o.absolute || (absolute && from == 0))
        && names.subList(from, names.size()).equals(o.names);
  }

  @Override
  public TreePath normalize() {
    List<PathBytes> kept = new ArrayList<>();
    for (PathBytes name : realNames()) {
      boolean popsOne =
          name.equals(PARENT) && !kept.isEmpty() && !kept.get(kept.size() - 1).equals(PARENT);
      if (popsOne) {
        kept.remove(kept.size() - 1);
      } else if (!name.equals(SELF) && !(name.equals(PARENT) && absolute)) {
        kept.add(name);
      }
    }
    return new TreePath(system, absolute, kept);
  }

  @Override
  public TreePath resolve(Path other) {
    TreePath o = of(other);
    if (o.absolute) {
      return o;
    }
    List<PathBytes> all = new ArrayList<>(realNames());
    all.addAll(o.realNames());
    return new TreePath(system, absolute, all);
  }

  @Override
  public TreePath relativize(Path other) {
    TreePath o = of(other);
    if (o.absolute != absolute) {
      throw new IllegalArgumentException(
          "Cannot go from " + this + " to " + other + ": only one of them is absolute.");
    }
    List<PathBytes> mine = realNames();
    List<PathBytes> theirs = o.realNames();
    int same = 0;
    while (same < mine.size() && same < theirs.size() && mine.get(same).equals(theirs.get(same))) {
      same++;
    }
    if (mine.subList(same, mine.size()).contains(PARENT)) {
      throw new IllegalArgumentException(
          "Cannot go from " + this + " to " + other + ": \"..\" leads nowhere certain.");
    }
    List<PathBytes> way = new ArrayList<>(Collections.nCopies(mine.size() - same, PARENT));
    way.addAll(theirs.subList(same, theirs.size()));
    return new TreePath(system, false, way);
  }

  @Override
  public URI toUri() {
    StringBuilder uri = new StringBuilder(TreeProvider.SCHEME).append("://").append(system.id());
    byte[] all = toAbsolutePath().bytes().toBytes();
    for (byte b : all) {
      boolean plain =
          (b >= 'a' && b <= 'z')
              || (b >= 'A' && b <= 'Z')
              || (b >= '0' && b <= '9')
              || "/._-~".indexOf(b) >= 0;
      if (plain) {
        uri.append((char) b);
      } else {
        uri.append('%')
            .append(Character.toUpperCase(Character.forDigit((b >> 4) & 0xf, 16)))
            .append(Character.toUpperCase(Character.forDigit(b & 0xf, 16)));
      }
    }
    return URI.create(uri.toString());
  }

  /** This path below the root: the view's working directory is its root. */
  @Override
  public TreePath toAbsolutePath() {
    return absolute ? this : new TreePath(system, true, realNames());
  }

  @Override
  public TreePath toRealPath(LinkOption... options) throws IOException {
    boolean follow = !Arrays.asList(options).contains(LinkOption.NOFOLLOW_LINKS);
    try (Located at = system.locate(this, follow)) {
      at.requireStat();
      return new TreePath(system, true, at.realNames());
    } catch (IOException e) {
      throw TreeErrors.of(this, e);
    }
  }

  @Override
  public WatchKey register(
      WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
    throw new UnsupportedOperationException("A tree's view cannot be watched; read its changelog.");
  }

  @Override
  public int compareTo(Path other) {
    return bytes().compareTo(of(other).bytes());
  }

  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof TreePath p
        && p.system == system
        && p.absolute == absolute
        && p.names.equals(names);
  }

  @Override
  public int hashCode() {
    return names.hashCode() * 2 + (absolute ? 1 : 0);
  }

  /** The text of {@link PathText}, which leads back to the same path. */
  @Override
  public String toString() {
    return PathText.decode(bytes());
  }
}
