// SPDX-License-Identifier: Apache-2.0
package io.kmesh.repository;

import io.kmesh.unit.DataSize;

/**
 * What a copy of snapshots to another repository did.
 *
 * @param copied snapshots that the target has because of it
 * @param unchanged snapshots that it had
 * @param stored bytes that it stores for them, sealed
 */
public record CopyReport(long copied, long unchanged, DataSize stored) {}
