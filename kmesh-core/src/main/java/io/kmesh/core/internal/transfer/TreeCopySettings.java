// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.engine.TreeCopy;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.unit.DataSize;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** How a tree is copied. Filled before the copy runs; not thread-safe. */
public final class TreeCopySettings {
  final PosixTree source;
  final PathBytes sourcePath;
  @Nullable PosixTree target;
  PathBytes targetPath = PathBytes.EMPTY;
  int threads = 2;
  TreeCopy.ReadGate gate = (directory, name, stat) -> true;
  int rereads = 3;
  Predicate<PathBytes> withoutXattrs = name -> false;
  DataSize buffers = DataSize.ofMib(16);
  long rangeSize = 16 << 20;
  boolean isDurable;
  boolean isCounted;
  Consumer<TreeCopy.Progress> listener = p -> {};
  BooleanSupplier cancelled = () -> false;

  /** A copy of a directory of a tree. */
  public TreeCopySettings(PosixTree source, PathBytes path) {
    this.source = source;
    this.sourcePath = path;
  }

  /** Where to. */
  public void target(PosixTree tree, PathBytes path) {
    target = tree;
    targetPath = path;
  }

  /** The number of threads, from 1. */
  public void threads(int count) {
    if (count < 1) {
      throw new IllegalArgumentException(
          "A copy needs at least one thread, not " + count + ". Ask for 1 or more.");
    }
    threads = count;
  }

  /** Asked before a regular file is read. */
  public void gate(TreeCopy.ReadGate readable) {
    gate = readable;
  }

  /** How often a file that changes is read again. */
  public void rereads(int count) {
    rereads = count;
  }

  /** The extended attributes to leave out. */
  public void withoutXattrs(Predicate<PathBytes> names) {
    withoutXattrs = names;
  }

  /** The memory for content. */
  public void buffers(DataSize size) {
    buffers = size;
  }

  /** The most of a file that one thread takes at a time. */
  public void ranges(DataSize size) {
    if (size.bytes() < 1) {
      throw new IllegalArgumentException("A range has at least 1 byte, not " + size + ".");
    }
    rangeSize = size.bytes();
  }

  /** Syncs files and directories. */
  public void durable() {
    isDurable = true;
  }

  /** Counts the source first. */
  public void countFirst() {
    isCounted = true;
  }

  /** Hears of progress. */
  public void onProgress(Consumer<TreeCopy.Progress> progress) {
    listener = progress;
  }

  /** Asked often. */
  public void cancelWhen(BooleanSupplier isCancelled) {
    cancelled = isCancelled;
  }
}
