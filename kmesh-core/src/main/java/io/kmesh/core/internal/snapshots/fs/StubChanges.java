// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Compares a copy on a Lustre with its snapshot, entry by entry. A rename shows as removed and
 * added. For one thread.
 */
final class StubChanges {
  private final StubVolume copy;
  private final SnapshotVolume base;
  private final Retrier.Check check;
  private final List<CopyChange> changes = new ArrayList<>();

  StubChanges(StubVolume copy, SnapshotVolume base, Retrier.Check check) {
    this.copy = copy;
    this.base = base;
    this.check = check;
  }

  List<CopyChange> find() throws IOException {
    compare(base.root(), copy.root(), PathBytes.EMPTY);
    return changes;
  }

  private void compare(SnapshotVolume.Entry before, Volume.Node now, PathBytes path)
      throws IOException {
    check.run();
    Facts old = base.facts(before);
    Facts facts = copy.facts(now);
    if (old.type() != facts.type()) {
      changes.add(new CopyChange(CopyChange.Kind.REMOVED, path, path));
      added(now, path);
      return;
    }
    if (before.node().isLinked() && facts.links() > 1) {
      copy.link(facts, before);
    }
    boolean isSame = Meta.of(base, before).isLike(Meta.of(copy, now));
    if (!old.isDirectory()) {
      isSame =
          isSame
              && old.mtime().equals(facts.mtime())
              && old.size() == facts.size()
              && (Contents.isFile(old)
                  ? copy.hasBytesOf(before, now)
                  : Contents.areEqual(base, before, copy, now));
    }
    if (!isSame) {
      changes.add(new CopyChange(CopyChange.Kind.CHANGED, path, path));
    }
    if (old.isDirectory()) {
      merge(before, now, path);
    }
  }

  private void merge(SnapshotVolume.Entry before, Volume.Node now, PathBytes path)
      throws IOException {
    Volume.Names olds = base.names(before);
    Volume.Names names = copy.names(now);
    PathBytes a = olds.next();
    PathBytes b = names.next();
    while (a != null || b != null) {
      int order = a == null ? 1 : b == null ? -1 : a.compareTo(b);
      if (order <= 0 && a != null) {
        PathBytes at = path.resolve(a);
        SnapshotVolume.Entry old = base.find(before, a);
        Volume.Node entry = order == 0 ? copy.find(now, a) : null;
        if (old != null && entry != null) {
          compare(old, entry, at);
        } else if (old == null || !StubSnapshots.isLeftOut(old.node())) {
          changes.add(new CopyChange(CopyChange.Kind.REMOVED, at, at));
        }
        a = olds.next();
      } else if (b != null) {
        added(copy.find(now, b), path.resolve(b));
      }
      b = order >= 0 ? names.next() : b;
    }
  }

  private void added(Volume.@Nullable Node node, PathBytes path) throws IOException {
    if (node == null) {
      return;
    }
    changes.add(new CopyChange(CopyChange.Kind.ADDED, path, null));
    if (copy.facts(node).isDirectory()) {
      Volume.Names names = copy.names(node);
      for (PathBytes name = names.next(); name != null; name = names.next()) {
        added(copy.find(node, name), path.resolve(name));
      }
    }
  }
}
