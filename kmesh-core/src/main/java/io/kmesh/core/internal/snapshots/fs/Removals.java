// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Facts;
import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.Map;

/** Plans the removal of what the copy removed, entry by entry, unless the other changed it. */
final class Removals {
  private final Volume ours;
  private final SnapshotVolume base;
  private final Volume theirs;
  private final Branch.Likeness likeness;
  private final Map<PathBytes, PathBytes> renames;
  private final MergeDraft draft;
  private final Retrier.Check check;

  /**
   * Removals.
   *
   * @param renames what goes elsewhere, by where it is before
   */
  Removals(
      Volume ours,
      SnapshotVolume base,
      Branch theirs,
      Map<PathBytes, PathBytes> renames,
      MergeDraft draft,
      Retrier.Check check) {
    this.ours = ours;
    this.base = base;
    this.theirs = theirs.tree();
    this.likeness = theirs.likeness();
    this.renames = renames;
    this.draft = draft;
    this.check = check;
  }

  /**
   * Plans that an entry of the snapshot goes.
   *
   * @param place where it is
   * @param path what the copy calls it
   */
  void remove(PathBytes place, PathBytes path) throws IOException {
    SnapshotVolume.Entry before = base.at(place);
    Volume.Node there = theirs.at(place);
    if (before != null
        && there != null
        && !isReplaced(before, there, place, path)
        && remove(before, there, place, path)) {
      draft.vacate(place);
    }
  }

  /** Whether something else is there on both sides: that is compared, and nothing removed. */
  private boolean isReplaced(
      SnapshotVolume.Entry before, Volume.Node there, PathBytes place, PathBytes path)
      throws IOException {
    Volume.Node mine = draft.place(path).equals(place) ? ours.at(path) : null;
    if (mine == null || ours.facts(mine).type() != theirs.facts(there).type()) {
      return false;
    }
    return base.facts(before).type() != theirs.facts(there).type()
        || Contents.areEqualTrees(ours, mine, theirs, there);
  }

  private boolean remove(
      SnapshotVolume.Entry before, Volume.Node there, PathBytes place, PathBytes path)
      throws IOException {
    check.run();
    if (renames.containsKey(place)) {
      return true;
    }
    Facts facts = theirs.facts(there);
    Facts old = base.facts(before);
    if (!facts.isDirectory() || !old.isDirectory()) {
      boolean isSame =
          facts.type() == old.type()
              && Meta.of(base, before).isLike(Meta.of(theirs, there))
              && isSameEntry(before, old, there, facts);
      if (!isSame) {
        return conflict(CopyConflict.Kind.REMOVED_AND_CHANGED, old, facts, place, path);
      }
      draft.remove(MergeStep.remove(place, place, facts));
      return true;
    }
    boolean goes =
        Meta.of(base, before).isLike(Meta.of(theirs, there))
            || draft.conflict(CopyConflict.Kind.REMOVED_AND_CHANGED, path, old, null, facts)
                == CopyConflict.Result.OURS;
    if (goes && likeness.isTreeOf(before, there) && renames.isEmpty()) {
      draft.remove(MergeStep.removeTree(place, facts));
      return true;
    }
    if (!removeBelow(before, there, place, path) || !goes) {
      return false;
    }
    draft.remove(MergeStep.remove(place, place, facts));
    return true;
  }

  private boolean isSameEntry(
      SnapshotVolume.Entry before, Facts old, Volume.Node there, Facts facts) throws IOException {
    if (!old.mtime().equals(facts.mtime()) || old.size() != facts.size()) {
      return false;
    }
    return Contents.isFile(old)
        ? likeness.hasBytesOf(before, there)
        : Contents.areEqual(base, before, theirs, there);
  }

  private boolean removeBelow(
      SnapshotVolume.Entry before, Volume.Node there, PathBytes place, PathBytes path)
      throws IOException {
    boolean isEmptied = true;
    Volume.Names names = theirs.names(there);
    for (PathBytes name = names.next(); name != null; name = names.next()) {
      Volume.Node below = theirs.find(there, name);
      if (below == null) {
        continue;
      }
      SnapshotVolume.Entry old = base.find(before, name);
      PathBytes at = place.resolve(name);
      isEmptied &=
          old != null
              ? remove(old, below, at, path.resolve(name))
              : conflict(
                  CopyConflict.Kind.NOT_EMPTY, null, theirs.facts(below), at, path.resolve(name));
    }
    return isEmptied;
  }

  /** Notes a conflict; true when the entry goes all the same. */
  private boolean conflict(
      CopyConflict.Kind kind,
      @org.jspecify.annotations.Nullable Facts old,
      Facts there,
      PathBytes place,
      PathBytes path) {
    if (draft.conflict(kind, path, old, null, there) != CopyConflict.Result.OURS) {
      return false;
    }
    draft.remove(MergeStep.removeTree(place, there));
    return true;
  }
}
