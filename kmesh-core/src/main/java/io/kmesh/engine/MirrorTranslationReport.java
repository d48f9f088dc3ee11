// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * What a translation did, or would do. Lists keep the first 10,000.
 *
 * @param objects objects of the source that were looked at
 * @param copied those that the store copied itself
 * @param copiedBytes their bytes
 * @param sent those whose bytes went through here, empty ones included
 * @param sentBytes their bytes
 * @param equal those that were there already
 * @param leftOut those that were not written, since the dialect can't say their type
 * @param removed objects of the source that have another key now, in place
 * @param requests calls of the stores; a plan counts those that the translation will make, itself
 *     included
 * @param losses how many entries lose what for a reader of the dialect, by the words of
 *     docs/format/dialects.md
 * @param failedCount objects that could not be translated
 * @param failed them, with the reason
 * @param notes what is worth knowing of others
 */
public record MirrorTranslationReport(
    long objects,
    long copied,
    long copiedBytes,
    long sent,
    long sentBytes,
    long equal,
    long leftOut,
    long removed,
    long requests,
    SortedMap<String, Long> losses,
    long failedCount,
    List<MirrorTreeReport.Problem> failed,
    List<MirrorTreeReport.Problem> notes) {
  /** Copies the collections. */
  public MirrorTranslationReport {
    losses = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(losses));
    failed = List.copyOf(failed);
    notes = List.copyOf(notes);
  }

  /** What became of an object. */
  public enum Outcome {
    /** The store copied it. */
    COPIED,
    /** Its bytes went through here. */
    SENT,
    /** It was there already. */
    EQUAL,
    /** It was not written: the dialect can't say its type. */
    LEFT_OUT,
    /** It was not written: something is in its place that is not overwritten. A failure too. */
    CONFLICT,
    /** It could not be translated. */
    FAILED
  }

  /**
   * One object; in a plan, what would become of it.
   *
   * @param key its whole key in the source
   * @param targetKey its whole key in the target; empty when that was not found out
   * @param outcome what became of it
   * @param bytes of the translated object
   * @param losses what a reader of the dialect will not see of it
   * @param message why it failed; else empty
   */
  public record Entry(
      String key,
      String targetKey,
      Outcome outcome,
      long bytes,
      SortedSet<String> losses,
      String message) {}
}
