// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.index;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.pack.PackId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Several runs as one index, the newest first. Immutable; thread-safe. */
public final class ChunkIndex {
  private final List<RunFile> runs;
  private final Set<PackId> shunned;

  /**
   * An index.
   *
   * @param runs newest first
   * @param shunned packs that are not looked at: those that the head says are condemned or gone
   */
  public ChunkIndex(List<RunFile> runs, Set<PackId> shunned) {
    this.runs = List.copyOf(runs);
    this.shunned = Set.copyOf(shunned);
  }

  /** The same with a newer run. */
  public ChunkIndex with(RunFile newest) {
    List<RunFile> more = new ArrayList<>();
    more.add(newest);
    more.addAll(runs);
    return new ChunkIndex(more, shunned);
  }

  /** The same with more runs that are looked at last. */
  public ChunkIndex behind(List<RunFile> last) {
    List<RunFile> more = new ArrayList<>(runs);
    more.addAll(last);
    return new ChunkIndex(more, shunned);
  }

  /** The runs, in the order in which they are looked at. */
  public List<RunFile> runs() {
    return runs;
  }

  /** The chunks of all runs; what several runs have counts as often. */
  public long chunks() {
    return runs.stream().mapToLong(RunFile::chunks).sum();
  }

  /** Where a chunk is; empty when no pack has it. */
  public Optional<ChunkPlace> find(ChunkName name) {
    for (int i = 0; i < runs.size(); i++) {
      RunFile run = runs.get(i);
      int record = run.find(name.first(), name.second());
      for (; record >= 0 && run.isOf(record, name.first(), name.second()); record++) {
        if (shunned.isEmpty() || !shunned.contains(run.pack(record))) {
          return Optional.of(run.place(i, record));
        }
      }
    }
    return Optional.empty();
  }

  /** The pack that has a chunk; as {@link #find}, but less is made of it. */
  public Optional<PackId> findPack(ChunkName name) {
    for (RunFile run : runs) {
      int record = run.find(name.first(), name.second());
      for (; record >= 0 && run.isOf(record, name.first(), name.second()); record++) {
        PackId pack = run.pack(record);
        if (shunned.isEmpty() || !shunned.contains(pack)) {
          return Optional.of(pack);
        }
      }
    }
    return Optional.empty();
  }

  /** The same without some more packs. */
  public ChunkIndex shunning(Set<PackId> more) {
    Set<PackId> all = new HashSet<>(shunned);
    all.addAll(more);
    return new ChunkIndex(runs, all);
  }

  /** All places of a chunk, those in shunned packs last: for who must read it whatever it takes. */
  public List<ChunkPlace> findAll(ChunkName name) {
    List<ChunkPlace> places = new ArrayList<>();
    List<ChunkPlace> last = new ArrayList<>();
    for (int i = 0; i < runs.size(); i++) {
      RunFile run = runs.get(i);
      int record = run.find(name.first(), name.second());
      for (; record >= 0 && run.isOf(record, name.first(), name.second()); record++) {
        (shunned.contains(run.pack(record)) ? last : places).add(run.place(i, record));
      }
    }
    places.addAll(last);
    return places;
  }
}
