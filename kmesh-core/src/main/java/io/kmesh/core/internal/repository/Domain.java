// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository;

import io.kmesh.core.internal.repository.chunk.ChunkProfile;
import io.kmesh.core.internal.repository.chunk.Cutters;
import io.kmesh.core.internal.repository.head.HeadLog;
import io.kmesh.core.internal.repository.index.RunCache;
import io.kmesh.core.internal.repository.objects.ChunkNamer;
import io.kmesh.core.internal.repository.objects.DomainObjects;
import io.kmesh.core.internal.repository.pack.PackKeys;
import java.util.function.Supplier;

/**
 * A domain that is open: its objects, its keys, its heads.
 *
 * @param name its name
 * @param objects its objects
 * @param heads its states
 * @param runs its index runs
 * @param packKeys the keys of its packs
 * @param namers gives what names chunks, one for each thread
 * @param gear the gear table's bytes
 * @param data how file contents are cut
 * @param image how images and tar streams are cut
 */
public record Domain(
    String name,
    DomainObjects objects,
    HeadLog heads,
    RunCache runs,
    PackKeys packKeys,
    Supplier<ChunkNamer> namers,
    @SuppressWarnings("ArrayRecordComponent") byte[] gear,
    ChunkProfile data,
    ChunkProfile image) {
  /** Cuts file contents, for one thread. */
  public Cutters cutters() {
    return new Cutters(gear, data, image);
  }

  @Override
  public String toString() {
    return "domain " + name + " of " + objects.where();
  }
}
