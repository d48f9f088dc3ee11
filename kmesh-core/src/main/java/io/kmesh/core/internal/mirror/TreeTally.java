// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.engine.TreeCopy;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/** Counts what an export or import did. Thread-safe. */
final class TreeTally {
  private static final int MOST_NAMED = 10_000;
  private static final long EVERY_ENTRIES = 1000;
  private static final long EVERY_BYTES = 64L << 20;

  private final Consumer<TreeCopy.Progress> listener;
  private final LongAdder files = new LongAdder();
  private final LongAdder directories = new LongAdder();
  private final LongAdder symlinks = new LongAdder();
  private final LongAdder specials = new LongAdder();
  private final LongAdder hardLinks = new LongAdder();
  private final LongAdder equal = new LongAdder();
  private final LongAdder removed = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final AtomicLong entries = new AtomicLong();
  private final AtomicLong content = new AtomicLong();
  private final AtomicLong toldEntries = new AtomicLong();
  private final AtomicLong toldBytes = new AtomicLong();
  private final List<MirrorTreeReport.Problem> failed = new ArrayList<>(); // guarded by this
  private long failedCount; // guarded by this
  private final List<MirrorTreeReport.Problem> notes = new ArrayList<>(); // guarded by this

  TreeTally(Consumer<TreeCopy.Progress> listener) {
    this.listener = listener;
  }

  void there(FileType type) {
    switch (type) {
      case REGULAR -> files.increment();
      case DIRECTORY -> directories.increment();
      case SYMLINK -> symlinks.increment();
      default -> specials.increment();
    }
  }

  void linked() {
    hardLinks.increment();
  }

  /** A file's content was moved as a whole. */
  void moved(long count) {
    bytes.add(count);
  }

  /** Content went by, for the progress. */
  void content(long count) {
    long now = content.addAndGet(count);
    long told = toldBytes.get();
    if (now - told >= EVERY_BYTES && toldBytes.compareAndSet(told, now)) {
      tell();
    }
  }

  void wasEqual() {
    equal.increment();
  }

  void removed() {
    removed.increment();
  }

  /** An entry is done. */
  void entry() {
    long now = entries.incrementAndGet();
    long told = toldEntries.get();
    if (now - told >= EVERY_ENTRIES && toldEntries.compareAndSet(told, now)) {
      tell();
    }
  }

  void tell() {
    listener.accept(new TreeCopy.Progress(entries.get(), content.get(), -1, -1));
  }

  /** Notes an entry's failure; one that no other entry can do better with ends everything. */
  void failed(String name, IOException failure) throws IOException {
    if (failure instanceof ProviderException p
        && (p.kind() == ErrorKind.NO_SPACE || p.kind() == ErrorKind.CANCELLED)) {
      throw failure;
    }
    failed(name, String.valueOf(failure.getMessage()));
  }

  synchronized void failed(String name, String message) {
    failedCount++;
    if (failed.size() < MOST_NAMED) {
      failed.add(new MirrorTreeReport.Problem(name, message));
    }
  }

  /** What is worth knowing of an entry that is there. */
  synchronized void note(String name, String message) {
    if (notes.size() < MOST_NAMED) {
      notes.add(new MirrorTreeReport.Problem(name, message));
    }
  }

  synchronized MirrorTreeReport report() {
    failed.sort(Comparator.comparing(MirrorTreeReport.Problem::name));
    notes.sort(Comparator.comparing(MirrorTreeReport.Problem::name));
    return new MirrorTreeReport(
        files.sum(),
        directories.sum(),
        symlinks.sum(),
        specials.sum(),
        hardLinks.sum(),
        bytes.sum(),
        equal.sum(),
        removed.sum(),
        failedCount,
        failed,
        notes);
  }
}
