// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import io.kmesh.path.PathBytes;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What became of one entry of a mirrored tree. An entry has one outcome of an export, import or
 * comparison, and notes beside it.
 *
 * @param what became of it
 * @param pathOrNull the entry's path below the tree's top, empty for the top itself; null when the
 *     object says none that can be used
 * @param key the object's whole key in the store; empty when the entry has none
 * @param bytes of content that were moved, or compared; 0 for what is no file
 * @param reason a sentence for people; empty when all is said
 * @param remedy a sentence with what to do; empty when there is nothing to do
 * @param differences of a comparison, by attribute
 */
public record MirrorOutcome(
    What what,
    @Nullable PathBytes pathOrNull,
    String key,
    long bytes,
    String reason,
    String remedy,
    List<Difference> differences) {
  /** Copies the list. */
  public MirrorOutcome {
    differences = List.copyOf(differences);
  }

  /** An outcome without differences. */
  public MirrorOutcome(
      What what,
      @Nullable PathBytes pathOrNull,
      String key,
      long bytes,
      String reason,
      String remedy) {
    this(what, pathOrNull, key, bytes, reason, remedy, List.of());
  }

  /** What became of an entry. */
  public enum What {
    /** It was not there, or not equal, and is now: its content, its attributes, or both. */
    SENT,
    /** It was there and equal. */
    EQUAL,
    /** The object of an entry that is gone was removed. */
    REMOVED,
    /** It was left alone on purpose, such as content that is in an archive only. */
    SKIPPED,
    /** Something is in its place that is not overwritten, or somebody else was faster. */
    CONFLICT,
    /** It could not be done. */
    FAILED,
    /** What is worth knowing of an entry, beside its outcome. */
    NOTE,
    /** A comparison found that the entry and its object are not the same. */
    DIFFERENT,
    /** A comparison found an entry without an object. */
    ONLY_IN_TREE,
    /** A comparison found an object without an entry. */
    ONLY_IN_STORE;

    /** Its name in reports, such as {@code only-in-tree}. */
    public String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * One attribute that is not the same on both sides.
   *
   * @param attribute its name: {@code type}, {@code mode}, {@code uid}, {@code gid}, {@code mtime}
   *     in nanoseconds, {@code size}, {@code rdev}, {@code links}, {@code target}, {@code xattrs}
   *     or {@code sha256}
   * @param tree its value in the tree; empty for none
   * @param store its value in the store; empty for none
   */
  public record Difference(String attribute, String tree, String store) {}

  /** The entry's path, when there is one. */
  public Optional<PathBytes> path() {
    return Optional.ofNullable(pathOrNull);
  }
}
