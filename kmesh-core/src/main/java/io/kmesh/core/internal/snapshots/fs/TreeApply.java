// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Facts;
import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.SyncMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Brings the changes of a copy into a tree of files. Before a step touches an entry it looks
 * whether that is still what the plan saw; else it is a conflict, and left. What is new is made in
 * a hidden directory of the tree, complete and durable, and renamed to its place. A run that was
 * cut leaves a tree that a new plan takes up. Used once, by one thread.
 */
final class TreeApply {
  /** A step that waits for another to leave its place. */
  private enum Outcome {
    DONE,
    WAITS
  }

  private final TreeVolume theirs;
  private final StagedEntries staged;
  private final EntrySetter setter;
  private final Retrier.Check check;
  private final PathMap renamed = new PathMap();
  private final Set<PathBytes> touched = new TreeSet<>();

  /** Places that steps have not filled yet. */
  private final Set<PathBytes> coming = new HashSet<>();

  private final Set<SnapshotVolume.LinkKey> unlinked = new HashSet<>();
  private final List<CopyConflict> conflicts = new ArrayList<>();
  private int done;

  TreeApply(TreeVolume theirs, StagedEntries staged, EntrySetter setter, Retrier.Check check) {
    this.theirs = theirs;
    this.staged = staged;
    this.setter = setter;
    this.check = check;
  }

  /** What was not done because the tree changed since the plan. */
  List<CopyConflict> conflicts() {
    return conflicts;
  }

  /** How many steps were done. */
  int done() {
    return done;
  }

  void run(List<MergeStep> steps) throws IOException {
    staged.begin(steps);
    List<MergeStep> waiting = new ArrayList<>();
    List<MergeStep> entries = new ArrayList<>();
    for (MergeStep step : steps) {
      switch (step.kind()) {
        case REMOVE, REMOVE_TREE, RENAME, MAKE_DIRECTORY -> waiting.add(step);
        default -> entries.add(step);
      }
    }
    restructure(waiting);
    for (MergeStep step : entries) {
      check.run();
      guarded(step, this::entry);
    }
    finish(steps);
  }

  private interface Step {
    Outcome run(MergeStep step) throws IOException;
  }

  /** Runs a step; what is not there any more, or a link now, is a conflict. */
  private Outcome guarded(MergeStep step, Step action) throws IOException {
    try {
      Outcome outcome = action.run(step);
      if (outcome == Outcome.DONE) {
        done++;
      }
      return outcome;
    } catch (ProviderException e) {
      boolean isOther =
          TreeVolume.isAbsent(e)
              || e.errno()
                  .filter(
                      n ->
                          n.equals(Errno.EEXIST)
                              || n.equals(Errno.ENOTEMPTY)
                              || n.equals(Errno.EISDIR)
                              || n.equals(Errno.EINVAL))
                  .isPresent();
      if (!isOther) {
        throw e;
      }
      return conflict(step);
    }
  }

  private Outcome conflict(MergeStep step) throws IOException {
    TreeVolume.Place now = theirs.at(current(step));
    conflicts.add(
        new CopyConflict(
            CopyConflict.Kind.CHANGED_MEANWHILE,
            step.path(),
            CopyConflict.Side.of(step.there()),
            null,
            CopyConflict.Side.of(now == null ? null : TreeVolume.facts(now)),
            CopyConflict.Result.THEIRS));
    return Outcome.DONE;
  }

  private PathBytes current(MergeStep step) {
    return switch (step.kind()) {
      case REMOVE, REMOVE_TREE -> renamed.place(step.path());
      default -> step.path();
    };
  }

  /** Removes, renames and makes directories, each as soon as its place is free. */
  private void restructure(List<MergeStep> all) throws IOException {
    List<MergeStep> waiting = new ArrayList<>(all);
    while (!waiting.isEmpty()) {
      boolean isMoving = false;
      coming.clear();
      waiting.stream().filter(TreeApply::comes).map(MergeStep::path).forEach(coming::add);
      for (Iterator<MergeStep> each = waiting.iterator(); each.hasNext(); ) {
        MergeStep step = each.next();
        check.run();
        if (guarded(step, s -> restructure(s, waiting)) == Outcome.DONE) {
          each.remove();
          if (comes(step)) {
            coming.remove(step.path());
          }
          isMoving = true;
        }
      }
      if (!isMoving) {
        exchange(waiting);
      }
    }
  }

  private static boolean comes(MergeStep step) {
    return step.kind() == MergeStep.Kind.RENAME || step.kind() == MergeStep.Kind.MAKE_DIRECTORY;
  }

  private Outcome restructure(MergeStep step, List<MergeStep> waiting) throws IOException {
    if (step.kind() == MergeStep.Kind.REMOVE || step.kind() == MergeStep.Kind.REMOVE_TREE) {
      return remove(step, waiting);
    }
    if (isOccupied(step.path(), waiting) || hasNoDirectory(step.path())) {
      return Outcome.WAITS;
    }
    return step.kind() == MergeStep.Kind.RENAME ? rename(step, RenameMode.NO_REPLACE) : make(step);
  }

  /** Whether what is at a place will leave it. */
  private boolean isOccupied(PathBytes place, List<MergeStep> waiting) {
    for (MergeStep step : waiting) {
      PathBytes leaves =
          switch (step.kind()) {
            case REMOVE, REMOVE_TREE -> renamed.place(step.path());
            case RENAME -> renamed.place(source(step));
            default -> null;
          };
      if (place.equals(leaves) && !place.equals(step.path())) {
        return true;
      }
      if (place.equals(leaves)
          && (step.kind() == MergeStep.Kind.REMOVE || step.kind() == MergeStep.Kind.REMOVE_TREE)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the directory of a place, or one above that, is yet to come. */
  private boolean hasNoDirectory(PathBytes place) {
    for (PathBytes above = place; !above.isEmpty(); ) {
      above = above.parent();
      if (coming.contains(above)) {
        return true;
      }
    }
    return false;
  }

  private static PathBytes source(MergeStep step) {
    return Optional.ofNullable(step.source()).orElseThrow();
  }

  private static Meta meta(MergeStep step) {
    return Optional.ofNullable(step.meta()).orElseThrow();
  }

  private Outcome remove(MergeStep step, List<MergeStep> waiting) throws IOException {
    PathBytes place = renamed.place(step.path());
    TreeVolume.Place there = theirs.at(place);
    if (there == null) {
      return Outcome.DONE;
    }
    boolean isDirectory = there.stat().isDirectory();
    if (isDirectory && isHolding(place, waiting)) {
      return Outcome.WAITS;
    }
    if (!isAsPlanned(step, there)) {
      return conflict(step);
    }
    if (step.kind() == MergeStep.Kind.REMOVE_TREE) {
      removeBelow(there);
    }
    remove(place, isDirectory);
    noteUnlinked(there);
    return Outcome.DONE;
  }

  /** Whether something that is to leave is in a directory still. */
  private boolean isHolding(PathBytes directory, List<MergeStep> waiting) {
    return waiting.stream()
        .filter(step -> step.kind() == MergeStep.Kind.RENAME)
        .map(step -> renamed.place(source(step)))
        .anyMatch(place -> place.isAtOrBelow(directory));
  }

  private void removeBelow(TreeVolume.Place directory) throws IOException {
    if (!directory.stat().isDirectory()) {
      return;
    }
    Volume.Names names = theirs.names(directory);
    for (PathBytes name = names.next(); name != null; name = names.next()) {
      check.run();
      TreeVolume.Place below = theirs.find(directory, name);
      if (below != null) {
        removeBelow(below);
        remove(below.path(), below.stat().isDirectory());
      }
    }
  }

  private void remove(PathBytes place, boolean isDirectory) throws IOException {
    try (PosixDirectory parent = theirs.tree().openDirectory(place.parent())) {
      if (isDirectory) {
        parent.removeDirectory(place.name());
      } else {
        parent.unlink(place.name());
      }
    }
    touched.add(place.parent());
  }

  private Outcome rename(MergeStep step, RenameMode mode) throws IOException {
    PathBytes from = renamed.place(source(step));
    TreeVolume.Place there = theirs.at(from);
    if (there == null || !isAsPlanned(step, there)) {
      return conflict(step);
    }
    try (PosixDirectory source = theirs.tree().openDirectory(from.parent());
        PosixDirectory target = theirs.tree().openDirectory(step.path().parent())) {
      source.rename(from.name(), target, step.path().name(), mode);
    }
    renamed.put(source(step), step.path());
    touched.add(from.parent());
    touched.add(step.path().parent());
    return Outcome.DONE;
  }

  /** Names that wait for one another in a circle: one takes the place of another, and gives its. */
  private void exchange(List<MergeStep> waiting) throws IOException {
    for (MergeStep step : List.copyOf(waiting)) {
      MergeStep other =
          step.kind() != MergeStep.Kind.RENAME ? null : renamedFrom(step.path(), waiting);
      if (other != null) {
        PathBytes from = renamed.place(source(step));
        waiting.remove(step);
        if (guarded(step, s -> rename(s, RenameMode.EXCHANGE)) == Outcome.DONE
            && renamed.place(source(step)).equals(step.path())) {
          renamed.put(source(other), from);
          if (from.equals(other.path())) {
            waiting.remove(other);
            done++;
          }
        }
        return;
      }
    }
    for (MergeStep step : waiting) {
      conflict(step);
    }
    waiting.clear();
  }

  private @Nullable MergeStep renamedFrom(PathBytes place, List<MergeStep> waiting) {
    return waiting.stream()
        .filter(step -> step.kind() == MergeStep.Kind.RENAME)
        .filter(step -> renamed.place(source(step)).equals(place))
        .findFirst()
        .orElse(null);
  }

  private Outcome make(MergeStep step) throws IOException {
    staged.placeDirectory(step, meta(step));
    touched.add(step.path().parent());
    return Outcome.DONE;
  }

  private Outcome entry(MergeStep step) throws IOException {
    TreeVolume.Place there = theirs.at(step.path());
    if (step.kind() == MergeStep.Kind.LINK) {
      return link(step, there);
    }
    if (!isAsPlanned(step, there)) {
      return conflict(step);
    }
    if (step.kind() == MergeStep.Kind.ATTRIBUTES && there != null) {
      setter.change(theirs, there, meta(step));
      touched.add(there.stat().isDirectory() ? step.path() : step.path().parent());
      return Outcome.DONE;
    }
    if (!staged.place(step, meta(step), there, () -> isAsPlanned(step, theirs.at(step.path())))) {
      return conflict(step);
    }
    noteUnlinked(there);
    touched.add(step.path().parent());
    return Outcome.DONE;
  }

  /** A file that lost a name has another ctime under its others. */
  private void noteUnlinked(TreeVolume.@Nullable Place there) {
    if (there != null && !there.stat().isDirectory() && there.stat().links() > 1) {
      unlinked.add(new SnapshotVolume.LinkKey(there.stat().device(), there.stat().inode()));
    }
  }

  private Outcome link(MergeStep step, TreeVolume.@Nullable Place there) throws IOException {
    TreeVolume.Place file = theirs.at(source(step));
    if (file == null) {
      return conflict(step);
    }
    if (there != null
        && there.stat().inode() == file.stat().inode()
        && there.stat().device() == file.stat().device()) {
      return Outcome.DONE;
    }
    if (!isAsPlanned(step, there)) {
      return conflict(step);
    }
    staged.placeLink(file.path(), step.path(), there == null ? null : there.stat());
    noteUnlinked(there);
    touched.add(step.path().parent());
    return Outcome.DONE;
  }

  /** Whether an entry is what the plan saw. Its own rename and links change its ctime. */
  private boolean isAsPlanned(MergeStep step, TreeVolume.@Nullable Place now) throws IOException {
    Facts planned = step.there();
    if (planned == null || now == null) {
      return planned == null && now == null;
    }
    Facts facts = TreeVolume.facts(now);
    boolean isSame =
        planned.type() == facts.type()
            && planned.inode() == facts.inode()
            && planned.device() == facts.device();
    if (facts.isDirectory() || !isSame || step.kind() == MergeStep.Kind.RENAME) {
      return isSame;
    }
    isSame =
        planned.size() == facts.size()
            && planned.mtime().equals(facts.mtime())
            && planned.mode() == facts.mode()
            && planned.uid() == facts.uid()
            && planned.gid() == facts.gid();
    boolean isUnlinked =
        unlinked.contains(new SnapshotVolume.LinkKey(facts.device(), facts.inode()));
    if (!isSame || isUnlinked || planned.ctime().equals(facts.ctime())) {
      return isSame;
    }
    // Renamed or linked by this run, or written behind its stamps' back.
    if (!Contents.isFile(facts)) {
      return true;
    }
    SnapshotVolume.Entry before = step.base() == null ? null : theirs.snapshot().at(step.base());
    if (before != null && theirs.hasBytesOf(before, now)) {
      return true;
    }
    TreeVolume.Place file = step.kind() == MergeStep.Kind.LINK ? theirs.at(source(step)) : null;
    return file != null && Contents.areEqual(theirs, file, theirs, now);
  }

  /** Makes names durable, and gives new directories their times. */
  private void finish(List<MergeStep> steps) throws IOException {
    for (int i = steps.size() - 1; i >= 0; i--) {
      MergeStep step = steps.get(i);
      if (step.kind() == MergeStep.Kind.MAKE_DIRECTORY) {
        touched.add(step.path());
        setter.time(theirs, step.path(), meta(step).mtime());
      }
    }
    for (PathBytes directory : touched) {
      try (PosixDirectory open = theirs.tree().openDirectory(directory)) {
        open.sync(SyncMode.ALL);
      } catch (IOException e) {
        if (!TreeVolume.isAbsent(e)) {
          throw e;
        }
      }
    }
    staged.end();
  }
}
