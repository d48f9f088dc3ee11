// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Facts;
import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.repository.tree.Extent;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.SyncMode;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes entries of a copy in a hidden directory at the top of a tree, complete and durable, and
 * renames them to their places. A directory in which entries are replaced, or the hidden one lies,
 * keeps its time: its names are the same. For one thread.
 */
final class StagedEntries implements Closeable {
  private static final Set<OpenFlag> NEW =
      Set.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.EXCLUSIVE);

  private final TreeVolume theirs;
  private final PathBytes hidden;
  private final Branch ours;
  private final SnapshotVolume base;
  private final EntrySetter setter;
  private final Retrier.Check check;
  private final @Nullable StagedStubs stubs;
  private @Nullable PosixDirectory open;
  private long moved;
  private int number;

  StagedEntries(
      TreeVolume theirs,
      PathBytes hidden,
      Branch ours,
      SnapshotVolume base,
      EntrySetter setter,
      Retrier.Check check) {
    this(theirs, hidden, ours, base, setter, check, null);
  }

  /**
   * The same.
   *
   * @param stubs makes files as stubs; null to write them
   */
  StagedEntries(
      TreeVolume theirs,
      PathBytes hidden,
      Branch ours,
      SnapshotVolume base,
      EntrySetter setter,
      Retrier.Check check,
      @Nullable StagedStubs stubs) {
    this.theirs = theirs;
    this.hidden = hidden;
    this.ours = ours;
    this.base = base;
    this.setter = setter;
    this.check = check;
    this.stubs = stubs;
  }

  /** Bytes that came from the copy. */
  long moved() {
    return moved;
  }

  /** Makes the hidden directory, or empties that of a run that was cut. */
  void begin(List<MergeStep> steps) throws IOException {
    try (PosixDirectory top = theirs.tree().openRoot()) {
      if (top.find(hidden).isEmpty()) {
        keepingTime(top, () -> top.makeDirectory(hidden, 0700));
      }
      PosixDirectory directory = top.openDirectory(hidden);
      open = directory;
      Trees.empty(directory);
      if (stubs != null) {
        stubs.prepare(steps, directory);
      }
    }
  }

  private PosixDirectory directory() {
    PosixDirectory directory = open;
    if (directory == null) {
      throw new IllegalStateException("Nothing was begun.");
    }
    return directory;
  }

  private PathBytes name() {
    return PathBytes.of("entry-" + number++);
  }

  /**
   * Makes an empty directory at its place, durable before anything comes into it: with its name
   * what was renamed into it would be lost, here.
   */
  void placeDirectory(MergeStep step, Meta meta) throws IOException {
    PathBytes name = name();
    directory().makeDirectory(name, 0700);
    try (PosixDirectory made = directory().openDirectory(name)) {
      setter.set(made, meta, step.path());
      made.sync(SyncMode.ALL);
    }
    place(name, step.path(), RenameMode.NO_REPLACE);
    try (PosixDirectory parent = theirs.tree().openDirectory(step.path().parent())) {
      parent.sync(SyncMode.ALL);
    }
  }

  private void place(PathBytes name, PathBytes path, RenameMode mode) throws IOException {
    try (PosixDirectory parent = theirs.tree().openDirectory(path.parent())) {
      place(name, parent, path.name(), mode);
    }
  }

  private void place(PathBytes name, PosixDirectory parent, PathBytes as, RenameMode mode)
      throws IOException {
    if (mode == RenameMode.REPLACE) {
      keepingTime(parent, () -> directory().rename(name, parent, as, mode));
    } else {
      directory().rename(name, parent, as, mode);
    }
  }

  private interface Call {
    void run() throws IOException;
  }

  private static void keepingTime(PosixDirectory directory, Call call) throws IOException {
    FileStat before = directory.stat();
    call.run();
    try {
      directory.setTimes(before.atime(), before.mtime());
    } catch (ProviderException e) {
      // Somebody else's directory keeps what the kernel gave it.
      if (!EntrySetter.isDenied(e)) {
        throw e;
      }
    }
  }

  /** Asked right before an entry takes the place of another. */
  @FunctionalInterface
  interface Recheck {
    boolean isAsPlanned() throws IOException;
  }

  /** Writes an entry and puts it in its place; false when that changed meanwhile. */
  boolean place(MergeStep step, Meta meta, TreeVolume.@Nullable Place there, Recheck recheck)
      throws IOException {
    PathBytes source = Optional.ofNullable(step.source()).orElseThrow();
    Volume.Node node = Optional.ofNullable(ours.tree().at(source)).orElseThrow();
    Facts facts = ours.tree().facts(node);
    PathBytes stub = stubs == null ? null : stubs.name(step);
    PathBytes name = stub == null ? name() : stub;
    switch (facts.type()) {
      case REGULAR -> {
        if (stub == null) {
          write(name, step, node, facts, meta, there);
        } else {
          try (PosixFile file = directory().openFile(name, Set.of(OpenFlag.READ))) {
            setter.set(file, meta, step.path());
          }
        }
      }
      case SYMLINK -> directory().makeSymlink(name, ours.tree().target(node));
      default -> directory().makeNode(name, facts.type(), 0600, facts.rdev());
    }
    if (!Contents.isFile(facts)) {
      setter.set(directory(), name, facts.type(), meta, step.path());
    }
    if (!recheck.isAsPlanned()) {
      directory().unlink(name);
      return false;
    }
    place(name, step.path(), there == null ? RenameMode.NO_REPLACE : RenameMode.REPLACE);
    return true;
  }

  private void write(
      PathBytes name,
      MergeStep step,
      Volume.Node node,
      Facts facts,
      Meta meta,
      TreeVolume.@Nullable Place there)
      throws IOException {
    SnapshotVolume.Entry before = step.base() == null ? null : base.at(step.base());
    List<Extent> own =
        step.isPartial() && before != null && there != null
            ? ours.likeness().changes(before, node, facts.size())
            : List.of(new Extent(0, facts.size()));
    try (PosixFile file = directory().openFile(name, NEW)) {
      file.truncate(facts.size());
      try (Volume.Bytes bytes = ours.tree().content(node)) {
        for (Extent extent : own) {
          copy(bytes, extent.offset(), extent.offset() + extent.length(), file);
          moved += extent.length();
        }
      }
      if (there != null && step.isPartial()) {
        keep(there, own, facts.size(), file);
      }
      setter.set(file, meta, step.path());
      file.sync(SyncMode.ALL);
    }
  }

  private void copy(Volume.Bytes bytes, long from, long to, PosixFile file) throws IOException {
    Contents.copy(bytes, from, to, check, file::write);
  }

  /** What the copy did not write the tree's file has. */
  private void keep(TreeVolume.Place there, List<Extent> own, long size, PosixFile file)
      throws IOException {
    try (Volume.Bytes bytes = theirs.content(there)) {
      long at = 0;
      for (Extent extent : own) {
        copy(bytes, at, extent.offset(), file);
        at = extent.offset() + extent.length();
      }
      copy(bytes, at, size, file);
    }
  }

  /** Makes one more name of a file. */
  void placeLink(PathBytes existing, PathBytes path, @Nullable FileStat there) throws IOException {
    try (PosixDirectory from = theirs.tree().openDirectory(existing.parent());
        PosixDirectory to = theirs.tree().openDirectory(path.parent())) {
      if (there == null) {
        from.link(existing.name(), to, path.name());
        return;
      }
      PathBytes name = name();
      from.link(existing.name(), directory(), name);
      place(name, to, path.name(), RenameMode.REPLACE);
    }
  }

  /** Removes the hidden directory. */
  void end() throws IOException {
    Trees.empty(directory());
    directory().sync(SyncMode.ALL);
    close();
    try (PosixDirectory top = theirs.tree().openRoot()) {
      keepingTime(top, () -> top.removeDirectory(hidden));
      top.sync(SyncMode.ALL);
    }
  }

  @Override
  public void close() throws IOException {
    PosixDirectory directory = open;
    open = null;
    if (directory != null) {
      directory.close();
    }
  }
}
