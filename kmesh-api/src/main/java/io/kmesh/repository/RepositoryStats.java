// SPDX-License-Identifier: Apache-2.0
package io.kmesh.repository;

import io.kmesh.unit.DataSize;

/**
 * How large a repository is.
 *
 * @param snapshots its snapshots
 * @param chunks chunks in its index
 * @param sessions sessions that write or read now, or ended without a word
 * @param packs objects with content and trees
 * @param packBytes their bytes
 * @param otherObjects all other objects: index and heads
 * @param otherBytes their bytes
 */
public record RepositoryStats(
    long snapshots,
    long chunks,
    long sessions,
    long packs,
    DataSize packBytes,
    long otherObjects,
    DataSize otherBytes) {}
