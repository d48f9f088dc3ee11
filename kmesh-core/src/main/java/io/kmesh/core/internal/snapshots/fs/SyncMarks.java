// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Facts;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a plan of a reverse sync comes to, in 8 bytes for each part: the first of the SHA-256 of
 * what the part does and of what it does it to. Immutable.
 *
 * @param steps of all steps
 * @param overruled of what the tree loses in conflicts
 */
public record SyncMarks(List<Long> steps, List<Long> overruled) {
  /** Copies the lists. */
  public SyncMarks {
    steps = List.copyOf(steps);
    overruled = List.copyOf(overruled);
  }

  static SyncMarks of(MergePlan plan) {
    return new SyncMarks(
        plan.steps().stream().map(SyncMarks::mark).toList(),
        plan.conflicts().stream()
            .filter(c -> c.result() == CopyConflict.Result.OURS)
            .flatMap(c -> Stream.ofNullable(c.theirs()).map(lost -> mark(c.path(), lost)))
            .toList());
  }

  private static long mark(MergeStep step) {
    Facts there = step.there();
    Meta meta = step.meta();
    // Times of directories change with what is done in them.
    boolean isDirectory =
        step.kind() == MergeStep.Kind.MAKE_DIRECTORY || (there != null && there.isDirectory());
    return hash(
        step.kind()
            + " "
            + step.bytes()
            + (there == null ? "" : " of " + there.type() + " " + there.inode())
            + (there == null || isDirectory ? "" : content(there.size(), there.mtime()))
            + (meta == null ? "" : " to " + meta.mode() + " " + meta.uid() + " " + meta.gid())
            + (meta == null || isDirectory ? "" : " " + meta.mtime()),
        step.path(),
        step.source());
  }

  /**
   * Of what the tree loses. A file is the same under any name: of several, a sync that was cut has
   * changed some.
   */
  private static long mark(PathBytes path, CopyConflict.Side lost) {
    return lost.type() == FileType.DIRECTORY
        ? hash("lost directory", path, null)
        : hash("lost " + lost.type() + content(lost.size(), lost.mtime()), PathBytes.EMPTY, null);
  }

  private static String content(long size, FileTime time) {
    return " " + size + " " + time;
  }

  private static long hash(String facts, PathBytes path, @Nullable PathBytes other) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update((facts + " ").getBytes(StandardCharsets.US_ASCII));
      digest.update(path.toBytes());
      if (other != null) {
        digest.update((byte) 0);
        digest.update(other.toBytes());
      }
      return ByteBuffer.wrap(digest.digest()).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256.", e);
    }
  }
}
