// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.DirectoryReader;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.snapshots.RestorePlan;
import io.kmesh.snapshots.RestorePlan.Action;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compares a stored tree with one that is there, and changes neither. Used once. */
public final class RestorePlanner {
  private final OpenSnapshot snapshot;
  private final Retrier.Check check;
  private final List<RestorePlan.Step> steps = new ArrayList<>();
  private final List<RestoreFingerprint> replaced = new ArrayList<>();
  private Set<PathBytes> marks = Set.of();
  private long unchanged;
  private long extra;
  private long bytes;

  /** A planner of one plan. */
  public RestorePlanner(OpenSnapshot snapshot, Retrier.Check check) {
    this.snapshot = snapshot;
    this.check = check;
  }

  /**
   * What was found.
   *
   * @param replaced what the steps replace, as it is now
   */
  public record Found(
      List<RestorePlan.Step> steps,
      List<RestoreFingerprint> replaced,
      long unchanged,
      long extra,
      long bytes) {}

  /**
   * Plans a restore.
   *
   * @param at what of the snapshot
   * @param target the directory that a directory's entries, or the one entry, go into; null when
   *     there is none yet
   */
  public Found plan(PathBytes at, @Nullable PosixTree target) throws IOException {
    TreeNode node = snapshot.at(at);
    marks = MarkerNames.of(snapshot.chunks(), node).marks();
    if (target == null) {
      if (node.content() instanceof Content.Directory directory) {
        missing(directory, PathBytes.EMPTY);
      } else {
        add(node, node.name(), Action.ADD);
      }
      return found();
    }
    try (PosixDirectory top = target.openRoot()) {
      if (node.content() instanceof Content.Directory directory) {
        compare(directory, top, PathBytes.EMPTY);
      } else {
        entry(node, top, PathBytes.EMPTY);
      }
    }
    return found();
  }

  private Found found() {
    return new Found(steps, replaced, unchanged, extra, bytes);
  }

  private void compare(Content.Directory stored, PosixDirectory there, PathBytes path)
      throws IOException {
    check.run();
    long matched = 0;
    DirectoryReader entries = new DirectoryReader(snapshot.chunks(), stored);
    for (TreeNode entry = entries.next(); entry != null; entry = entries.next()) {
      if (!marks.contains(path.resolve(entry.name()))) {
        matched += entry(entry, there, path) ? 1 : 0;
      }
    }
    long all = 0;
    try (DirectoryCursor cursor = there.entries()) {
      for (List<DirectoryEntry> some = cursor.next(); !some.isEmpty(); some = cursor.next()) {
        all += some.size();
      }
    }
    extra += Math.max(0, all - matched);
  }

  /** Whether something of the entry's name is there. */
  private boolean entry(TreeNode node, PosixDirectory there, PathBytes parent) throws IOException {
    PathBytes path = parent.resolve(node.name());
    Optional<FileStat> found = there.find(node.name());
    if (found.isEmpty()) {
      add(node, path, Action.ADD);
      if (node.content() instanceof Content.Directory directory) {
        missing(directory, path);
      }
      return false;
    }
    FileStat stat = found.get();
    if (stat.isDirectory() != node.content() instanceof Content.Directory) {
      add(node, path, Action.BLOCKED);
    } else if (stat.type() != node.type()) {
      replace(node, stat, path, Action.REPLACE);
    } else if (node.content() instanceof Content.Directory directory) {
      if (isSameAttributes(node, stat)) {
        unchanged++;
      } else {
        replace(node, stat, path, Action.ATTRIBUTES);
      }
      try (PosixDirectory below = there.openDirectory(node.name())) {
        compare(directory, below, path);
      }
    } else if (stat.isRegular()
        ? FileWriter.looksSame(stat, node)
        : TreeRestore.isSame(there, stat, node)) {
      unchanged++;
    } else {
      replace(node, stat, path, Action.REPLACE);
    }
    return true;
  }

  private static boolean isSameAttributes(TreeNode node, FileStat stat) {
    return stat.mode() == node.mode() && stat.uid() == node.uid() && stat.gid() == node.gid();
  }

  private void missing(Content.Directory directory, PathBytes path) throws IOException {
    check.run();
    DirectoryReader entries = new DirectoryReader(snapshot.chunks(), directory);
    for (TreeNode entry = entries.next(); entry != null; entry = entries.next()) {
      PathBytes at = path.resolve(entry.name());
      if (marks.contains(at)) {
        continue;
      }
      add(entry, at, Action.ADD);
      if (entry.content() instanceof Content.Directory below) {
        missing(below, at);
      }
    }
  }

  private void replace(TreeNode node, FileStat stat, PathBytes path, Action action)
      throws ProviderException {
    if (action == Action.REPLACE) {
      replaced.add(RestoreFingerprint.of(path, stat));
    }
    add(node, path, action);
  }

  private void add(TreeNode node, PathBytes path, Action action) throws ProviderException {
    if (steps.size() == RestorePlan.MOST_STEPS) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot plan the restore: it has more than "
              + RestorePlan.MOST_STEPS
              + " steps. Plan the directories below the path one by one.");
    }
    boolean isWritten = action == Action.ADD || action == Action.REPLACE;
    long size = isWritten ? node.size() : 0;
    steps.add(new RestorePlan.Step(path, action, DataSize.ofBytes(size)));
    bytes += size;
  }
}
