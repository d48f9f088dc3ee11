// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

/**
 * How much a file was used of late from this client; each number falls off with time. Source:
 * {@code struct lu_heat}.
 *
 * @param isOn whether it is counted for this file
 * @param reads reads
 * @param writes writes
 * @param bytesRead bytes read
 * @param bytesWritten bytes written
 */
public record FileHeat(boolean isOn, long reads, long writes, long bytesRead, long bytesWritten) {}
