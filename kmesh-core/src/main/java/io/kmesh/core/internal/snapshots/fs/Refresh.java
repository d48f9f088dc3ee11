// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.repository.head.HeadLog;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts the overlay of a copy over another snapshot. The new overlay is made in memory; its journal
 * takes the place of the old one at once. Before, the new snapshot has a root beside the old one's,
 * afterwards only the new one has: a cut leaves the copy as it was or as it is to be. Used once.
 */
final class Refresh {
  private final HeadLog heads;
  private final SnapshotStore snapshots;
  private final CopyVolume ours;
  private final SnapshotVolume newer;
  private final KmeshTime time;

  /** A refresh of a copy that nobody else uses, to a snapshot that stays open. */
  Refresh(
      HeadLog heads,
      SnapshotStore snapshots,
      CopyVolume ours,
      SnapshotVolume newer,
      KmeshTime time) {
    this.heads = heads;
    this.snapshots = snapshots;
    this.ours = ours;
    this.newer = newer;
    this.time = time;
  }

  CopyRefresh run(
      String snapshot,
      ConflictPolicy policy,
      VirtualCopies.RefreshKeeper keeper,
      Retrier.Check check)
      throws IOException {
    Overlay overlay = ours.overlay();
    Change.Head before = overlay.head();
    SnapshotVolume base = ours.snapshot();
    Branch theirs = Branch.of(base, newer);
    MergeRules rules = MergeRules.of(policy, CopyConflict.Result.OURS, before.copy());
    MergePlan plan = new ThreeWay(Branch.of(ours), base, theirs, rules, check).plan(ours.changes());
    InodeState top =
        InodeState.of(Overlay.ROOT, newer.root(), newer.facts(newer.root()), PathBytes.EMPTY);
    Overlay draft = Overlay.draft(overlay, snapshot, top);
    CopyVolume next = new CopyVolume(newer, draft, time);
    DraftApply apply = new DraftApply(ours, next, theirs.likeness(), check);
    apply.run(plan.steps());
    List<CopyChange> kept = new ArrayList<>();
    next.changes().forEachRemaining(kept::add);
    check.run();
    CopyRefresh done =
        new CopyRefresh(
            before.snapshot(), snapshot, kept, plan.conflicts(), apply.copied(), List.of());
    keeper.keep(done);
    heads.commit(head -> CopyRoots.refreshing(head, before.copy(), snapshots.find(head, snapshot)));
    overlay.become(draft);
    heads.commit(head -> CopyRoots.settled(head, draft.head()));
    return done;
  }
}
