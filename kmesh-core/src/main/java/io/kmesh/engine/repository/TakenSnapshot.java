// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

/**
 * A snapshot that was taken.
 *
 * @param snapshot it
 * @param stored bytes that it added to the store, sealed, without the index
 */
public record TakenSnapshot(SnapshotInfo snapshot, long stored) {}
