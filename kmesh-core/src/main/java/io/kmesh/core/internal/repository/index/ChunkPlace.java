// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.index;

import io.kmesh.core.internal.repository.pack.PackId;

/**
 * Where a chunk is.
 *
 * @param pack the pack
 * @param type the pack's type, see {@link PackFrames}
 * @param offset the frame's place in the pack
 * @param sealed the frame's bytes there
 * @param content the bytes of the frame's chunks
 * @param slot the chunk's number in the frame
 * @param run the number of the run that says so, of those of its {@link ChunkIndex}
 * @param record the chunk's number in that run
 */
public record ChunkPlace(
    PackId pack, int type, int offset, int sealed, int content, int slot, int run, int record) {}
