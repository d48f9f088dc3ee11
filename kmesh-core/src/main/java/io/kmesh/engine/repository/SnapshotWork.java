// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

import io.kmesh.core.internal.snapshots.ScanTally;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.util.List;

/**
 * How far the taking of a snapshot, or a restore, is, and how to stop it. For one call; read and
 * cancelled from any thread.
 */
public final class SnapshotWork {
  private final ScanTally tally = new ScanTally();
  private volatile boolean isCancelled;

  /** Nothing done yet. */
  public SnapshotWork() {}

  /** Stops it soon, with CANCELLED: nothing is published. */
  public void cancel() {
    isCancelled = true;
  }

  ScanTally tally() {
    return tally;
  }

  Retrier.Check check() {
    return () -> {
      if (isCancelled) {
        throw new ProviderException(
            ErrorKind.CANCELLED, "Cannot go on: this was cancelled. Nothing was published.");
      }
    };
  }

  /** Regular files seen. */
  public long files() {
    return tally.files();
  }

  /** Directories seen. */
  public long directories() {
    return tally.directories();
  }

  /** Links, devices and the like seen. */
  public long others() {
    return tally.others();
  }

  /** The bytes of the regular files. */
  public long bytes() {
    return tally.bytes();
  }

  /** Files whose content was read, or written. */
  public long contentFiles() {
    return tally.readFiles();
  }

  /** The bytes of content that were read, or written. */
  public long contentBytes() {
    return tally.readBytes();
  }

  /** How many entries could not be taken or restored as they are. */
  public long problemCount() {
    return tally.problemCount();
  }

  /** The first thousand of them. */
  public List<Problem> problems() {
    return tally.problems().stream().map(p -> new Problem(p.path(), p.reason())).toList();
  }

  /**
   * An entry that could not be taken, or restored, as it is.
   *
   * @param path where, below the top
   * @param reason why, and what became of it
   */
  public record Problem(PathBytes path, String reason) {}
}
