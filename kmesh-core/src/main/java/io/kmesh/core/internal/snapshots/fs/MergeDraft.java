// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Facts;
import io.kmesh.core.internal.nio.KmeshPath;
import io.kmesh.core.internal.nio.Volume;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A plan while it is made, and where the other tree has what the copy has. For one thread. */
final class MergeDraft {
  private final Volume theirs;
  private final MergeRules rules;
  private final List<MergeStep> removals = new ArrayList<>();
  private final List<MergeStep> structure = new ArrayList<>();
  private final List<MergeStep> entries = new ArrayList<>();
  private final List<MergeStep> links = new ArrayList<>();
  private final List<CopyConflict> conflicts = new ArrayList<>();
  private final Set<PathBytes> vacated = new HashSet<>();
  private final Set<PathBytes> closed = new HashSet<>();

  /** Where the other tree has what the copy has under another path. */
  final PathMap moved = new PathMap();

  MergeDraft(Volume theirs, MergeRules rules) {
    this.theirs = theirs;
    this.rules = rules;
  }

  /** Where the other tree has an entry of the copy now, if it has it. */
  PathBytes place(PathBytes path) {
    return moved.place(path);
  }

  /** What the other tree has of an entry of the copy, unless a step takes it away. */
  Volume.@Nullable Node find(PathBytes path) throws IOException {
    PathBytes anchor = moved.anchor(path);
    // What is renamed itself leaves its place, but is found.
    int kept = anchor == null ? -1 : moved.place(anchor).length();
    PathBytes place = place(path);
    for (PathBytes above = place; above.length() > kept; above = above.parent()) {
      if (vacated.contains(above)) {
        return null;
      }
      if (above.isEmpty()) {
        break;
      }
    }
    return theirs.at(place);
  }

  /** Notes that nothing is left at a place. */
  void vacate(PathBytes place) {
    vacated.add(place);
  }

  /** Notes that a place is not left after all. */
  void occupy(PathBytes place) {
    vacated.remove(place);
  }

  /** Notes that what is below a path of the copy goes nowhere. */
  void close(PathBytes path) {
    closed.add(path);
  }

  boolean isClosed(PathBytes path) {
    for (PathBytes above = path; !closed.isEmpty(); above = above.parent()) {
      if (closed.contains(above)) {
        return true;
      }
      if (above.isEmpty()) {
        break;
      }
    }
    return false;
  }

  /** Notes a conflict and says whose entry it is to be. */
  CopyConflict.Result conflict(
      CopyConflict.Kind kind,
      PathBytes path,
      @Nullable Facts before,
      @Nullable Facts ours,
      @Nullable Facts there) {
    boolean canBeBoth =
        ours != null && there != null && !ours.isDirectory() && !there.isDirectory();
    CopyConflict.Result result = rules.result(canBeBoth);
    conflicts.add(
        new CopyConflict(
            kind,
            path,
            CopyConflict.Side.of(before),
            CopyConflict.Side.of(ours),
            CopyConflict.Side.of(there),
            result));
    return result;
  }

  /** Notes that an entry can't go where its directory is in conflict. */
  void closedConflict(PathBytes path, @Nullable Facts before, @Nullable Facts ours) {
    conflicts.add(
        new CopyConflict(
            CopyConflict.Kind.DIRECTORY_IN_CONFLICT,
            path,
            CopyConflict.Side.of(before),
            CopyConflict.Side.of(ours),
            null,
            CopyConflict.Result.THEIRS));
  }

  void remove(MergeStep step) {
    removals.add(step);
  }

  void restructure(MergeStep step) {
    structure.add(step);
  }

  void write(MergeStep step) {
    entries.add(step);
  }

  /** How many entries are written so far. */
  int writes() {
    return entries.size();
  }

  void link(MergeStep step) {
    links.add(step);
  }

  /**
   * The steps in an order in which each can be done, but for names that wait for one another:
   * removals from below, directories and renames from above, then entries, then further names.
   */
  MergePlan plan() {
    List<MergeStep> steps = new ArrayList<>(removals);
    structure.sort(Comparator.comparingInt(step -> KmeshPath.split(step.path()).size()));
    steps.addAll(structure);
    steps.addAll(entries);
    steps.addAll(links);
    return new MergePlan(steps, conflicts);
  }
}
