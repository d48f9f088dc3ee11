// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Facts;
import io.kmesh.core.internal.nio.Volume;
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
  /** Files that are looked up in the catalogs by one head, which is read from the store. */
  private static final int TOGETHER = 1024;

  private final StubVolume copy;
  private final SnapshotVolume base;
  private final Retrier.Check check;
  private final List<@Nullable CopyChange> changes = new ArrayList<>();
  private final List<StubVolume.Question> questions = new ArrayList<>();
  private final List<Integer> places = new ArrayList<>(); // of the changes that they are about

  StubChanges(StubVolume copy, SnapshotVolume base, Retrier.Check check) {
    this.copy = copy;
    this.base = base;
    this.check = check;
  }

  List<CopyChange> find() throws IOException {
    compare(base.root(), copy.root(), PathBytes.EMPTY);
    answer();
    List<CopyChange> found = new ArrayList<>();
    for (CopyChange change : changes) {
      if (change != null) {
        found.add(change);
      }
    }
    return found;
  }

  /**
   * Tells the copy which of its files with several names are which of the snapshot's; {@link #find}
   * does too. Looks at nothing else of the copy.
   */
  void link() throws IOException {
    link(base.root());
  }

  private void link(SnapshotVolume.Entry directory) throws IOException {
    check.run();
    Volume.Names names = base.names(directory);
    for (PathBytes name = names.next(); name != null; name = names.next()) {
      SnapshotVolume.Entry entry = base.find(directory, name);
      if (entry == null) {
        continue;
      }
      if (entry.node().isLinked()) {
        Volume.Node now = copy.at(entry.path());
        if (now != null) {
          link(entry, copy.facts(now));
        }
      } else if (base.facts(entry).isDirectory()) {
        link(entry);
      }
    }
  }

  private void link(SnapshotVolume.Entry before, Facts now) {
    if (before.node().isLinked() && now.type() == before.node().type() && now.links() > 1) {
      copy.link(now, before);
    }
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
    link(before, facts);
    boolean isSame = Meta.of(base, before).isLike(Meta.of(copy, now));
    if (!old.isDirectory()) {
      isSame =
          isSame
              && old.mtime().equals(facts.mtime())
              && old.size() == facts.size()
              && (Contents.isFile(old) || Contents.areEqual(base, before, copy, now));
    }
    if (isSame && Contents.isFile(old)) {
      StubVolume.Question question = copy.ask(before, now);
      isSame = !question.isOfCatalogs() && copy.answer(List.of(question)).get(0);
      if (question.isOfCatalogs()) {
        places.add(changes.size());
        questions.add(question);
      }
    }
    if (!isSame) {
      changes.add(new CopyChange(CopyChange.Kind.CHANGED, path, path));
    }
    if (questions.size() == TOGETHER) {
      answer();
    }
    if (old.isDirectory()) {
      merge(before, now, path);
    }
  }

  /** Takes back what was taken for changed until it was answered. */
  private void answer() throws IOException {
    List<Boolean> answers = copy.answer(questions);
    for (int i = 0; i < answers.size(); i++) {
      if (answers.get(i)) {
        changes.set(places.get(i), null);
      }
    }
    questions.clear();
    places.clear();
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
