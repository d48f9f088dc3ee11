// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool;

import io.kmesh.unit.DataSize;

/**
 * What a copytool has done since it started, and what it has at hand.
 *
 * @param queued items that wait in memory
 * @param spilled items that wait in the journal only, because memory's share was full
 * @param running items at work
 * @param archived archives that ended well
 * @param restored restores that ended well
 * @param removed removes that ended well
 * @param failed actions that ended with an error
 * @param cancelled actions that were cancelled
 * @param reconnects how often it registered anew
 * @param bytesArchived bytes of archives that ended well
 * @param bytesRestored bytes of restores that ended well
 */
public record CopytoolStatus(
    long queued,
    long spilled,
    long running,
    long archived,
    long restored,
    long removed,
    long failed,
    long cancelled,
    long reconnects,
    DataSize bytesArchived,
    DataSize bytesRestored) {}
