// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.XattrMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Changes of every kind below a directory, drawn from a seed. Not thread-safe. */
final class FlowStorm {
  private static final int MOST_FILES = 1500;
  private static final int MOST_DIRECTORIES = 150;
  private static final int MOST_BYTES = 6000;

  private final PosixTree tree;
  private final Random random;
  private final List<PathBytes> directories = new ArrayList<>();
  private final List<PathBytes> files = new ArrayList<>();
  private final List<PathBytes> links = new ArrayList<>();
  private final Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
  private long bytes;
  private int number;

  /** What a change does. */
  enum Kind {
    CREATE,
    APPEND,
    OVERWRITE,
    TRUNCATE,
    CHMOD,
    SET_XATTR,
    SET_TIMES,
    MKDIR,
    RMDIR,
    SYMLINK,
    HARD_LINK,
    UNLINK,
    RECREATE,
    RENAME,
    RENAME_OVER,
    RENAME_DIRECTORY
  }

  FlowStorm(PosixTree tree, PathBytes top, long seed) {
    this.tree = tree;
    this.random = new Random(seed);
    directories.add(top);
  }

  /** How many changes of each kind were made. */
  Map<Kind, Integer> counts() {
    return counts;
  }

  /** Bytes that were written. */
  long bytes() {
    return bytes;
  }

  /** One change. */
  void step() throws IOException {
    while (true) {
      Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
      if (make(kind)) {
        counts.merge(kind, 1, Integer::sum);
        return;
      }
    }
  }

  private boolean make(Kind kind) throws IOException {
    return switch (kind) {
      case CREATE -> files.size() < MOST_FILES && create(fresh());
      case APPEND -> write(any(files), true);
      case OVERWRITE -> write(any(files), false);
      case TRUNCATE -> truncate(any(files));
      case CHMOD -> chmod();
      case SET_XATTR -> setXattr(any(files));
      case SET_TIMES -> setTimes(any(files));
      case MKDIR -> directories.size() < MOST_DIRECTORIES && makeDirectory();
      case RMDIR -> removeDirectory();
      case SYMLINK -> links.size() < MOST_FILES / 4 && symlink();
      case HARD_LINK -> files.size() < MOST_FILES && link(any(files));
      case UNLINK -> unlink();
      case RECREATE -> recreate(any(files));
      case RENAME -> rename(any(files));
      case RENAME_OVER -> renameOver();
      case RENAME_DIRECTORY -> renameDirectory();
    };
  }

  private @Nullable PathBytes any(List<PathBytes> all) {
    return all.isEmpty() ? null : all.get(random.nextInt(all.size()));
  }

  private PathBytes fresh() {
    PathBytes parent = directories.get(random.nextInt(directories.size()));
    return parent.resolve(PathBytes.of("n" + number++));
  }

  private PosixDirectory parentOf(PathBytes path) throws IOException {
    return tree.openDirectory(path.parent());
  }

  private byte[] drawn(int length) {
    byte[] drawn = new byte[length];
    random.nextBytes(drawn);
    bytes += length;
    return drawn;
  }

  private boolean create(PathBytes path) throws IOException {
    try (PosixDirectory parent = parentOf(path);
        PosixFile file =
            parent.openFile(
                path.name(), Set.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.EXCLUSIVE))) {
      file.write(ByteBuffer.wrap(drawn(random.nextInt(MOST_BYTES))), 0);
    }
    files.add(path);
    return true;
  }

  private boolean write(@Nullable PathBytes path, boolean isAppending) throws IOException {
    if (path == null) {
      return false;
    }
    try (PosixDirectory parent = parentOf(path);
        PosixFile file = parent.openFile(path.name(), Set.of(OpenFlag.WRITE))) {
      long size = file.stat().size();
      long at = isAppending || size == 0 ? size : random.nextLong(size);
      file.write(ByteBuffer.wrap(drawn(1 + random.nextInt(500))), at);
    }
    return true;
  }

  private boolean truncate(@Nullable PathBytes path) throws IOException {
    if (path == null) {
      return false;
    }
    try (PosixDirectory parent = parentOf(path);
        PosixFile file = parent.openFile(path.name(), Set.of(OpenFlag.WRITE))) {
      file.truncate(random.nextInt(MOST_BYTES));
    }
    return true;
  }

  private boolean chmod() throws IOException {
    List<PathBytes> all = random.nextInt(8) == 0 ? directories : files;
    PathBytes path = any(all);
    if (path == null || path.equals(directories.get(0))) {
      return false;
    }
    try (PosixDirectory parent = parentOf(path)) {
      parent.setMode(path.name(), all == directories ? 0700 | random.nextInt(64) : 0600 | random.nextInt(512));
    }
    return true;
  }

  private boolean setXattr(@Nullable PathBytes path) throws IOException {
    if (path == null) {
      return false;
    }
    try (PosixDirectory parent = parentOf(path)) {
      parent.setXattr(
          path.name(),
          PathBytes.of("user.storm" + random.nextInt(3)),
          drawn(random.nextInt(40)),
          XattrMode.SET);
    }
    return true;
  }

  private boolean setTimes(@Nullable PathBytes path) throws IOException {
    if (path == null) {
      return false;
    }
    FileTime time = new FileTime(1_000_000_000L + random.nextInt(500_000_000), random.nextInt(1_000_000_000));
    try (PosixDirectory parent = parentOf(path)) {
      parent.setTimes(path.name(), time, time);
    }
    return true;
  }

  private boolean makeDirectory() throws IOException {
    PathBytes path = fresh();
    try (PosixDirectory parent = parentOf(path)) {
      parent.makeDirectory(path.name(), 0755);
    }
    directories.add(path);
    return true;
  }

  private boolean isEmpty(PathBytes directory) {
    return directories.stream().noneMatch(d -> d.parent().equals(directory))
        && files.stream().noneMatch(f -> f.parent().equals(directory))
        && links.stream().noneMatch(l -> l.parent().equals(directory));
  }

  private boolean removeDirectory() throws IOException {
    PathBytes path = any(directories.subList(1, directories.size()));
    if (path == null || !isEmpty(path)) {
      // A new one that nobody uses yet serves as well.
      if (!makeDirectory()) {
        return false;
      }
      path = directories.get(directories.size() - 1);
    }
    try (PosixDirectory parent = parentOf(path)) {
      parent.removeDirectory(path.name());
    }
    directories.remove(path);
    return true;
  }

  private boolean symlink() throws IOException {
    PathBytes path = fresh();
    try (PosixDirectory parent = parentOf(path)) {
      parent.makeSymlink(path.name(), PathBytes.of("to/" + number));
    }
    links.add(path);
    return true;
  }

  private boolean link(@Nullable PathBytes from) throws IOException {
    if (from == null) {
      return false;
    }
    PathBytes to = fresh();
    try (PosixDirectory parent = parentOf(from);
        PosixDirectory other = parentOf(to)) {
      parent.link(from.name(), other, to.name());
    }
    files.add(to);
    return true;
  }

  private boolean unlink() throws IOException {
    List<PathBytes> all = random.nextInt(4) == 0 ? links : files;
    PathBytes path = any(all);
    if (path == null) {
      return false;
    }
    try (PosixDirectory parent = parentOf(path)) {
      parent.unlink(path.name());
    }
    all.remove(path);
    return true;
  }

  private boolean recreate(@Nullable PathBytes path) throws IOException {
    if (path == null) {
      return false;
    }
    try (PosixDirectory parent = parentOf(path)) {
      parent.unlink(path.name());
    }
    files.remove(path);
    return create(path);
  }

  private boolean rename(@Nullable PathBytes from) throws IOException {
    if (from == null) {
      return false;
    }
    PathBytes to = fresh();
    move(from, to);
    files.set(files.indexOf(from), to);
    return true;
  }

  private void move(PathBytes from, PathBytes to) throws IOException {
    try (PosixDirectory parent = parentOf(from);
        PosixDirectory other = parentOf(to)) {
      parent.rename(from.name(), other, to.name(), RenameMode.REPLACE);
    }
  }

  /** Two names of one file stay as they are when one is renamed over the other. */
  private boolean renameOver() throws IOException {
    PathBytes from = any(files);
    PathBytes to = any(files);
    if (from == null || to == null || from.equals(to)) {
      return false;
    }
    if (tree.stat(from).inode() == tree.stat(to).inode()) {
      return false;
    }
    move(from, to);
    files.remove(from);
    return true;
  }

  /** Renames a directory while a file below it is open and written. */
  private boolean renameDirectory() throws IOException {
    PathBytes from = any(directories.subList(1, directories.size()));
    PathBytes to = fresh();
    if (from == null || to.isAtOrBelow(from)) {
      return false;
    }
    PathBytes below = files.stream().filter(f -> f.isAtOrBelow(from)).findFirst().orElse(null);
    if (below == null) {
      move(from, to);
    } else {
      try (PosixDirectory parent = parentOf(below);
          PosixFile file = parent.openFile(below.name(), Set.of(OpenFlag.WRITE))) {
        file.write(ByteBuffer.wrap(drawn(100)), 0);
        move(from, to);
        file.write(ByteBuffer.wrap(drawn(100)), 50);
      }
    }
    for (List<PathBytes> all : List.of(directories, files, links)) {
      all.replaceAll(path -> moved(path, from, to));
    }
    return true;
  }

  private static PathBytes moved(PathBytes path, PathBytes from, PathBytes to) {
    if (!path.isAtOrBelow(from)) {
      return path;
    }
    PathBytes at = to;
    List<PathBytes> names = path.names();
    for (PathBytes name : names.subList(from.names().size(), names.size())) {
      at = at.resolve(name);
    }
    return at;
  }
}
