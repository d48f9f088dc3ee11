// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Facts;
import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Plans files with several names: one name as any file, the others as links of it. To find all
 * names the copy is walked, once, and only when such a file was touched. For one thread.
 */
final class LinkGroups {
  private final Volume ours;
  private final SnapshotVolume base;
  private final Volume theirs;
  private final Branch.Likeness likeness;
  private final EntryMerge entries;
  private final MergeDraft draft;
  private final PathMap bases;
  private final Parents parents;
  private final Retrier.Check check;
  private final Map<Object, List<PathBytes>> names = new LinkedHashMap<>();

  /** Says whether there will be a directory for an entry. */
  @FunctionalInterface
  interface Parents {
    boolean hasParent(PathBytes path) throws IOException;
  }

  LinkGroups(
      Volume ours,
      SnapshotVolume base,
      Branch theirs,
      EntryMerge entries,
      MergeDraft draft,
      PathMap bases,
      Parents parents,
      Retrier.Check check) {
    this.ours = ours;
    this.base = base;
    this.theirs = theirs.tree();
    this.likeness = theirs.likeness();
    this.entries = entries;
    this.draft = draft;
    this.bases = bases;
    this.parents = parents;
    this.check = check;
  }

  void plan(Set<Object> keys) throws IOException {
    if (keys.isEmpty()) {
      return;
    }
    keys.forEach(key -> names.put(key, new ArrayList<>()));
    walk(ours.root(), PathBytes.EMPTY);
    for (Map.Entry<Object, List<PathBytes>> group : names.entrySet()) {
      if (!group.getValue().isEmpty()) {
        plan(group.getKey(), group.getValue());
      }
    }
  }

  private void walk(Volume.Node directory, PathBytes path) throws IOException {
    check.run();
    Volume.Names all = ours.names(directory);
    for (PathBytes name = all.next(); name != null; name = all.next()) {
      Volume.Node node = ours.find(directory, name);
      if (node == null) {
        continue;
      }
      Facts facts = ours.facts(node);
      List<PathBytes> group = facts.isDirectory() ? null : names.get(facts.key());
      if (group != null) {
        group.add(path.resolve(name));
      } else if (facts.isDirectory()) {
        walk(node, path.resolve(name));
      }
    }
  }

  /** The snapshot's entry of a name, if it is of the same file. */
  private SnapshotVolume.@Nullable Entry before(Object key, PathBytes name) throws IOException {
    SnapshotVolume.Entry entry = base.at(bases.place(name));
    return entry != null && SnapshotVolume.key(entry).equals(key) ? entry : null;
  }

  /** The snapshot's entry of a name: of the same file, or of another that gave way to it. */
  private SnapshotVolume.@Nullable Entry replaced(PathBytes name, Volume.Node node)
      throws IOException {
    SnapshotVolume.Entry entry = base.at(bases.place(name));
    return entry != null && base.facts(entry).type() == ours.facts(node).type() ? entry : null;
  }

  private void plan(Object key, List<PathBytes> all) throws IOException {
    PathBytes first = all.get(0);
    for (PathBytes name : all) {
      if (before(key, name) != null && draft.find(name) != null) {
        first = name;
        break;
      }
    }
    Volume.Node node = ours.at(first);
    if (node == null || !parents.hasParent(first)) {
      return;
    }
    SnapshotVolume.Entry before = replaced(first, node);
    PathBytes place = draft.place(first);
    int written = draft.writes();
    boolean isOurs =
        (before != null && !isVacated(first, place))
            ? entries.merge(first, node, before, place)
            : entries.add(first, node, place, draft.find(first));
    if (!isOurs) {
      return;
    }
    boolean isAnew = draft.writes() > written;
    for (PathBytes name : all) {
      if (!name.equals(first) && parents.hasParent(name)) {
        link(key, first, name, node, isAnew);
      }
    }
  }

  /** Whether the other tree has something of that name that a step takes away. */
  private boolean isVacated(PathBytes name, PathBytes place) throws IOException {
    return draft.find(name) == null && theirs.at(place) != null;
  }

  private void link(Object key, PathBytes first, PathBytes name, Volume.Node node, boolean isAnew)
      throws IOException {
    Volume.Node there = draft.find(name);
    Facts facts = there == null ? null : theirs.facts(there);
    Volume.Node existing = draft.find(first);
    boolean isLinked =
        facts != null && existing != null && theirs.facts(existing).key().equals(facts.key());
    SnapshotVolume.Entry before = replaced(name, node);
    PathBytes place = before == null ? null : before.path();
    if (there == null || facts == null || isLinked) {
      if (!isLinked || isAnew) {
        draft.link(MergeStep.link(name, first, place, facts));
      }
      return;
    }
    boolean isReplaceable =
        (before != null
                && isSame(before, there, facts)
                && (before(key, name) != null || hasMetaOf(before, there)))
            || Contents.areEqual(ours, node, theirs, there);
    if (isReplaceable
        || draft.conflict(
                CopyConflict.Kind.BOTH_CHANGED,
                name,
                before == null ? null : base.facts(before),
                ours.facts(node),
                facts)
            == CopyConflict.Result.OURS) {
      if (facts.isDirectory()) {
        entries.clear(draft.place(name), there);
        facts = null;
      }
      draft.link(MergeStep.link(name, first, place, facts));
    }
  }

  /** Whether the other tree left a file's attributes as they were, which go with it. */
  private boolean hasMetaOf(SnapshotVolume.Entry before, Volume.Node there) throws IOException {
    Meta old = Meta.of(base, before);
    Meta now = Meta.of(theirs, there);
    return old.isLike(now) && old.mtime().equals(now.mtime());
  }

  private boolean isSame(SnapshotVolume.Entry before, Volume.Node there, Facts facts)
      throws IOException {
    Facts old = base.facts(before);
    if (old.type() != facts.type() || old.size() != facts.size()) {
      return false;
    }
    return Contents.isFile(old)
        ? likeness.hasBytesOf(before, there)
        : Contents.areEqual(base, before, theirs, there);
  }
}
