// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes the files of a refresh as stubs in the hidden directory, and has their content catalogued
 * before the first of them is put in its place. For one thread.
 */
final class StagedStubs {
  private final StubWriter writer;
  private final SnapshotVolume newer;
  private final PathBytes place;
  private final Commit commit;
  private final IdentityHashMap<MergeStep, PathBytes> names = new IdentityHashMap<>();

  /** Makes what is noted durable. */
  @FunctionalInterface
  interface Commit {
    void run() throws IOException;
  }

  /**
   * Stubs of a newer snapshot.
   *
   * @param place the hidden directory on the mount
   */
  StagedStubs(StubWriter writer, SnapshotVolume newer, PathBytes place, Commit commit) {
    this.writer = writer;
    this.newer = newer;
    this.place = place;
    this.commit = commit;
  }

  void prepare(List<MergeStep> steps, PosixDirectory hidden) throws IOException {
    for (MergeStep step : steps) {
      SnapshotVolume.Entry entry =
          step.kind() != MergeStep.Kind.WRITE
              ? null
              : newer.at(Optional.ofNullable(step.source()).orElseThrow());
      if (entry != null && SnapshotVolume.hasBytes(entry) && entry.node().size() > 0) {
        PathBytes name = PathBytes.of("stub-" + names.size());
        writer.make(hidden, place.resolve(name), entry, new EntrySetter());
        names.put(step, name);
      }
    }
    if (!names.isEmpty()) {
      commit.run();
    }
  }

  /** The name of the stub of a step in the hidden directory; null when it is no stub. */
  @Nullable PathBytes name(MergeStep step) {
    return names.get(step);
  }
}
