// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.snapshots.OpenSnapshot;
import io.kmesh.core.internal.snapshots.TreeVisit;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What changed from one snapshot to another, as copies of stubs show them: without the files whose
 * bytes are in an archive only, which such a copy lacks.
 */
final class StubSnapshots {
  private final List<CopyChange> changes = new ArrayList<>();
  private @Nullable PathBytes removed;

  private StubSnapshots() {}

  /** The changes, each directory before what is in it. */
  static List<CopyChange> changes(OpenSnapshot older, OpenSnapshot newer) throws IOException {
    StubSnapshots found = new StubSnapshots();
    TreeVisit.diff(
        older, newer, (path, kind, before, after) -> found.add(path, shown(before), shown(after)));
    return found.changes;
  }

  /** The newer snapshot beside the older one. */
  static Branch branch(SnapshotVolume base, SnapshotVolume newer) {
    return new Branch(newer, new Released(new NewerSnapshot(base, newer)));
  }

  /** Whether a copy of stubs lacks an entry. */
  static boolean isLeftOut(TreeNode node) {
    return node.content() instanceof Content.Reference;
  }

  /** An entry and whether its bytes were released since the snapshot before. */
  private record Shown(TreeNode node, boolean isLeftOut) {}

  private static @Nullable Shown shown(@Nullable TreeNode node) {
    return node == null ? null : new Shown(node, isLeftOut(node));
  }

  private void add(PathBytes path, @Nullable Shown before, @Nullable Shown after) {
    boolean wasThere = before != null && !before.isLeftOut();
    boolean stays = after != null && (!after.isLeftOut() || isReleasedSince(before, after));
    boolean isAlike = before != null && after != null && isShownAlike(before.node(), after.node());
    if (wasThere && stays && isAlike) {
      return;
    }
    boolean isSameType =
        before != null && after != null && before.node().type() == after.node().type();
    if (wasThere && stays && isSameType) {
      changes.add(new CopyChange(CopyChange.Kind.CHANGED, path, path));
      return;
    }
    if (wasThere && (removed == null || !path.isAtOrBelow(removed))) {
      changes.add(new CopyChange(CopyChange.Kind.REMOVED, path, path));
      removed = path;
    }
    if (stays) {
      changes.add(new CopyChange(CopyChange.Kind.ADDED, path, null));
    }
  }

  /** Whether a file has the bytes that it had, by its stamps. */
  private static boolean isReleasedSince(@Nullable Shown before, Shown after) {
    return before != null && !before.isLeftOut() && isStampedAlike(before.node(), after.node());
  }

  /** Whether copies show a file with one name alike: of its HSM state and layout they show none. */
  private static boolean isShownAlike(TreeNode before, TreeNode after) {
    return before.type() == FileType.REGULAR
        && !before.isLinked()
        && !after.isLinked()
        && isStampedAlike(before, after)
        && (isLeftOut(after) || before.content().equals(after.content()))
        && before.mode() == after.mode()
        && before.uid() == after.uid()
        && before.gid() == after.gid()
        && SnapshotVolume.shown(before).equals(SnapshotVolume.shown(after));
  }

  private static boolean isStampedAlike(TreeNode before, TreeNode after) {
    return before.type() == after.type()
        && before.size() == after.size()
        && before.mtime().equals(after.mtime());
  }

  /** Takes a file that was released since for unchanged: its stub has the bytes. */
  private record Released(NewerSnapshot likeness) implements Branch.Likeness {
    @Override
    public boolean hasBytesOf(SnapshotVolume.Entry base, Volume.Node file) throws IOException {
      TreeNode now = ((SnapshotVolume.Entry) file).node();
      return (isLeftOut(now) && SnapshotVolume.hasBytes(base))
          ? isStampedAlike(base.node(), now)
          : likeness.hasBytesOf(base, file);
    }

    @Override
    public boolean isTreeOf(SnapshotVolume.Entry base, Volume.Node directory) {
      return likeness.isTreeOf(base, directory);
    }
  }
}
