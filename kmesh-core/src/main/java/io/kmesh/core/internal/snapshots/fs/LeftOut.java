// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.snapshots.ArchiveReference;
import io.kmesh.core.internal.snapshots.ArchivedContents;
import io.kmesh.core.internal.snapshots.OpenSnapshot;
import io.kmesh.core.internal.snapshots.SnapshotProblem;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the files that a copy lacks of its snapshot, as that has no bytes of them, and says where
 * these are. Looks at all directories of the snapshot. For one thread.
 */
public final class LeftOut {
  private final SnapshotVolume snapshot;
  private final @Nullable Volume copy;
  private final ArchivedContents contents;
  private final Retrier.Check check;

  /**
   * The files that a copy lacks.
   *
   * @param copy where a file that is there is not lacking; null when none can be
   * @param contents of the snapshot's repository
   */
  LeftOut(
      SnapshotVolume snapshot,
      @Nullable Volume copy,
      ArchivedContents contents,
      Retrier.Check check) {
    this.snapshot = snapshot;
    this.copy = copy;
    this.contents = contents;
    this.check = check;
  }

  /** The files whose bytes a snapshot has not. */
  public LeftOut(OpenSnapshot shown, ChunkCache cache, ArchivedContents contents) {
    this(new SnapshotVolume(shown, cache), null, contents, Retrier.Check.NONE);
  }

  /** Tells them in the order of the walk. */
  public void find(Consumer<SnapshotProblem> visitor) throws IOException {
    find(snapshot.root(), visitor);
  }

  private void find(SnapshotVolume.Entry directory, Consumer<SnapshotProblem> visitor)
      throws IOException {
    check.run();
    Volume.Names names = snapshot.names(directory);
    for (PathBytes name = names.next(); name != null; name = names.next()) {
      SnapshotVolume.Entry entry = snapshot.find(directory, name);
      if (entry == null) {
        continue;
      }
      if (entry.node().content() instanceof Content.Directory) {
        find(entry, visitor);
      } else if (StubSnapshots.isLeftOut(entry.node())
          && (copy == null || copy.at(entry.path()) == null)) {
        visitor.accept(problem(contents, entry));
      }
    }
  }

  /** Why a file is left out, and what to do. */
  static SnapshotProblem problem(ArchivedContents contents, SnapshotVolume.Entry entry)
      throws IOException {
    return new SnapshotProblem(entry.path(), "is left out: " + reason(contents, entry.node()));
  }

  private static String reason(ArchivedContents contents, TreeNode node) throws IOException {
    byte[] stored = ((Content.Reference) node.content()).reference();
    ArchivedContents.Found found;
    try {
      found = contents.find(node, ArchiveReference.read(stored));
    } catch (ProviderException e) {
      return String.valueOf(e.getMessage());
    }
    return found.archivedOrNull() == null
        ? found.reason()
        : "the repository has its content by now, and the snapshot does not keep it. Take another"
            + " snapshot, which does, and refresh the copy to it.";
  }
}
