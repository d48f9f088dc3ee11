// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import io.kmesh.core.internal.snapshots.ContentGate;
import io.kmesh.core.internal.snapshots.Manifest;
import io.kmesh.core.internal.snapshots.fs.ConflictPolicy;
import io.kmesh.core.internal.snapshots.fs.CopyChange;
import io.kmesh.core.internal.snapshots.fs.ReverseSync;
import io.kmesh.core.internal.snapshots.fs.StubCopies;
import io.kmesh.core.internal.snapshots.fs.StubCopy;
import io.kmesh.core.internal.snapshots.fs.VirtualCopy;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A virtual copy that is looked at, wherever it is kept. For one thread. */
interface CopyView extends AutoCloseable {
  /** What its snapshot says of itself. */
  Manifest manifest();

  /** Tells what differs from the snapshot. */
  void changes(Consumer<CopyChange> visitor) throws IOException;

  /** What brings the changes to a tree, which stays the caller's. */
  ReverseSync reverseSync(PosixTree tree, ContentGate gate, ConflictPolicy policy);

  @Override
  void close() throws IOException;

  /** One in a directory. */
  record InDirectory(VirtualCopy copy) implements CopyView {
    @Override
    public Manifest manifest() {
      return copy.manifest();
    }

    @Override
    public void changes(Consumer<CopyChange> visitor) {
      try (Stream<CopyChange> changes = copy.changes()) {
        changes.forEach(visitor);
      }
    }

    @Override
    public ReverseSync reverseSync(PosixTree tree, ContentGate gate, ConflictPolicy policy) {
      return copy.reverseSync(tree, gate, policy);
    }

    @Override
    public void close() throws IOException {
      copy.close();
    }
  }

  /** One on a Lustre, and those of its file system, which are closed with it. */
  record OnLustre(StubCopies copies, StubCopy copy) implements CopyView {
    @Override
    public Manifest manifest() {
      return copy.manifest();
    }

    @Override
    public void changes(Consumer<CopyChange> visitor) throws IOException {
      copy.changes().forEach(visitor);
    }

    @Override
    public ReverseSync reverseSync(PosixTree tree, ContentGate gate, ConflictPolicy policy) {
      return copy.reverseSync(tree, gate, policy);
    }

    @Override
    public void close() throws IOException {
      try {
        copy.close();
      } finally {
        copies.close();
      }
    }
  }
}
