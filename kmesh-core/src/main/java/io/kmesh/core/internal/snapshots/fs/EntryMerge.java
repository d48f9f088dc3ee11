// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Facts;
import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.repository.tree.Extent;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Compares one entry in three ways, attribute by attribute. For one thread. */
final class EntryMerge {
  private final Volume ours;
  private final Branch.Likeness oursLikeness;
  private final SnapshotVolume base;
  private final Volume theirs;
  private final Branch.Likeness theirsLikeness;
  private final MergeRules rules;
  private final MergeDraft draft;

  EntryMerge(Branch ours, SnapshotVolume base, Branch theirs, MergeRules rules, MergeDraft draft) {
    this.ours = ours.tree();
    this.oursLikeness = ours.likeness();
    this.base = base;
    this.theirs = theirs.tree();
    this.theirsLikeness = theirs.likeness();
    this.rules = rules;
    this.draft = draft;
  }

  /** Whether an entry of the other tree is the one that the copy renamed, or equal to it. */
  boolean isRenamed(SnapshotVolume.Entry before, Volume.Node node, Volume.Node there)
      throws IOException {
    Facts old = base.facts(before);
    Facts facts = theirs.facts(there);
    return old.type() == facts.type()
        && (old.inode() == facts.inode() || Contents.areEqualTrees(ours, node, theirs, there));
  }

  /** Whether the other's entry, of the same type, holds what the snapshot's does. */
  private boolean isSame(SnapshotVolume.Entry before, Volume.Node there) throws IOException {
    Facts old = base.facts(before);
    if (old.isDirectory()) {
      return true;
    }
    return Contents.isFile(old)
        ? theirsLikeness.hasBytesOf(before, there)
        : Contents.areEqual(base, before, theirs, there);
  }

  /** Whether the copy's entry, of the same type, holds what the snapshot's does. */
  private boolean isUnchanged(SnapshotVolume.Entry before, Volume.Node node) throws IOException {
    Facts old = base.facts(before);
    if (old.isDirectory()) {
      return true;
    }
    return Contents.isFile(old)
        ? oursLikeness.hasBytesOf(before, node)
        : Contents.areEqual(base, before, ours, node);
  }

  /** Plans that an entry of the other tree goes, with all in it. Always true. */
  boolean clear(PathBytes place, Volume.@Nullable Node there) throws IOException {
    if (there != null) {
      draft.remove(MergeStep.removeTree(place, theirs.facts(there)));
      draft.vacate(place);
    }
    return true;
  }

  /** Plans that an entry of the copy is written where nothing is. */
  void write(PathBytes path, Volume.Node node) throws IOException {
    write(path, path, node, null, Meta.of(ours, node));
  }

  private void write(
      PathBytes path, PathBytes source, Volume.Node node, @Nullable Facts there, Meta meta)
      throws IOException {
    Facts mine = ours.facts(node);
    long bytes = Contents.isFile(mine) ? mine.size() : 0;
    draft.write(new MergeStep(MergeStep.Kind.WRITE, path, source, null, there, meta, bytes, false));
  }

  /** Plans a new entry that is no directory. Returns whether the copy's is there in the end. */
  boolean add(PathBytes path, Volume.Node node, PathBytes place, Volume.@Nullable Node there)
      throws IOException {
    if (there == null) {
      write(path, node);
      return true;
    }
    Meta mine = Meta.of(ours, node);
    Meta other = Meta.of(theirs, there);
    if (Contents.areEqual(ours, node, theirs, there)) {
      boolean differsByOwner =
          mine.mode() == other.mode()
              && mine.hasAttributesOf(other)
              && mine.mtime().equals(other.mtime());
      if (mine.isLike(other) && differsByOwner) {
        return true;
      }
      if (differsByOwner) {
        // Written by one who may not give files away.
        draft.write(MergeStep.attributes(path, place, theirs.facts(there), mine));
        return true;
      }
    }
    return settle(CopyConflict.Kind.BOTH_ADDED, path, node, null, place, there);
  }

  /** Plans a new directory. Returns whether there is one in the end. */
  boolean addDirectory(
      PathBytes path, Volume.Node node, PathBytes place, Volume.@Nullable Node there)
      throws IOException {
    Meta mine = Meta.of(ours, node);
    if (there == null) {
      draft.restructure(MergeStep.makeDirectory(path, mine));
      return true;
    }
    if (theirs.facts(there).isDirectory()) {
      if (!mine.isLike(Meta.of(theirs, there))
          && conflict(CopyConflict.Kind.BOTH_ADDED, path, node, null, there)
              == CopyConflict.Result.OURS) {
        draft.write(MergeStep.attributes(path, place, theirs.facts(there), mine));
      }
      return true;
    }
    return settle(CopyConflict.Kind.BOTH_ADDED, path, node, null, place, there);
  }

  private CopyConflict.Result conflict(
      CopyConflict.Kind kind,
      PathBytes path,
      Volume.Node node,
      SnapshotVolume.@Nullable Entry before,
      Volume.@Nullable Node there)
      throws IOException {
    return draft.conflict(
        kind,
        path,
        before == null ? null : base.facts(before),
        ours.facts(node),
        there == null ? null : theirs.facts(there));
  }

  /** Notes a conflict of a whole entry and plans how it ends. */
  private boolean settle(
      CopyConflict.Kind kind,
      PathBytes path,
      Volume.Node node,
      SnapshotVolume.@Nullable Entry before,
      PathBytes place,
      Volume.@Nullable Node there)
      throws IOException {
    CopyConflict.Result result = conflict(kind, path, node, before, there);
    if (result == CopyConflict.Result.BOTH) {
      beside(path, node);
    }
    if (result != CopyConflict.Result.OURS) {
      return false;
    }
    Facts facts = there == null ? null : theirs.facts(there);
    boolean isDirectory = ours.facts(node).isDirectory();
    if (there != null && (isDirectory || theirs.facts(there).isDirectory())) {
      clear(place, there);
      facts = null;
    }
    if (isDirectory) {
      draft.moved.put(path, path);
      draft.restructure(MergeStep.makeDirectory(path, Meta.of(ours, node)));
    } else {
      write(path, path, node, facts, Meta.of(ours, node));
    }
    return true;
  }

  /** Plans the copy's entry under another name, unless one of that name is there. */
  private void beside(PathBytes path, Volume.Node node) throws IOException {
    PathBytes other = rules.beside(path);
    if (theirs.at(draft.place(other)) == null) {
      write(other, path, node, null, Meta.of(ours, node));
    }
  }

  /**
   * Plans the copy's changes of an entry of the snapshot.
   *
   * @return whether an entry of the copy's type is there in the end
   */
  boolean merge(PathBytes path, Volume.Node node, SnapshotVolume.Entry before, PathBytes place)
      throws IOException {
    Volume.Node there = draft.find(path);
    if (there == null) {
      return settle(CopyConflict.Kind.CHANGED_AND_REMOVED, path, node, before, place, null);
    }
    Facts mine = ours.facts(node);
    Facts facts = theirs.facts(there);
    if (facts.type() != mine.type()) {
      return settle(CopyConflict.Kind.TYPE, path, node, before, place, there);
    }
    boolean isOurs = !isUnchanged(before, node);
    boolean isTheirs = !isSame(before, there);
    boolean isBoth = isOurs && isTheirs && Contents.areEqual(ours, node, theirs, there);
    if (isOurs && isTheirs && !isBoth && Contents.areEqual(base, before, ours, node)) {
      isOurs = false; // Was written with the bytes that it had.
    }
    Meta meta = merged(before, node, there, isOurs && !isTheirs);
    if (meta == null || (isOurs && isTheirs && !isBoth)) {
      if (mine.isDirectory()) {
        if (conflict(CopyConflict.Kind.BOTH_CHANGED, path, node, before, there)
            == CopyConflict.Result.OURS) {
          draft.write(MergeStep.attributes(path, before.path(), facts, Meta.of(ours, node)));
        }
        return true;
      }
      return settle(CopyConflict.Kind.BOTH_CHANGED, path, node, before, place, there);
    }
    if (isOurs && !isBoth) {
      writeOver(path, node, before, facts, meta);
    } else if (!meta.isLike(Meta.of(theirs, there))
        || (!mine.isDirectory() && !meta.mtime().equals(facts.mtime()))) {
      draft.write(MergeStep.attributes(path, before.path(), facts, meta));
    }
    return true;
  }

  private void writeOver(
      PathBytes path, Volume.Node node, SnapshotVolume.Entry before, Facts there, Meta meta)
      throws IOException {
    Facts mine = ours.facts(node);
    List<Extent> changes =
        Contents.isFile(mine) ? oursLikeness.changes(before, node, mine.size()) : List.of();
    long bytes = changes.stream().mapToLong(Extent::length).sum();
    boolean isPartial = Contents.isFile(mine) && bytes < mine.size();
    draft.write(
        new MergeStep(
            MergeStep.Kind.WRITE, path, path, before.path(), there, meta, bytes, isPartial));
  }

  /** The attributes with both sides' changes; null when they are at odds. */
  private @Nullable Meta merged(
      SnapshotVolume.Entry before, Volume.Node node, Volume.Node there, boolean isWritten)
      throws IOException {
    Meta old = Meta.of(base, before);
    Meta mine = Meta.of(ours, node);
    Meta other = Meta.of(theirs, there);
    boolean isDirectory = ours.facts(node).isDirectory();
    if (areAtOdds(old.mode(), mine.mode(), other.mode())
        || (!mine.hasOwnerOf(old) && !other.hasOwnerOf(old) && !mine.hasOwnerOf(other))) {
      return null;
    }
    boolean isTouched = !mine.mtime().equals(old.mtime());
    boolean isTouchedThere = !other.mtime().equals(old.mtime());
    if (!isDirectory
        && !isWritten
        && isTouched
        && isTouchedThere
        && !mine.mtime().equals(other.mtime())
        && isSame(before, there)) {
      return null;
    }
    FileTime mtime = isTouched && (isWritten || !isTouchedThere) ? mine.mtime() : other.mtime();
    Map<PathBytes, byte[]> attributes = new TreeMap<>(other.attributes());
    TreeSet<PathBytes> names = new TreeSet<>(old.attributes().keySet());
    names.addAll(mine.attributes().keySet());
    for (PathBytes name : names) {
      byte[] was = old.attribute(name);
      byte[] is = mine.attribute(name);
      byte[] now = other.attribute(name);
      if (Arrays.equals(was, is)) {
        continue;
      }
      if (!Arrays.equals(was, now) && !Arrays.equals(is, now)) {
        return null;
      }
      if (is == null) {
        attributes.remove(name);
      } else {
        attributes.put(name, is);
      }
    }
    boolean isOwnerOurs = !mine.hasOwnerOf(old);
    return new Meta(
        mine.mode() == old.mode() ? other.mode() : mine.mode(),
        isOwnerOurs ? mine.uid() : other.uid(),
        isOwnerOurs ? mine.gid() : other.gid(),
        mtime,
        attributes);
  }

  private static boolean areAtOdds(int old, int mine, int other) {
    return mine != old && other != old && mine != other;
  }
}
