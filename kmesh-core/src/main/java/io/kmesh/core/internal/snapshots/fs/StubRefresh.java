// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.tree.Edit;
import io.kmesh.core.internal.snapshots.OpenSnapshot;
import io.kmesh.core.internal.snapshots.archive.HsmEntry;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;

/**
 * Brings what a newer snapshot has otherwise to a copy on a Lustre, which is the tree that is
 * changed here. Used once.
 */
final class StubRefresh {
  private final StubParts parts;
  private final Head.Root root;
  private final String operation;
  private final OpenSnapshot older;
  private final StubVolume copy;
  private final SnapshotVolume base;

  /**
   * A refresh of a copy.
   *
   * @param operation the same when it goes on after a crash
   */
  StubRefresh(StubParts parts, StubCopy copy, String operation) {
    this.parts = parts;
    this.root = copy.root();
    this.operation = operation;
    this.older = copy.shown();
    this.copy = copy.volume();
    this.base = this.copy.tree().snapshot();
  }

  /** Refreshes; what differs then is the caller's to find. */
  Refreshed run(
      OpenSnapshot newer,
      ConflictPolicy policy,
      StubCopies.RefreshKeeper keeper,
      Retrier.Check check)
      throws IOException {
    String id = root.id();
    String to = newer.manifest().id();
    String shown = older.manifest().id();
    StubRoots.Claim claim = new StubRoots.Claim(operation, newer.session());
    parts
        .domain()
        .heads()
        .commit(
            head -> StubRoots.refreshing(head, id, shown, parts.snapshots().find(head, to), claim));
    SnapshotVolume volume = new SnapshotVolume(newer, parts.settings().cache());
    new StubChanges(copy, base, check).link();
    MergePlan plan =
        new ThreeWay(
                StubSnapshots.branch(base, volume),
                base,
                new Branch(copy, copy),
                MergeRules.of(swapped(policy), CopyConflict.Result.THEIRS, to),
                check)
            .plan(StubSnapshots.changes(older, newer).iterator());
    List<Fid> replaced = replaced(plan);
    List<CopyConflict> conflicts = new ArrayList<>();
    plan.conflicts().forEach(conflict -> conflicts.add(conflict.swapped()));
    keeper.keep(older.manifest().id(), conflicts);
    requireClaim(claim); // What is in the hidden directory goes now.
    List<CopyConflict> meanwhile = apply(plan, volume, claim, check);
    if (!meanwhile.isEmpty()) {
      meanwhile.forEach(conflict -> conflicts.add(conflict.swapped()));
      keeper.keep(older.manifest().id(), conflicts);
    }
    parts
        .domain()
        .heads()
        .commit(head -> StubRoots.refreshed(head, id, parts.snapshots().find(head, to), claim));
    forget(replaced);
    return new Refreshed(older.manifest().id(), to, conflicts);
  }

  /** What was done. */
  record Refreshed(String before, String snapshot, List<CopyConflict> conflicts) {}

  /**
   * Asks whether nobody took this one for dead. Who sleeps between that and a step may do it all
   * the same, with an entry that is as it was planned; the end is refused.
   */
  private void requireClaim(StubRoots.Claim claim) throws IOException {
    StubRoots.claimed(parts.domain().heads().newest(), root.id(), claim);
  }

  private List<CopyConflict> apply(
      MergePlan plan, SnapshotVolume newer, StubRoots.Claim claim, Retrier.Check check)
      throws IOException {
    PathBytes place = StubRoots.path(root).resolve(StubParts.hidden(root.id()));
    EntrySetter setter = new EntrySetter();
    TreeVolume theirs = copy.tree();
    try (StubWriter writer = parts.writer(newer, check);
        StagedEntries staged =
            new StagedEntries(
                theirs,
                StubParts.hidden(root.id()),
                Branch.of(base, newer),
                base,
                setter,
                check,
                new StagedStubs(
                    writer,
                    newer,
                    place,
                    () -> {
                      parts.catalogs().commit(StubRoots.catalog(root.id()), writer::edits);
                      requireClaim(claim); // Making the stubs may have lasted.
                    }))) {
      TreeApply apply = new TreeApply(theirs, staged, setter, check);
      apply.run(plan.steps());
      return apply.conflicts();
    }
  }

  /** The files that may be gone afterwards. */
  private List<Fid> replaced(MergePlan plan) throws IOException {
    List<Fid> fids = new ArrayList<>();
    for (MergeStep step : plan.steps()) {
      boolean isLeaving =
          step.kind() == MergeStep.Kind.WRITE || step.kind() == MergeStep.Kind.REMOVE;
      Volume.Node node = isLeaving ? copy.at(step.path()) : null;
      if (node != null && Contents.isFile(copy.facts(node))) {
        fids.add(copy.fid(node));
      }
    }
    return fids;
  }

  /** Takes files that are gone out of the catalog. */
  private void forget(List<Fid> replaced) throws IOException {
    TreeSet<PathBytes> gone = new TreeSet<>();
    for (Fid fid : replaced) {
      try {
        parts.lustre().identity().stat(fid);
      } catch (ProviderException e) {
        if (!TreeVolume.isAbsent(e)) {
          throw e;
        }
        gone.add(HsmEntry.name(fid));
      }
    }
    if (!gone.isEmpty()) {
      parts
          .catalogs()
          .commit(
              StubRoots.catalog(root.id()),
              () -> {
                Iterator<PathBytes> each = gone.iterator();
                return () -> each.hasNext() ? Edit.remove(each.next()) : null;
              });
    }
  }

  /** The policy with the sides changed for one another. */
  private static ConflictPolicy swapped(ConflictPolicy policy) {
    return switch (policy) {
      case OURS -> ConflictPolicy.THEIRS;
      case THEIRS -> ConflictPolicy.OURS;
      default -> policy;
    };
  }
}
