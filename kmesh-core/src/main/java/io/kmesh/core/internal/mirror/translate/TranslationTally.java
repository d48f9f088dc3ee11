// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import io.kmesh.engine.MirrorTranslationReport;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.engine.TreeCopy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Counts what a translation does. Thread-safe. */
final class TranslationTally {
  private static final int MOST_NAMED = 10_000;
  private static final long EVERY_ENTRIES = 1000;
  private static final long EVERY_BYTES = 64L << 20;

  private final TranslateOptions options;
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong content = new AtomicLong();
  private final AtomicLong toldEntries = new AtomicLong();
  private final AtomicLong toldBytes = new AtomicLong();
  private final LongAdder objects = new LongAdder();
  private final LongAdder copied = new LongAdder();
  private final LongAdder copiedBytes = new LongAdder();
  private final LongAdder sent = new LongAdder();
  private final LongAdder sentBytes = new LongAdder();
  private final LongAdder equal = new LongAdder();
  private final LongAdder leftOut = new LongAdder();
  private final LongAdder removed = new LongAdder();
  private final LongAdder planned = new LongAdder();
  private final SortedMap<String, Long> losses = new TreeMap<>(); // guarded by this
  private final List<MirrorTreeReport.Problem> failed = new ArrayList<>(); // guarded by this
  private final List<MirrorTreeReport.Problem> notes = new ArrayList<>(); // guarded by this
  private long failedCount; // guarded by this

  TranslationTally(TranslateOptions options) {
    this.options = options;
  }

  /** An object was looked at that is there still. */
  void looked() {
    objects.increment();
  }

  /** What became of an object. */
  void became(MirrorTranslationReport.Entry entry) {
    switch (entry.outcome()) {
      case COPIED -> {
        copied.increment();
        copiedBytes.add(entry.bytes());
      }
      case SENT -> {
        sent.increment();
        sentBytes.add(entry.bytes());
      }
      case EQUAL -> equal.increment();
      case LEFT_OUT -> leftOut.increment();
      case CONFLICT, FAILED -> failed(entry.key(), entry.message());
    }
    synchronized (this) {
      entry.losses().forEach(loss -> losses.merge(loss, 1L, Long::sum));
    }
    options.entries.accept(entry);
  }

  private synchronized void failed(String name, String message) {
    failedCount++;
    if (failed.size() < MOST_NAMED) {
      failed.add(new MirrorTreeReport.Problem(name, message));
    }
  }

  synchronized void note(String name, String message) {
    if (notes.size() < MOST_NAMED) {
      notes.add(new MirrorTreeReport.Problem(name, message));
    }
  }

  void removed() {
    removed.increment();
  }

  /** Calls that a plan foresees beside its own. */
  void planned(long calls) {
    planned.add(calls);
  }

  /** Content went through here. */
  void content(long bytes) {
    long now = content.addAndGet(bytes);
    long told = toldBytes.get();
    if (now - told >= EVERY_BYTES && toldBytes.compareAndSet(told, now)) {
      tell();
    }
  }

  /** An object is done. */
  void done() {
    long now = done.incrementAndGet();
    long told = toldEntries.get();
    if (now - told >= EVERY_ENTRIES && toldEntries.compareAndSet(told, now)) {
      tell();
    }
  }

  void tell() {
    options.listener.accept(new TreeCopy.Progress(done.get(), content.get(), -1, -1));
  }

  /**
   * The report.
   *
   * @param calls that were made
   */
  synchronized MirrorTranslationReport report(long calls) {
    failed.sort(Comparator.comparing(MirrorTreeReport.Problem::name));
    notes.sort(Comparator.comparing(MirrorTreeReport.Problem::name));
    return new MirrorTranslationReport(
        objects.sum(),
        copied.sum(),
        copiedBytes.sum(),
        sent.sum(),
        sentBytes.sum(),
        equal.sum(),
        leftOut.sum(),
        removed.sum(),
        calls + planned.sum(),
        losses,
        failedCount,
        failed,
        notes);
  }
}
