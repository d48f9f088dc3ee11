// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import io.kmesh.core.internal.mirror.NamedProblems;
import io.kmesh.core.internal.mirror.ProgressCount;
import io.kmesh.engine.MirrorTranslationReport;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts what a translation does. Thread-safe. */
final class TranslationTally {
  private static final long EVERY_BYTES = 64L << 20;

  private final TranslateOptions options;
  private final ProgressCount progress;
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
  private final NamedProblems failed = new NamedProblems();
  private final NamedProblems notes = new NamedProblems();

  TranslationTally(TranslateOptions options) {
    this.options = options;
    this.progress = new ProgressCount(options.listener, EVERY_BYTES);
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
      case CONFLICT, FAILED -> failed.add(entry.key(), entry.message());
    }
    synchronized (this) {
      entry.losses().forEach(loss -> losses.merge(loss, 1L, Long::sum));
    }
    options.entries.accept(entry);
  }

  void note(String name, String message) {
    notes.add(name, message);
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
    progress.content(bytes);
  }

  /** An object is done. */
  void done() {
    progress.entry();
  }

  void tell() {
    progress.tell();
  }

  /**
   * The report.
   *
   * @param calls that were made
   */
  synchronized MirrorTranslationReport report(long calls) {
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
        failed.count(),
        failed.sorted(),
        notes.sorted());
  }
}
