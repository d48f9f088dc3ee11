// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import io.kmesh.unit.DataSize;
import java.util.List;

/**
 * What became of the files of a tree.
 *
 * @param done files that are as asked because of this operation
 * @param unchanged files that were so already when they were looked at; of an operation that goes
 *     on in another process, those too that got there between the two
 * @param skipped files that were left as they are, by design
 * @param failed files that failed
 * @param bytes bytes of the files that are done
 * @param details the first 1,000 skipped and failed ones by path
 */
public record HsmReport(
    long done, long unchanged, long skipped, long failed, DataSize bytes, List<Detail> details) {
  /** How many details a report keeps. */
  public static final int MAX_DETAILS = 1000;

  /** Copies the list. */
  public HsmReport {
    details = List.copyOf(details);
  }

  /** How many skipped and failed files are not among the {@link #details}. */
  public long unnamed() {
    return Math.max(0, skipped + failed - details.size());
  }

  /**
   * Why one file was skipped or failed.
   *
   * @param path the printed path
   * @param outcome skipped or failed
   * @param reason why, and what to do
   */
  public record Detail(String path, Outcome outcome, String reason) {}

  /** What became of a file that is not as asked. */
  public enum Outcome {
    /** Left as it is, by design. */
    SKIPPED,
    /** Tried and failed. */
    FAILED
  }
}
