// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Facts;
import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Plans how the changes of a copy come to another tree that began as the same snapshot: a newer
 * snapshot, or the tree as it is now. Looks only at what the copy changed. What the other tree
 * changed as well, and otherwise, is a conflict. Used once, by one thread.
 */
final class ThreeWay {
  private final Volume ours;
  private final SnapshotVolume base;
  private final Branch branch;
  private final Volume theirs;
  private final MergeDraft draft;
  private final EntryMerge entries;
  private final Removals removals;
  private final Retrier.Check check;
  private final Map<PathBytes, PathBytes> renames = new LinkedHashMap<>();
  private final PathMap bases = new PathMap();
  private final Set<PathBytes> renamed = new HashSet<>(); // on the other side too
  private final Map<PathBytes, Boolean> directories = new HashMap<>();
  private final Set<Object> groups = new LinkedHashSet<>();
  private final Set<PathBytes> copied = new HashSet<>();

  ThreeWay(Branch ours, SnapshotVolume base, Branch theirs, MergeRules rules, Retrier.Check check) {
    this.ours = ours.tree();
    this.base = base;
    this.branch = theirs;
    this.theirs = theirs.tree();
    this.check = check;
    this.draft = new MergeDraft(theirs.tree(), rules);
    this.entries = new EntryMerge(ours, base, theirs, rules, draft);
    this.removals = new Removals(this.ours, base, theirs, renames, draft, check);
  }

  /** Plans. The changes are those of the copy, each directory before what is in it. */
  MergePlan plan(Iterator<CopyChange> all) throws IOException {
    List<CopyChange> changes = new ArrayList<>();
    all.forEachRemaining(changes::add);
    leave(changes);
    for (CopyChange change : changes) {
      check.run();
      switch (change.kind()) {
        case ADDED -> added(change.path());
        case CHANGED -> changed(change);
        case RENAMED -> rename(change.path(), base(change));
        case REMOVED -> {
          // Was looked at first.
        }
      }
    }
    new LinkGroups(ours, base, branch, entries, draft, bases, this::hasParent, check).plan(groups);
    return draft.plan();
  }

  private static PathBytes base(CopyChange change) {
    PathBytes place = change.base();
    if (place == null) {
      throw new IllegalStateException("A change has no base: " + change);
    }
    return place;
  }

  private @Nullable Facts facts(Volume volume, Volume.@Nullable Node node) throws IOException {
    return node == null ? null : volume.facts(node);
  }

  /** Finds what goes from its place: which renames can be done, then what is removed. */
  private void leave(List<CopyChange> changes) throws IOException {
    for (CopyChange change : changes) {
      if (change.kind() == CopyChange.Kind.RENAMED) {
        bases.put(change.path(), base(change));
        if (isDone(change.path(), base(change))) {
          // Both renamed it alike, or this was done before.
          draft.moved.put(change.path(), draft.place(change.path()));
          renamed.add(change.path());
        } else if (isThere(base(change))) {
          renames.put(base(change), change.path());
        }
      }
    }
    for (CopyChange change : changes) {
      if (change.kind() == CopyChange.Kind.REMOVED) {
        check.run();
        removals.remove(base(change), change.path());
      }
    }
    renames.keySet().forEach(draft::vacate);
  }

  private boolean isDone(PathBytes path, PathBytes from) throws IOException {
    Volume.Node node = ours.at(path);
    SnapshotVolume.Entry before = base.at(from);
    Volume.Node there = theirs.at(draft.place(path));
    return node != null
        && before != null
        && there != null
        && entries.isRenamed(before, node, there);
  }

  /** Whether the other tree has an entry of the type that the snapshot has. */
  private boolean isThere(PathBytes place) throws IOException {
    Facts there = facts(theirs, theirs.at(place));
    Facts before = facts(base, base.at(place));
    return there != null && before != null && there.type() == before.type();
  }

  private void rename(PathBytes path, PathBytes from) throws IOException {
    Volume.Node node = ours.at(path);
    SnapshotVolume.Entry before = base.at(from);
    if (node == null
        || before == null
        || renamed.contains(path)
        || isCopied(path)
        || !hasParent(path)) {
      return;
    }
    Volume.Node there = theirs.at(from);
    Volume.Node occupant = draft.find(path);
    PathBytes place = draft.place(path);
    Facts mine = ours.facts(node);
    if (there == null || !renames.containsKey(from)) {
      CopyConflict.Kind kind =
          there == null ? CopyConflict.Kind.CHANGED_AND_REMOVED : CopyConflict.Kind.TYPE;
      if (draft.conflict(kind, path, base.facts(before), mine, facts(theirs, there))
              == CopyConflict.Result.OURS
          && entries.clear(place, occupant)) {
        copy(node, path);
      } else {
        draft.close(path);
      }
      return;
    }
    if (occupant != null) {
      CopyConflict.Result result =
          draft.conflict(CopyConflict.Kind.BOTH_ADDED, path, null, mine, theirs.facts(occupant));
      if (result != CopyConflict.Result.OURS) {
        renames.remove(from);
        draft.occupy(from);
        draft.close(path);
        return;
      }
      entries.clear(place, occupant);
    }
    draft.moved.put(path, from);
    draft.restructure(MergeStep.rename(from, path, theirs.facts(there)));
    directories.put(path, mine.isDirectory());
  }

  /** Writes an entry of the copy anew with all below it. */
  private void copy(Volume.Node node, PathBytes path) throws IOException {
    draft.moved.put(path, path);
    copied.add(path);
    copyTree(node, path);
  }

  private void copyTree(Volume.Node node, PathBytes path) throws IOException {
    check.run();
    Facts facts = ours.facts(node);
    if (!facts.isDirectory()) {
      if (!group(node)) {
        entries.write(path, node);
      }
      return;
    }
    draft.restructure(MergeStep.makeDirectory(path, Meta.of(ours, node)));
    directories.put(path, true);
    Volume.Names names = ours.names(node);
    for (PathBytes name = names.next(); name != null; name = names.next()) {
      Volume.Node below = ours.find(node, name);
      if (below != null) {
        copyTree(below, path.resolve(name));
      }
    }
  }

  /** Leaves what has several names for later. */
  private boolean group(Volume.Node node) throws IOException {
    Facts facts = ours.facts(node);
    boolean isLinked =
        !facts.isDirectory()
            && (facts.links() > 1 || facts.key() instanceof SnapshotVolume.LinkKey);
    if (isLinked) {
      groups.add(facts.key());
    }
    return isLinked;
  }

  /** Whether there will be a directory for an entry; where it was removed, it may be made anew. */
  private boolean hasParent(PathBytes path) throws IOException {
    PathBytes parent = path.parent();
    if (draft.isClosed(path)) {
      Facts mine = facts(ours, ours.at(path));
      draft.closedConflict(path, facts(base, base.at(bases.place(path))), mine);
      return false;
    }
    if (path.isEmpty() || parent.isEmpty() || isKnown(parent)) {
      return true;
    }
    PathBytes place = draft.place(parent);
    Volume.Node there = draft.find(parent);
    Facts facts = facts(theirs, there);
    if (facts != null && facts.isDirectory()) {
      directories.put(parent, true);
      return true;
    }
    Volume.Node node = ours.at(parent);
    if (node == null || !hasParent(parent)) {
      return false;
    }
    CopyConflict.Kind kind =
        there == null ? CopyConflict.Kind.CHANGED_AND_REMOVED : CopyConflict.Kind.TYPE;
    Facts before = facts(base, base.at(bases.place(parent)));
    if (draft.conflict(kind, parent, before, ours.facts(node), facts) != CopyConflict.Result.OURS) {
      draft.close(parent);
      return hasParent(path);
    }
    entries.clear(place, there);
    draft.moved.put(parent, parent);
    draft.restructure(MergeStep.makeDirectory(parent, Meta.of(ours, node)));
    directories.put(parent, true);
    return true;
  }

  private boolean isKnown(PathBytes directory) {
    return directories.getOrDefault(directory, false);
  }

  private void added(PathBytes path) throws IOException {
    Volume.Node node = ours.at(path);
    if (node == null || isCopied(path) || group(node) || !hasParent(path)) {
      return;
    }
    PathBytes place = draft.place(path);
    Volume.Node there = draft.find(path);
    if (!ours.facts(node).isDirectory()) {
      entries.add(path, node, place, there);
    } else if (entries.addDirectory(path, node, place, there)) {
      directories.put(path, true);
    } else {
      draft.close(path);
    }
  }

  private void changed(CopyChange change) throws IOException {
    PathBytes path = change.path();
    SnapshotVolume.Entry before = base.at(base(change));
    Volume.Node node = ours.at(path);
    if (before != null && before.node().isLinked()) {
      groups.add(SnapshotVolume.key(before));
    }
    if (node == null || before == null || isCopied(path) || group(node)) {
      return;
    }
    if (before.node().isLinked() && !ours.facts(node).isDirectory()) {
      // Another file stands where a name of a file with several names was.
      if (hasParent(path)) {
        entries.merge(path, node, before, draft.place(path));
      }
      return;
    }
    if (!path.isEmpty() && !hasParent(path)) {
      return;
    }
    if (!entries.merge(path, node, before, draft.place(path))) {
      draft.close(path);
    } else if (ours.facts(node).isDirectory()) {
      directories.put(path, true);
    }
  }

  /** Whether an entry is written anew with all above it. */
  private boolean isCopied(PathBytes path) {
    for (PathBytes above = path; !copied.isEmpty(); above = above.parent()) {
      if (copied.contains(above)) {
        return true;
      }
      if (above.isEmpty()) {
        break;
      }
    }
    return false;
  }
}
