// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.collect;

import io.kmesh.core.internal.repository.index.RunFile;
import io.kmesh.core.internal.repository.pack.PackId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/** Which chunks the frames of some packs have, as an index run says. Immutable. */
final class PackContents {
  private final Map<PackId, NavigableMap<Integer, Frame>> packs = new HashMap<>();

  /** A chunk of a frame. */
  record Chunk(int slot, long first, long second, int record) {}

  /** A frame. */
  static final class Frame {
    private final int sealed;
    private final List<Chunk> chunks = new ArrayList<>();

    private Frame(int sealed) {
      this.sealed = sealed;
    }

    int sealed() {
      return sealed;
    }

    /** In the order of their places. */
    List<Chunk> chunks() {
      return chunks;
    }
  }

  PackContents(RunFile run, Set<PackId> wanted) throws IOException {
    run.visit(
        wanted::contains,
        (record, first, second, place) ->
            packs
                .computeIfAbsent(place.pack(), id -> new TreeMap<>())
                .computeIfAbsent(place.offset(), offset -> new Frame(place.sealed()))
                .chunks
                .add(new Chunk(place.slot(), first, second, record)));
    for (NavigableMap<Integer, Frame> frames : packs.values()) {
      frames.values().forEach(f -> f.chunks.sort(java.util.Comparator.comparing(Chunk::slot)));
    }
  }

  /** The frames of a pack by their offset. */
  NavigableMap<Integer, Frame> frames(PackId pack) {
    return packs.getOrDefault(pack, new TreeMap<>());
  }

  /** The packs that it knows. */
  Set<PackId> packs() {
    return packs.keySet();
  }
}
