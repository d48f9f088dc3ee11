// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.path.PathBytes;
import java.nio.charset.StandardCharsets;

/**
 * How conflicts are settled. Immutable.
 *
 * @param policy what was asked
 * @param skipped whose entry stays where a conflict is left alone: that of the tree that is changed
 * @param suffix what the copy's entry has behind its name when both stay
 */
record MergeRules(ConflictPolicy policy, CopyConflict.Result skipped, String suffix) {
  /** Rules of a copy. */
  static MergeRules of(ConflictPolicy policy, CopyConflict.Result skipped, String copy) {
    return new MergeRules(policy, skipped, ".copy-" + copy.substring(0, 8));
  }

  CopyConflict.Result result(boolean canBeBoth) {
    return switch (policy) {
      case OURS -> CopyConflict.Result.OURS;
      case THEIRS -> CopyConflict.Result.THEIRS;
      case SKIP -> skipped;
      case BOTH -> canBeBoth ? CopyConflict.Result.BOTH : skipped;
    };
  }

  /** The name of the copy's entry beside the other's. */
  PathBytes beside(PathBytes path) {
    byte[] name = path.name().toBytes();
    byte[] more = suffix.getBytes(StandardCharsets.US_ASCII);
    int kept = Math.min(name.length, PathBytes.NAME_MAX - more.length);
    byte[] all = java.util.Arrays.copyOf(name, kept + more.length);
    System.arraycopy(more, 0, all, kept, more.length);
    return path.parent().resolve(PathBytes.of(all));
  }
}
