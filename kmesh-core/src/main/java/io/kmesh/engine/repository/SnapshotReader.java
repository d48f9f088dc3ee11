// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.snapshots.OpenSnapshot;
import io.kmesh.core.internal.snapshots.PathGlob;
import io.kmesh.core.internal.snapshots.RestorePlanner;
import io.kmesh.core.internal.snapshots.TreeRestore;
import io.kmesh.core.internal.snapshots.TreeVisit;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A snapshot that is read; what it has stays while it is open. Thread-safe. */
public final class SnapshotReader implements AutoCloseable {
  private final OpenSnapshot snapshot;

  SnapshotReader(OpenSnapshot snapshot) {
    this.snapshot = snapshot;
  }

  /** What it says of itself. */
  public SnapshotInfo info() {
    return SnapshotInfo.of(snapshot.manifest());
  }

  /**
   * The entry at a path; the top for the empty one.
   *
   * @throws io.kmesh.spi.ProviderException NOT_FOUND when there is none
   */
  public SnapshotEntry at(PathBytes path) throws IOException {
    return SnapshotEntry.of(path, snapshot.at(path));
  }

  /** Told of entries. */
  @FunctionalInterface
  public interface Visitor {
    /** An entry; a directory comes before what is in it. */
    void entry(SnapshotEntry entry) throws IOException;
  }

  /** The entries of the directory at a path, in the order of their names' bytes. */
  public void list(PathBytes path, Visitor visitor) throws IOException {
    TreeVisit.list(snapshot, path, (at, node) -> visitor.entry(SnapshotEntry.of(at, node)));
  }

  /** All entries below a path. */
  public void walk(PathBytes path, Visitor visitor) throws IOException {
    TreeVisit.walk(snapshot, path, (at, node) -> visitor.entry(SnapshotEntry.of(at, node)));
  }

  /**
   * All entries that fit a glob: without a slash it is compared with names, else with paths.
   *
   * @throws IllegalArgumentException when it can't be understood
   */
  public void find(String glob, Visitor visitor) throws IOException {
    PathGlob wanted = PathGlob.of(glob);
    TreeVisit.walk(
        snapshot,
        PathBytes.EMPTY,
        (at, node) -> {
          if (wanted.fits(at)) {
            visitor.entry(SnapshotEntry.of(at, node));
          }
        });
  }

  /** Told of differences. */
  @FunctionalInterface
  public interface DiffVisitor {
    /** A difference. */
    void change(SnapshotChange change) throws IOException;
  }

  /** What a newer snapshot of the same repository has otherwise; equal subtrees are not read. */
  public void diff(SnapshotReader newer, DiffVisitor visitor) throws IOException {
    TreeVisit.diff(
        snapshot,
        newer.snapshot,
        (path, kind, before, after) -> visitor.change(change(path, kind, before, after)));
  }

  private static SnapshotChange change(
      PathBytes path,
      TreeVisit.Difference kind,
      @Nullable TreeNode before,
      @Nullable TreeNode after) {
    TreeNode one = Objects.requireNonNull(after == null ? before : after);
    return new SnapshotChange(
        path,
        SnapshotChange.Kind.valueOf(kind.name()),
        one.type(),
        before == null ? 0 : before.size(),
        after == null ? 0 : after.size());
  }

  /**
   * Writes what is at a path of it into a directory: a directory's entries, anything else under its
   * own name. Every chunk is verified before a byte of it is written.
   */
  public void restore(PathBytes path, PosixTree target, RestoreConflict conflict, SnapshotWork work)
      throws IOException {
    snapshot.restore(
        path,
        target,
        conflict == RestoreConflict.REPLACE
            ? TreeRestore.Overwrite.CHANGED
            : TreeRestore.Overwrite.NEVER,
        work.tally(),
        work.check());
  }

  /**
   * What {@link #restore} with REPLACE would do; nothing is changed. Files of the same size and
   * time count as unchanged.
   *
   * @param target the directory; null when it is not there
   */
  public RestorePreview plan(PathBytes path, @Nullable PosixTree target, SnapshotWork work)
      throws IOException {
    RestorePlanner.Found found = new RestorePlanner(snapshot, work.check()).plan(path, target);
    return new RestorePreview(
        List.copyOf(found.steps()), found.unchanged(), found.extra(), found.bytes());
  }

  @Override
  public void close() throws IOException {
    snapshot.close();
  }
}
