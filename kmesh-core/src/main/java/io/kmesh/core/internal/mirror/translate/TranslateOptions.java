// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import io.kmesh.engine.MirrorDialect;
import io.kmesh.engine.MirrorTranslationReport;
import io.kmesh.engine.TreeCopy;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** How a prefix is translated. Filled before it runs; not thread-safe. */
public final class TranslateOptions {
  final MirrorDialect dialect;
  Predicate<MirrorDialect> believed = d -> true;
  boolean overwrites;
  int threads = 8;
  int rereads = 3;
  Consumer<TreeCopy.Progress> listener = p -> {};
  Consumer<MirrorTranslationReport.Entry> entries = e -> {};
  BooleanSupplier cancelled = () -> false;
  Supplier<String> attempts = () -> UUID.randomUUID().toString().replace("-", "");

  /**
   * Options for a dialect.
   *
   * @throws IllegalArgumentException for one that is only read
   */
  public TranslateOptions(MirrorDialect dialect) {
    if (!MirrorDialect.written().contains(dialect)) {
      throw new IllegalArgumentException(
          "Cannot translate to "
              + dialect.word()
              + ": it is only read. Use one of "
              + MirrorDialect.written().stream().map(MirrorDialect::word).toList()
              + ".");
    }
    this.dialect = dialect;
  }

  /** Believes the words of one dialect alone. */
  public void believe(MirrorDialect only) {
    believed = d -> d == only;
  }

  /** Replaces what is in the way. */
  public void overwrite() {
    overwrites = true;
  }

  /** The number of objects at once, from 1. */
  public void threads(int count) {
    if (count < 1) {
      throw new IllegalArgumentException(
          "A translation needs at least one thread, not " + count + ". Ask for 1 or more.");
    }
    threads = count;
  }

  /** How often an object that changes is looked at again. */
  public void rereads(int count) {
    rereads = count;
  }

  /** Hears of progress. */
  public void onProgress(Consumer<TreeCopy.Progress> progress) {
    listener = progress;
  }

  /** Hears of each object. */
  public void onEntry(Consumer<MirrorTranslationReport.Entry> listenerOfEntries) {
    entries = listenerOfEntries;
  }

  /** Asked often. */
  public void cancelWhen(BooleanSupplier isCancelled) {
    cancelled = isCancelled;
  }

  /** Whether the work is cancelled. */
  public boolean isCancelled() {
    return cancelled.getAsBoolean();
  }

  /** Sets the source of attempt ids. */
  public void attempts(Supplier<String> ids) {
    attempts = ids;
  }
}
