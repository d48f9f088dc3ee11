// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.XattrMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** Random changes of a tree, of all kinds. */
public final class TreeSteps {
  public final PosixTree tree;
  private final PathBytes top;
  private final Random random;
  private int number;

  /** Changes below a directory of a tree. */
  public TreeSteps(PosixTree tree, PathBytes top, Random random) {
    this.tree = tree;
    this.top = top;
    this.random = random;
  }

  PathBytes at(PathBytes path) {
    return path.isEmpty() ? top : PathBytes.of((top.isEmpty() ? "" : top + "/") + path);
  }

  public void write(PathBytes path, int size) throws IOException {
    try (PosixFile file = tree.openFile(at(path), Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
      byte[] bytes = new byte[size];
      random.nextBytes(bytes);
      file.write(ByteBuffer.wrap(bytes), 0);
    }
  }

  /** Makes a file of bytes. */
  public void write(PathBytes path, byte[] bytes) throws IOException {
    try (PosixFile file = tree.openFile(at(path), Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
      file.truncate(0);
      file.write(ByteBuffer.wrap(bytes), 0);
    }
  }

  /** The bytes of a file. */
  public byte[] read(PathBytes path) throws IOException {
    try (PosixFile file = tree.openFile(at(path), Set.of(OpenFlag.READ))) {
      ByteBuffer bytes = ByteBuffer.allocate((int) file.stat().size());
      while (bytes.hasRemaining() && file.read(bytes, bytes.position()) > 0) {}
      return bytes.array();
    }
  }

  /** Some bytes, and behind them those of a file of up to 4,000: under another name. */
  public void copy() throws IOException {
    Optional<PathBytes> from = any(FileType.REGULAR);
    if (from.isPresent()) {
      byte[] bytes = read(from.get());
      byte[] more = new byte[Math.min(bytes.length, 4000) + random.nextInt(40)];
      random.nextBytes(more);
      int shift = more.length - Math.min(bytes.length, 4000);
      System.arraycopy(bytes, 0, more, shift, more.length - shift);
      PathBytes to = fresh();
      boolean isFree;
      try (PosixDirectory in = tree.openDirectory(at(to.parent()))) {
        isFree = in.find(to.name()).isEmpty();
      }
      if (isFree) {
        write(to, more);
      }
    }
  }

  public void makeDirectory(PathBytes path) throws IOException {
    try (PosixDirectory in = tree.openDirectory(at(path.parent()))) {
      in.makeDirectory(path.name(), 0755);
    }
  }

  public void rename(PathBytes from, PathBytes to, RenameMode mode) throws IOException {
    try (PosixDirectory old = tree.openDirectory(at(from.parent()));
        PosixDirectory into = tree.openDirectory(at(to.parent()))) {
      old.rename(from.name(), into, to.name(), mode);
    }
  }

  public void link(PathBytes from, PathBytes to) throws IOException {
    try (PosixDirectory old = tree.openDirectory(at(from.parent()));
        PosixDirectory into = tree.openDirectory(at(to.parent()))) {
      old.link(from.name(), into, to.name());
    }
  }

  public void unlink(PathBytes path) throws IOException {
    try (PosixDirectory in = tree.openDirectory(at(path.parent()))) {
      in.unlink(path.name());
    }
  }

  public void setMode(PathBytes path, int mode) throws IOException {
    try (PosixDirectory in = tree.openDirectory(at(path.parent()))) {
      in.setMode(path.name(), mode);
    }
  }

  public void setTime(PathBytes path, FileTime time) throws IOException {
    try (PosixDirectory in = tree.openDirectory(at(path.parent()))) {
      in.setTimes(path.name(), time, time);
    }
  }

  public void setXattr(PathBytes path, String value) throws IOException {
    try (PosixDirectory in = tree.openDirectory(at(path.parent()))) {
      in.setXattr(
          path.name(),
          PathBytes.of("user.x"),
          value.getBytes(StandardCharsets.UTF_8),
          XattrMode.SET);
    }
  }

  public void removeAll(PathBytes path) throws IOException {
    try (PosixDirectory parent = tree.openDirectory(at(path.parent()))) {
      if (!parent.stat(path.name()).isDirectory()) {
        parent.unlink(path.name());
        return;
      }
      try (PosixDirectory directory = parent.openDirectory(path.name())) {
        for (PathBytes name : BaseView.names(directory)) {
          removeAll(path.resolve(name));
        }
      }
      parent.removeDirectory(path.name());
    }
  }

  List<PathBytes> entries(FileType... types) throws IOException {
    List<PathBytes> found = new ArrayList<>();
    try (PosixDirectory root = tree.openDirectory(top)) {
      list(root, PathBytes.EMPTY, Set.of(types), found);
    }
    return found;
  }

  private void list(
      PosixDirectory directory, PathBytes path, Set<FileType> types, List<PathBytes> found)
      throws IOException {
    for (PathBytes name : BaseView.names(directory)) {
      FileStat stat = directory.stat(name);
      PathBytes at = path.resolve(name);
      if (types.contains(stat.type())) {
        found.add(at);
      }
      if (stat.isDirectory()) {
        try (PosixDirectory below = directory.openDirectory(name)) {
          list(below, at, types, found);
        }
      }
    }
  }

  private Optional<PathBytes> any(FileType... types) throws IOException {
    List<PathBytes> all = entries(types);
    return all.isEmpty() ? Optional.empty() : Optional.of(all.get(random.nextInt(all.size())));
  }

  private PathBytes fresh() throws IOException {
    List<PathBytes> all = entries(FileType.DIRECTORY);
    int at = random.nextInt(all.size() + 1);
    PathBytes in = at == all.size() ? PathBytes.EMPTY : all.get(at);
    // Few names, so that they are given again.
    return in.resolve("n" + random.nextInt(12));
  }

  /** One change; nothing where there is nothing to change. */
  public void step() throws IOException {
    PathBytes to = fresh();
    Optional<PathBytes> file = any(FileType.REGULAR);
    Optional<PathBytes> some = any(FileType.REGULAR, FileType.DIRECTORY, FileType.SYMLINK);
    boolean isFree;
    try (PosixDirectory in = tree.openDirectory(at(to.parent()))) {
      isFree = in.find(to.name()).isEmpty();
      int kind = random.nextInt(16);
      if (isFree && kind < 7) {
        switch (kind) {
          case 0, 1, 2 -> write(to, 1 + random.nextInt(300));
          case 3, 4 -> in.makeDirectory(to.name(), 0755);
          case 5 -> in.makeSymlink(to.name(), PathBytes.of("x" + number++));
          default -> in.makeNode(to.name(), FileType.FIFO, 0600, 0);
        }
        return;
      }
      switch (kind) {
        case 7, 8, 9 -> {
          if (some.isPresent() && isFree && !to.isAtOrBelow(some.get())) {
            rename(some.get(), to, RenameMode.NO_REPLACE);
          }
        }
        case 10 -> {
          if (file.isPresent() && isFree) {
            link(file.get(), to);
          }
        }
        case 11 -> {
          if (some.isPresent()) {
            removeAll(some.get());
          }
        }
        case 12 -> {
          // Replaces by a rename, as editors do; or the same name anew.
          if (file.isPresent()) {
            PathBytes beside = file.get().parent().resolve(".new" + number++);
            write(beside, 20);
            rename(beside, file.get(), RenameMode.REPLACE);
          }
        }
        case 13 -> {
          if (file.isPresent()) {
            unlink(file.get());
            write(file.get(), 1 + random.nextInt(300));
          }
        }
        case 14 -> attributes(file);
        default -> {
          if (file.isPresent()) {
            write(file.get(), 1 + random.nextInt(600));
          }
        }
      }
    }
  }

  private void attributes(Optional<PathBytes> file) throws IOException {
    Optional<PathBytes> with = random.nextBoolean() ? file : any(FileType.DIRECTORY);
    if (with.isPresent()) {
      switch (random.nextInt(4)) {
        case 0 -> setMode(with.get(), 0700 | random.nextInt(077));
        case 1 -> setTime(with.get(), new FileTime(random.nextInt(1 << 30), 0));
        case 2 -> setXattr(with.get(), "v" + number++);
        default -> {
          if (file.isPresent()) {
            try (PosixFile open = tree.openFile(at(file.get()), Set.of(OpenFlag.WRITE))) {
              open.truncate(random.nextInt(50));
            }
          }
        }
      }
    }
  }
}
