// SPDX-License-Identifier: Apache-2.0
package io.kmesh.repository;

import io.kmesh.unit.DataSize;

/**
 * What a pruning found and did; of a plan, what it would do.
 *
 * @param packs packs before
 * @param packBytes their bytes
 * @param deadPacks packs of which nothing is used
 * @param deadBytes their bytes
 * @param rewrittenPacks packs whose used part is written again
 * @param rewrittenBytes their bytes
 * @param deletedPacks packs that were deleted
 * @param deletedBytes their bytes
 * @param waitingPacks packs that go with the next pruning, since sessions are open
 * @param orphans objects that ended sessions left
 * @param orphanBytes their bytes
 * @param openSessions sessions that are open
 */
public record PruneReport(
    long packs,
    DataSize packBytes,
    long deadPacks,
    DataSize deadBytes,
    long rewrittenPacks,
    DataSize rewrittenBytes,
    long deletedPacks,
    DataSize deletedBytes,
    long waitingPacks,
    long orphans,
    DataSize orphanBytes,
    long openSessions) {}
