// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import io.kmesh.unit.DataSize;
import java.util.List;

/**
 * What a restore did. Every chunk was verified before a byte of it was written.
 *
 * @param files regular files that are there now
 * @param directories directories that are there now
 * @param others links, devices and the like that are there now
 * @param bytes of the regular files
 * @param writtenFiles files whose content was written by the last process that worked on it; the
 *     others were there
 * @param writtenBytes their bytes
 * @param problems how many entries could not be restored as they are
 * @param details the first {@value SnapshotProblem#MOST} of them
 */
public record RestoreReport(
    long files,
    long directories,
    long others,
    DataSize bytes,
    long writtenFiles,
    DataSize writtenBytes,
    long problems,
    List<SnapshotProblem> details) {
  /** Copies the list. */
  public RestoreReport {
    details = List.copyOf(details);
  }
}
