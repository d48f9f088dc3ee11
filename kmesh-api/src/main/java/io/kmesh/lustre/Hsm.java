// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import io.kmesh.Operation;
import io.kmesh.Receipt;
import io.kmesh.path.PathBytes;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * HSM of one file system. Paths are relative to its mount, with or without a leading slash; a
 * symbolic link is not followed. Thread-safe.
 *
 * <p>Failures are {@link io.kmesh.KmeshException}s that name the path.
 */
public interface Hsm {
  /**
   * Archives a file and waits for the durability that is asked; default store, {@code ARCHIVED}.
   */
  default Operation<Receipt> archive(String path) {
    return archive(PathBytes.of(path), a -> {});
  }

  /** Archives a file. */
  default Operation<Receipt> archive(String path, Consumer<ArchiveSpec.Builder> options) {
    return archive(PathBytes.of(path), options);
  }

  /** Archives a file. */
  Operation<Receipt> archive(PathBytes path, Consumer<ArchiveSpec.Builder> options);

  /** Archives all regular files at and below a path. */
  default Operation<HsmReport> archiveTree(String path, Consumer<ArchiveSpec.Builder> options) {
    return archiveTree(PathBytes.of(path), options);
  }

  /** Archives all regular files at and below a path. */
  Operation<HsmReport> archiveTree(PathBytes path, Consumer<ArchiveSpec.Builder> options);

  /** Brings back the data of all released files at and below a path. */
  default Operation<HsmReport> recall(String path) {
    return recall(PathBytes.of(path));
  }

  /** Brings back the data of all released files at and below a path. */
  Operation<HsmReport> recall(PathBytes path);

  /**
   * Frees the space of all archived, clean files at and below a path. Files that are dirty, not
   * archived or open for writing stay and are reported as skipped.
   */
  default Operation<HsmReport> release(String path) {
    return release(PathBytes.of(path));
  }

  /** Frees the space of all archived, clean files at and below a path. */
  Operation<HsmReport> release(PathBytes path);

  /**
   * Removes the archived copies of all files at and below a path. A released file is refused: it
   * would lose its data.
   */
  default Operation<HsmReport> remove(String path) {
    return remove(PathBytes.of(path));
  }

  /** Removes the archived copies of all files at and below a path. */
  Operation<HsmReport> remove(PathBytes path);

  /** Cancels the action that waits or runs on a file; none is no error. */
  default void cancel(String path) {
    cancel(PathBytes.of(path));
  }

  /** Cancels the action that waits or runs on a file; none is no error. */
  void cancel(PathBytes path);

  /** The state of a file. */
  default HsmState state(String path) {
    return state(PathBytes.of(path));
  }

  /** The state of a file. */
  HsmState state(PathBytes path);

  /** What a copytool is doing to a file. */
  CurrentAction currentAction(PathBytes path);

  /**
   * Waits until a file's state satisfies a predicate.
   *
   * @return the state that did
   * @throws io.kmesh.KmeshTimeoutException when the time is over
   * @throws io.kmesh.KmeshException at once when the file is gone or its copy is LOST
   */
  HsmState await(PathBytes path, Predicate<HsmState> condition, Duration limit);

  /** The receipt of a file's copy as it is now, at level REMOTE; empty when that does not hold. */
  Optional<Receipt> receipt(PathBytes path);
}
