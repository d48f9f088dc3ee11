// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

/**
 * How large a repository is.
 *
 * @param snapshots its snapshots
 * @param chunks chunks in its index
 * @param sessions sessions that write or read, or ended without a word
 * @param generation of its head
 * @param packObjects objects with content and trees
 * @param packBytes their bytes
 * @param otherObjects all other objects of the domain: index, heads
 * @param otherBytes their bytes
 */
public record RepositoryStats(
    long snapshots,
    long chunks,
    long sessions,
    long generation,
    long packObjects,
    long packBytes,
    long otherObjects,
    long otherBytes) {}
