// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Brings the changes of a copy back to a tree, where that tree did not change the same. A plan
 * changes nothing; an execution makes its own plan first, so that one that was cut is taken up by
 * the next. The copy stays as it is: refresh it to a snapshot that is taken afterwards. For one
 * thread.
 */
public final class ReverseSync {
  private final Source copy;
  private final PosixTree tree;
  private final TreeVolume.Basis basis;
  private final ConflictPolicy policy;
  private final String id;
  private final PathBytes hidden;

  /** The copy whose changes are brought. */
  interface Source {
    Branch branch();

    /** Its changes, each directory before what is in it. */
    Iterator<CopyChange> changes() throws IOException;

    /** Makes what is being written count. */
    default void settle() throws IOException {}
  }

  ReverseSync(
      Source copy, PosixTree tree, TreeVolume.Basis basis, String id, ConflictPolicy policy) {
    this.copy = copy;
    this.tree = tree;
    this.basis = basis;
    this.policy = policy;
    this.id = id;
    this.hidden = PathBytes.of(".kmesh-sync-" + id);
  }

  /** What {@link #apply} would do now. */
  public SyncPlan plan(Retrier.Check check) throws IOException {
    return shown(plan(theirs(), check));
  }

  private TreeVolume theirs() throws IOException {
    copy.settle();
    try (PosixDirectory top = tree.openRoot()) {
      basis.gate().enter(top, PathBytes.EMPTY);
    }
    return new TreeVolume(tree, hidden, basis);
  }

  private MergePlan plan(TreeVolume theirs, Retrier.Check check) throws IOException {
    return new ThreeWay(
            copy.branch(),
            basis.snapshot(),
            new Branch(theirs, theirs),
            MergeRules.of(policy, CopyConflict.Result.THEIRS, id),
            check)
        .plan(copy.changes());
  }

  private static SyncPlan shown(MergePlan plan) {
    return new SyncPlan(
        plan.steps().stream().map(SyncStep::of).toList(),
        plan.conflicts(),
        plan.bytes(),
        SyncMarks.of(plan));
  }

  /** Does it. What the check throws, or a failure, leaves a tree that another call takes up. */
  public SyncResult apply(Retrier.Check check) throws IOException {
    return apply(plan -> {}, check);
  }

  /** Looks at what is to be done before anything is. */
  @FunctionalInterface
  public interface Approval {
    /** Throws when it is not to be done. */
    void approve(SyncPlan plan) throws IOException;
  }

  /** Does it, if what there is to do now is approved. */
  public SyncResult apply(Approval approval, Retrier.Check check) throws IOException {
    TreeVolume theirs = theirs();
    MergePlan plan = plan(theirs, check);
    approval.approve(shown(plan));
    EntrySetter setter = new EntrySetter();
    try (StagedEntries staged =
        new StagedEntries(theirs, hidden, copy.branch(), basis.snapshot(), setter, check)) {
      TreeApply apply = new TreeApply(theirs, staged, setter, check);
      if (!plan.steps().isEmpty() || isCut()) {
        apply.run(plan.steps());
      }
      List<CopyConflict> conflicts = new ArrayList<>(plan.conflicts());
      conflicts.addAll(apply.conflicts());
      return new SyncResult(
          shown(plan), apply.done(), staged.moved(), conflicts, setter.problems());
    }
  }

  /** Whether a run that was cut left its hidden directory. */
  private boolean isCut() throws IOException {
    try (PosixDirectory top = tree.openRoot()) {
      return top.find(hidden).isPresent();
    }
  }
}
