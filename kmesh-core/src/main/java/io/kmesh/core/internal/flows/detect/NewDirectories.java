// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.core.internal.flows.base.Area;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Directories whose names are to be looked at, since they were not known before or something says
 * so; in the base until that is done. For the base's thread.
 */
final class NewDirectories {
  private static final byte[] FROM = {QueueKeys.DIRECTORY};

  private final FlowBase base;
  private final Area area;
  private final EntryLook entries;
  private final Removals removals;
  private final OpenDirectories directories;
  private @Nullable DirectoryVisit visit;

  /** How much below a directory is looked at. */
  enum Levels {
    /** Its names, and what is new below. */
    ONE,
    /** All below. */
    ALL
  }

  NewDirectories(
      FlowBase base, Area area, EntryLook entries, Removals removals, OpenDirectories directories) {
    this.base = base;
    this.area = area;
    this.entries = entries;
    this.removals = removals;
    this.directories = directories;
  }

  /** Adds a directory, when it is one of the flow's. */
  void add(LocalKey key, Levels levels) throws IOException {
    Optional<Node> node = base.nodeAt(key);
    if (node.isPresent() && node.get().isDirectory()) {
      add(node.get().id(), levels);
    }
  }

  private static byte codeOf(Levels levels) {
    return (byte) (levels == Levels.ALL ? 1 : 0);
  }

  void add(NodeId directory, Levels levels) throws IOException {
    byte[] key = QueueKeys.of(QueueKeys.DIRECTORY, directory);
    byte[] before = area.get(key);
    if (before == null || before[0] < codeOf(levels)) {
      area.put(key, new byte[] {codeOf(levels)});
    }
  }

  boolean isEmpty() throws IOException {
    if (visit != null) {
      return false;
    }
    try (OrderedStore.Cursor cursor = area.from(FROM)) {
      return !isAtOne(cursor);
    }
  }

  /**
   * Looks at some names.
   *
   * @return how many were looked at; -1 when no directory is left
   */
  int step(Findings findings) throws IOException {
    DirectoryVisit at = visit;
    if (at == null) {
      at = next();
      visit = at;
    }
    if (at == null) {
      return -1;
    }
    Optional<PosixDirectory> handle = directories.open(at.directory());
    int done = handle.isEmpty() ? 0 : at.step(handle.get(), findings);
    if (handle.isEmpty() || at.isDone()) {
      visit = null;
      at.close();
      area.remove(QueueKeys.of(QueueKeys.DIRECTORY, at.directory()));
    }
    return done;
  }

  private @Nullable DirectoryVisit next() throws IOException {
    try (OrderedStore.Cursor cursor = area.from(FROM)) {
      if (!isAtOne(cursor)) {
        return null;
      }
      boolean isWhole = cursor.value()[0] == codeOf(Levels.ALL);
      return new DirectoryVisit(
          QueueKeys.node(cursor.key()),
          base,
          entries,
          removals,
          QueueKeys.GONE,
          (node, isNew) -> {
            if (isNew || isWhole) {
              add(node.id(), isWhole ? Levels.ALL : Levels.ONE);
            }
          });
    }
  }

  private static boolean isAtOne(OrderedStore.Cursor cursor) throws IOException {
    return cursor.next() && cursor.key()[0] == QueueKeys.DIRECTORY;
  }
}
