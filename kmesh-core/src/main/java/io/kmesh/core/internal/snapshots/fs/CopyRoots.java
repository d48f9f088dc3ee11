// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The roots of a copy in a head. While a copy is refreshed it has two: that of the snapshot that it
 * showed, and that of the one that it will show. Which of them counts its journal says.
 */
final class CopyRoots {
  /** The label that says which snapshot a root keeps. */
  static final String SNAPSHOT = "snapshot";

  /** The label that says on which machine a folder is. */
  static final String HOST = "host";

  /** The label that says where a copy's folder is. */
  static final String FOLDER = "folder";

  private CopyRoots() {}

  /** The root that keeps what a copy shows. */
  static Optional<Head.Root> find(Head head, Change.Head copy) {
    return head.roots().stream()
        .filter(root -> isOf(root, copy.copy()))
        .filter(root -> copy.snapshot().equals(root.labels().get(SNAPSHOT)))
        .findFirst();
  }

  /** Whether a root is one of a copy's. */
  static boolean isOf(Head.Root root, String copy) {
    return root.id().equals(copy)
        && (root.kind().equals(SnapshotStore.COPY_KIND)
            || root.kind().equals(SnapshotStore.REFRESH_KIND));
  }

  /** With a second root, for the snapshot that the copy will show. */
  static Head refreshing(Head head, String copy, Head.Root snapshot) {
    Head.Root root = head.root(SnapshotStore.COPY_KIND, copy).orElseThrow();
    return head.withRoot(root(SnapshotStore.REFRESH_KIND, root, snapshot.id(), snapshot));
  }

  private static Head.Root root(String kind, Head.Root copy, String snapshot, Head.Root keeps) {
    Map<String, String> labels = new TreeMap<>(copy.labels());
    labels.put(SNAPSHOT, snapshot);
    return new Head.Root(kind, copy.name(), copy.id(), copy.time(), keeps.chunk(), labels);
  }

  /** With the one root of what the copy shows by its journal. */
  static Head settled(Head head, Change.Head copy) {
    Optional<Head.Root> second = head.root(SnapshotStore.REFRESH_KIND, copy.copy());
    Optional<Head.Root> shown = find(head, copy);
    if (second.isEmpty() || shown.isEmpty()) {
      return head;
    }
    Head.Root root = root(SnapshotStore.COPY_KIND, shown.get(), copy.snapshot(), shown.get());
    return without(head, copy.copy()).withRoot(root);
  }

  /**
   * Refuses a name that another copy has. In the change that makes a copy's root, so that of two
   * that are made at once only one can have it.
   */
  static void requireName(Head head, String name, String copy) throws ProviderException {
    for (Head.Root root : head.roots()) {
      if (root.kind().equals(SnapshotStore.COPY_KIND)
          && root.name().equals(name)
          && !root.id().equals(copy)) {
        throw new ProviderException(
            ErrorKind.EXISTS,
            "Cannot create the virtual copy \""
                + name
                + "\": the repository has one of that name, "
                + root.id()
                + ". Choose another, or delete it.");
      }
    }
  }

  /** Without any root of a copy. */
  static Head without(Head head, String copy) {
    List<Head.Root> kept = head.roots().stream().filter(root -> !isOf(root, copy)).toList();
    return kept.size() == head.roots().size() ? head : head.withRoots(kept);
  }
}
