// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import io.kmesh.core.internal.snapshots.fs.VirtualCopy;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Virtual copies in directories that flows of this process read: one has such a copy open, and its
 * users share it. Thread-safe.
 */
final class LentCopies {
  private final CopyEngine engine;
  private final Map<String, Lent> open = new HashMap<>(); // guarded by this

  private static final class Lent {
    final VirtualCopy copy;
    int users;

    Lent(VirtualCopy copy) {
      this.copy = copy;
    }
  }

  LentCopies(CopyEngine engine) {
    this.engine = engine;
  }

  /** The copy as a tree, whoever uses it; it is opened when no flow has it open. */
  synchronized PosixTree tree(CopyFacts facts, String description) throws IOException {
    Lent lent = open.get(facts.id());
    if (lent == null) {
      lent = new Lent(engine.openFolder(facts));
      open.put(facts.id(), lent);
    }
    lent.users++;
    return lent.copy.tree(description, () -> giveBack(facts.id()));
  }

  /** A file system of a copy that a flow has open; empty when none has. */
  synchronized Optional<FileSystem> files(CopyFacts facts) {
    Lent lent = open.get(facts.id());
    if (lent == null) {
      return Optional.empty();
    }
    lent.users++;
    return Optional.of(lent.copy.lend(facts.repository(), () -> giveBack(facts.id())));
  }

  private synchronized void giveBack(String id) throws IOException {
    Lent lent = open.get(id);
    if (lent == null) {
      return;
    }
    lent.users--;
    if (lent.users > 0) {
      lent.copy.sync(); // as closing it would
      return;
    }
    open.remove(id);
    lent.copy.close();
  }
}
