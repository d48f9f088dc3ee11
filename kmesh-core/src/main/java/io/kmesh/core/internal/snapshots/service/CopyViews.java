// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import io.kmesh.core.internal.snapshots.fs.ConflictPolicy;
import io.kmesh.core.internal.snapshots.fs.CopyChange;
import io.kmesh.core.internal.snapshots.fs.CopyConflict;
import io.kmesh.core.internal.snapshots.fs.SyncStep;
import io.kmesh.snapshots.ConflictRule;
import io.kmesh.snapshots.ReverseSyncPlan;
import io.kmesh.snapshots.VirtualCopyChange;
import io.kmesh.snapshots.VirtualCopyConflict;
import io.kmesh.unit.DataSize;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The engine's words on virtual copies as the users'. */
final class CopyViews {
  private CopyViews() {}

  static ConflictPolicy policy(ConflictRule rule) {
    return ConflictPolicy.valueOf(rule.name());
  }

  static VirtualCopyChange change(CopyChange c) {
    return new VirtualCopyChange(
        VirtualCopyChange.Kind.valueOf(c.kind().name()), c.path(), c.base());
  }

  static List<VirtualCopyConflict> conflicts(List<CopyConflict> conflicts, long most) {
    return conflicts.stream().limit(most).map(CopyViews::conflict).toList();
  }

  private static VirtualCopyConflict conflict(CopyConflict c) {
    return new VirtualCopyConflict(
        VirtualCopyConflict.Kind.valueOf(c.kind().name()),
        c.path(),
        side(c.before()),
        side(c.ours()),
        side(c.theirs()),
        VirtualCopyConflict.Result.valueOf(c.result().name()));
  }

  private static VirtualCopyConflict.@Nullable Side side(CopyConflict.@Nullable Side s) {
    return s == null
        ? null
        : new VirtualCopyConflict.Side(
            s.type(), s.mode(), s.uid(), s.gid(), DataSize.ofBytes(s.size()), s.mtime());
  }

  static ReverseSyncPlan.Step step(SyncStep s) {
    return new ReverseSyncPlan.Step(
        ReverseSyncPlan.Action.valueOf(s.kind().name()),
        s.path(),
        s.from(),
        DataSize.ofBytes(s.bytes()));
  }
}
