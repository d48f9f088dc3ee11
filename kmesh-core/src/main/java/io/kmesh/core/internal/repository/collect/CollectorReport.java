// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.collect;

import io.kmesh.core.internal.repository.head.Head;
import java.util.List;

/**
 * What a collection found and did.
 *
 * @param packs packs before
 * @param packBytes their bytes
 * @param deadPacks packs of which nothing is used
 * @param deadBytes their bytes
 * @param rewrittenPacks packs whose used part was written again
 * @param rewrittenBytes their bytes
 * @param deletedPacks packs that were deleted
 * @param deletedBytes their bytes
 * @param waitingPacks packs that go with the next collection, since sessions are open
 * @param orphans objects that ended sessions left
 * @param orphanBytes their bytes
 * @param openSessions sessions that are open
 */
public record CollectorReport(
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
    List<Head.Session> openSessions) {}
