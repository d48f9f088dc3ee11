// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

import io.kmesh.core.internal.repository.collect.CollectorReport;

/**
 * What a collection of garbage found and did, or would do.
 *
 * @param packs packs before
 * @param packBytes their bytes
 * @param deadPacks packs of which nothing is used
 * @param deadBytes their bytes
 * @param rewrittenPacks packs whose used part is written again
 * @param rewrittenBytes their bytes
 * @param deletedPacks packs that were deleted
 * @param deletedBytes their bytes
 * @param waitingPacks packs that go with the next collection, since sessions are open
 * @param orphans objects that ended sessions left
 * @param orphanBytes their bytes
 * @param openSessions sessions that are open
 */
public record PruneResult(
    long packs,
    long packBytes,
    long deadPacks,
    long deadBytes,
    long rewrittenPacks,
    long rewrittenBytes,
    long deletedPacks,
    long deletedBytes,
    long waitingPacks,
    long orphans,
    long orphanBytes,
    long openSessions) {
  static PruneResult of(CollectorReport r) {
    return new PruneResult(
        r.packs(),
        r.packBytes(),
        r.deadPacks(),
        r.deadBytes(),
        r.rewrittenPacks(),
        r.rewrittenBytes(),
        r.deletedPacks(),
        r.deletedBytes(),
        r.waitingPacks(),
        r.orphans(),
        r.orphanBytes(),
        r.openSessions().size());
  }
}
