// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

import io.kmesh.core.internal.nio.KmeshFileSystem;
import io.kmesh.core.internal.snapshots.PosixGate;
import io.kmesh.core.internal.snapshots.fs.ConflictPolicy;
import io.kmesh.core.internal.snapshots.fs.ReverseSync;
import io.kmesh.core.internal.snapshots.fs.SyncResult;
import io.kmesh.core.internal.snapshots.fs.VirtualCopy;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A virtual copy that is open, to read and to write. Thread-safe. */
public final class CopyReader implements AutoCloseable {
  private final VirtualCopy copy;

  CopyReader(VirtualCopy copy) {
    this.copy = copy;
  }

  /** Its id: 16 hexadecimal digits. */
  public String id() {
    return copy.id();
  }

  /** The id of the snapshot that it shows. */
  public String snapshot() {
    return copy.snapshot();
  }

  /** Its file system; closing it closes the copy. */
  public FileSystem fileSystem() {
    return copy.fileSystem();
  }

  /** An entry of its file system by its path of any bytes below the top. */
  public Path path(PathBytes path) {
    return ((KmeshFileSystem) copy.fileSystem()).path(PathBytes.of("/").resolve(path));
  }

  /** The bytes of the path of an entry, below the top. */
  public static PathBytes bytesOf(Path path) {
    PathBytes all = KmeshFileSystem.bytesOf(path);
    boolean isAbsolute = all.length() > 0 && all.at(0) == '/';
    return isAbsolute ? PathBytes.of(all.toBytes(), 1, all.length() - 1) : all;
  }

  /** What differs from the snapshot, found while the stream is used. */
  public Stream<CopyDifference> changes() {
    return copy.changes().map(CopyDifference::of);
  }

  /**
   * What {@link #reverseSync} would do now; changes nothing.
   *
   * @param tree stays the caller's
   * @throws io.kmesh.spi.ProviderException UNSUPPORTED for a tree on a Lustre, whose released files
   *     can't be told here
   */
  public CopySyncPlan planReverseSync(PosixTree tree, CopyConflictPolicy policy, SnapshotWork work)
      throws IOException {
    return CopySyncPlan.of(sync(tree, policy).plan(work.check()));
  }

  /**
   * Brings the changes to the tree that the snapshot was taken of, or to a restore of it, where
   * that did not change otherwise. What was cut goes on when it is called again. The copy stays as
   * it is: refresh it to a snapshot that is taken afterwards.
   *
   * @param tree stays the caller's
   */
  public CopySyncReport reverseSync(PosixTree tree, CopyConflictPolicy policy, SnapshotWork work)
      throws IOException {
    SyncResult r = sync(tree, policy).apply(work.check());
    return new CopySyncReport(
        CopySyncPlan.of(r.plan()),
        r.steps(),
        r.movedBytes(),
        r.conflicts().stream().map(CopyConflictEntry::of).toList(),
        r.problems().stream().map(p -> new SnapshotWork.Problem(p.path(), p.reason())).toList());
  }

  private ReverseSync sync(PosixTree tree, CopyConflictPolicy policy) {
    return copy.reverseSync(tree, new PosixGate(), ConflictPolicy.valueOf(policy.name()));
  }

  @Override
  public void close() throws IOException {
    copy.close();
  }
}
