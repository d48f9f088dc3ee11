// SPDX-License-Identifier: Apache-2.0
package io.kmesh.tiering;

import io.kmesh.lustre.HsmReport;
import io.kmesh.unit.DataSize;
import java.util.List;

/**
 * What applying a plan did.
 *
 * @param planned steps of the plan
 * @param archived files that were archived
 * @param released files that were released
 * @param moved files whose data moved, promotions included
 * @param skipped files that were left because they had changed or did not match any more
 * @param failed files that failed
 * @param bytesFreed bytes that left the watched tier
 * @param details the first 1,000 skipped and failed ones by path
 */
public record TieringReport(
    long planned,
    long archived,
    long released,
    long moved,
    long skipped,
    long failed,
    DataSize bytesFreed,
    List<HsmReport.Detail> details) {
  /** Copies the list. */
  public TieringReport {
    details = List.copyOf(details);
  }

  /** How many skipped and failed files are not among the {@link #details}. */
  public long unnamed() {
    return Math.max(0, skipped + failed - details.size());
  }
}
