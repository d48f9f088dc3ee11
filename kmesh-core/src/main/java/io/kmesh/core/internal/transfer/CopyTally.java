// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.engine.TreeCopy;
import io.kmesh.engine.TreeCopyReport;
import io.kmesh.engine.TreeCopyReport.Problem;
import io.kmesh.engine.TreeCopyReport.Reason;
import io.kmesh.path.PathBytes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/** Counts what a copy does. Thread-safe. */
final class CopyTally {
  private static final int MOST = 10_000;
  private static final long EVERY_ENTRIES = 1000;
  private static final long EVERY_BYTES = 64L << 20;

  final LongAdder files = new LongAdder();
  final LongAdder directories = new LongAdder();
  final LongAdder symlinks = new LongAdder();
  final LongAdder specials = new LongAdder();
  final LongAdder hardLinks = new LongAdder();
  final LongAdder copiedBytes = new LongAdder();
  final LongAdder equal = new LongAdder();
  private final Consumer<TreeCopy.Progress> listener;
  private final AtomicLong entries = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong toldEntries = new AtomicLong();
  private final AtomicLong toldBytes = new AtomicLong();
  private final List<Problem> skipped = new ArrayList<>();
  private final List<Problem> failed = new ArrayList<>();
  private long skippedCount;
  private long failedCount;
  private volatile long totalEntries = -1;
  private volatile long totalBytes = -1;

  CopyTally(Consumer<TreeCopy.Progress> listener) {
    this.listener = listener;
  }

  void totals(long entryCount, long byteCount) {
    totalEntries = entryCount;
    totalBytes = byteCount;
  }

  /** Content went by, whether copied or equal. */
  void content(long n) {
    long now = bytes.addAndGet(n);
    long told = toldBytes.get();
    if (now - told >= EVERY_BYTES && toldBytes.compareAndSet(told, now)) {
      tell();
    }
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
    listener.accept(new TreeCopy.Progress(entries.get(), bytes.get(), totalEntries, totalBytes));
  }

  synchronized void skipped(PathBytes path, Reason reason, String message) {
    skippedCount++;
    if (skipped.size() < MOST) {
      skipped.add(new Problem(path, reason, message));
    }
  }

  synchronized void failed(PathBytes path, Reason reason, String message) {
    failedCount++;
    if (failed.size() < MOST) {
      failed.add(new Problem(path, reason, message));
    }
  }

  synchronized TreeCopyReport report() {
    skipped.sort(Comparator.comparing(Problem::path));
    failed.sort(Comparator.comparing(Problem::path));
    return new TreeCopyReport(
        files.sum(),
        directories.sum(),
        symlinks.sum(),
        specials.sum(),
        hardLinks.sum(),
        copiedBytes.sum(),
        equal.sum(),
        skippedCount,
        failedCount,
        skipped,
        failed);
  }
}
