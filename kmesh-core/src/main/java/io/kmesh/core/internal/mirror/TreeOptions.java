// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.mirror.journal.MirrorJournal;
import io.kmesh.engine.MirrorChecksum;
import io.kmesh.engine.MirrorConflict;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.engine.MirrorOutcome;
import io.kmesh.engine.TreeCopy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** How a tree is exported or imported. Filled before it runs; not thread-safe. */
public final class TreeOptions {
  /** Opens journals. */
  @FunctionalInterface
  interface Journals {
    /** The journal of a place; empty when another run holds it. */
    Optional<MirrorJournal> open(String direction, List<String> place) throws IOException;
  }

  TreeCopy.ReadGate gate = (directory, name, stat) -> true;
  int threads = 16;
  int rereads = 3;
  boolean isDurable;
  boolean removesGone;
  boolean bringsForeign;
  @Nullable MirrorDialect dialect;
  boolean isDeep;
  boolean isPlan;
  boolean countsFirst;
  MirrorChecksum checksum = MirrorChecksum.CRC32C;
  MirrorConflict conflicts = MirrorConflict.FAIL;
  boolean hasPortableNames;
  boolean findsMoved;
  Journals journals = (direction, place) -> Optional.empty();
  @Nullable Path journalFolder;
  @Nullable Path cache;
  Consumer<TreeCopy.Progress> listener = p -> {};
  BooleanSupplier cancelled = () -> false;
  Consumer<MirrorOutcome> outcomes = o -> {};

  /** Options that leave all as it is by default. */
  public TreeOptions() {}

  /** Asked before a regular file is read. */
  public void gate(TreeCopy.ReadGate readable) {
    gate = readable;
  }

  /** The number of threads, from 1. */
  public void threads(int count) {
    if (count < 1) {
      throw new IllegalArgumentException(
          "A mirrored tree needs at least one thread, not " + count + ". Ask for 1 or more.");
    }
    threads = count;
  }

  /** How often a file that changes is read again. */
  public void rereads(int count) {
    rereads = count;
  }

  /** Syncs what is imported. */
  public void durable() {
    isDurable = true;
  }

  /** Removes the objects of entries that are gone. */
  public void removeGone() {
    removesGone = true;
  }

  /** Brings the objects of others too. */
  public void bringForeign() {
    bringsForeign = true;
  }

  /** What an import verifies contents by, where an object has it. */
  public void checksum(MirrorChecksum kind) {
    checksum = kind;
  }

  /** What is done where something else is in an entry's place. */
  public void conflicts(MirrorConflict policy) {
    conflicts = policy;
  }

  /** Refuses names that are another one's where case or Unicode's form does not count. */
  public void portableNames() {
    hasPortableNames = true;
  }

  /** Copies at the store what has another name now. */
  public void findMoved() {
    findsMoved = true;
  }

  /** Stores for the readers of a dialect too. */
  public void dialect(MirrorDialect words) {
    if (!MirrorDialect.written().contains(words)) {
      throw new IllegalArgumentException(
          "Cannot export in the words of "
              + words.word()
              + ": they are only read. Choose one of "
              + MirrorDialect.written().stream().map(MirrorDialect::word).toList()
              + ".");
    }
    dialect = words;
  }

  /** These options for a run that changes nothing; the other side must not either. */
  public TreeOptions plan() {
    TreeOptions plan = new TreeOptions();
    plan.gate = gate;
    plan.threads = threads;
    plan.rereads = rereads;
    plan.removesGone = removesGone;
    plan.bringsForeign = bringsForeign;
    plan.dialect = dialect;
    plan.conflicts = conflicts;
    plan.hasPortableNames = hasPortableNames;
    plan.findsMoved = findsMoved;
    plan.countsFirst = countsFirst;
    plan.cache = cache;
    plan.listener = listener;
    plan.cancelled = cancelled;
    plan.outcomes = outcomes;
    plan.isPlan = true;
    return plan;
  }

  /** Remembers in a folder what is under way. A plan has nothing under way. */
  public void journal(Path folder) {
    journalFolder = folder;
    journals = (direction, place) -> MirrorJournal.open(folder, direction, place);
  }

  /** Counts what there is beside the work. */
  public void countFirst() {
    countsFirst = true;
  }

  /** A comparison reads the store's bytes too. */
  public void deep() {
    isDeep = true;
  }

  /** Keeps what the store says of objects in a folder. */
  public void cache(Path folder) {
    cache = folder;
  }

  /** Hears of progress. */
  public void onProgress(Consumer<TreeCopy.Progress> progress) {
    listener = progress;
  }

  /** Hears what becomes of each entry. */
  public void onOutcome(Consumer<MirrorOutcome> listener) {
    outcomes = listener;
  }

  /** Asked often. */
  public void cancelWhen(BooleanSupplier isCancelled) {
    cancelled = isCancelled;
  }

  /** Whether it was cancelled by now. */
  public boolean isCancelled() {
    return cancelled.getAsBoolean();
  }
}
