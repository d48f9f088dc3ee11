// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Facts;
import io.kmesh.path.PathBytes;
import org.jspecify.annotations.Nullable;

/**
 * A step that brings a change of a copy to another tree. Immutable.
 *
 * @param kind what it does
 * @param path where the result is; of what is removed, where it is before any rename
 * @param source of a rename, where it is before any; of what is written, where the copy has it; of
 *     a link, the name that it is one more of; else null
 * @param base where the copy's snapshot has it; null for what is new
 * @param there what the other tree has in its place before; null for nothing
 * @param meta the attributes that it gets; null where none are set
 * @param bytes how many are written
 * @param isPartial whether only the bytes that the copy wrote are new, and the tree has the others
 */
record MergeStep(
    Kind kind,
    PathBytes path,
    @Nullable PathBytes source,
    @Nullable PathBytes base,
    @Nullable Facts there,
    @Nullable Meta meta,
    long bytes,
    boolean isPartial) {
  /** What a step does. */
  enum Kind {
    REMOVE,
    REMOVE_TREE,
    RENAME,
    MAKE_DIRECTORY,
    WRITE,
    LINK,
    ATTRIBUTES
  }

  /** Removes an entry that is no directory, or one that is empty by then. */
  static MergeStep remove(PathBytes path, @Nullable PathBytes base, Facts there) {
    return new MergeStep(Kind.REMOVE, path, null, base, there, null, 0, false);
  }

  /** Removes an entry with all in it. */
  static MergeStep removeTree(PathBytes path, Facts there) {
    return new MergeStep(Kind.REMOVE_TREE, path, null, null, there, null, 0, false);
  }

  static MergeStep rename(PathBytes from, PathBytes to, Facts there) {
    return new MergeStep(Kind.RENAME, to, from, null, there, null, 0, false);
  }

  static MergeStep makeDirectory(PathBytes path, Meta meta) {
    return new MergeStep(Kind.MAKE_DIRECTORY, path, path, null, null, meta, 0, false);
  }

  static MergeStep link(
      PathBytes path, PathBytes existing, @Nullable PathBytes base, @Nullable Facts there) {
    return new MergeStep(Kind.LINK, path, existing, base, there, null, 0, false);
  }

  static MergeStep attributes(PathBytes path, PathBytes base, Facts there, Meta meta) {
    return new MergeStep(Kind.ATTRIBUTES, path, null, base, there, meta, 0, false);
  }
}
