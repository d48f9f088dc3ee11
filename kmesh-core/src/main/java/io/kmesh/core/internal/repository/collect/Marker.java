// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.collect;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.index.ChunkIndex;
import io.kmesh.core.internal.repository.index.ChunkPlace;
import io.kmesh.core.internal.repository.index.RunFile;
import io.kmesh.core.internal.repository.pack.PackId;
import io.kmesh.core.internal.repository.tree.ChunkSource;
import io.kmesh.core.internal.repository.tree.TreeChunks;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Marks the chunks that roots keep: a bit a chunk of the index. For one thread. */
final class Marker implements TreeChunks.Visitor {
  /** The kind as which what a session holds is read. */
  private static final String HELD = "snapshot";

  private ChunkIndex index;
  private final ChunkSource source;
  private final Map<String, RootReader> readers;
  private final List<BitSet> marks = new ArrayList<>();
  private final Set<ChunkName> roots = new HashSet<>();
  private final Set<PackId> touched = new HashSet<>();

  Marker(ChunkIndex index, ChunkSource source, Map<String, RootReader> readers) {
    this.index = index;
    this.source = source;
    this.readers = readers;
    index.runs().forEach(run -> marks.add(new BitSet(run.chunks())));
  }

  /** Looks into more runs, after those that it knows. */
  void know(List<RunFile> more) {
    index = index.behind(more);
    more.forEach(run -> marks.add(new BitSet(run.chunks())));
  }

  /** The packs that something was marked in since {@link #forgetTouched}. */
  Set<PackId> touched() {
    return touched;
  }

  void forgetTouched() {
    touched.clear();
  }

  /** Marks all that a head keeps and that is not marked yet. */
  void mark(Head head) throws IOException {
    for (Head.Root root : head.roots()) {
      mark(root.kind(), root.chunk(), root.kind() + " " + root.name() + " (" + root.id() + ")");
    }
    for (Head.Session session : head.sessions()) {
      for (ChunkName held : session.holds()) {
        mark(HELD, held, "what the session " + session.id() + " of " + session.host() + " reads");
      }
    }
  }

  private void mark(String kind, ChunkName chunk, String what) throws IOException {
    if (roots.contains(chunk)) {
      return;
    }
    RootReader reader = readers.get(kind);
    if (reader == null) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot collect: this Kmesh does not know what keeps " + what + ". Use a newer Kmesh.");
    }
    try {
      leaf(chunk);
      for (TreeNode tree : reader.trees(source.read(chunk))) {
        new TreeChunks(source, this).visit(tree);
      }
    } catch (ProviderException e) {
      throw new ProviderException(
          e.kind(),
          "Cannot collect: " + what + " can't be read, so nothing is freed. " + e.getMessage(),
          e);
    }
    roots.add(chunk);
  }

  @Override
  public boolean page(ChunkName name) throws IOException {
    return set(name);
  }

  @Override
  public void leaf(ChunkName name) throws IOException {
    set(name);
  }

  /** Marks one place of a chunk; false when it was marked. */
  private boolean set(ChunkName name) throws IOException {
    Optional<ChunkPlace> place = index.find(name);
    if (place.isEmpty()) {
      throw new ProviderException(
          ErrorKind.CORRUPT, "No pack has the chunk " + name + ". Run a check, then a repair.");
    }
    BitSet run = marks.get(place.get().run());
    boolean isNew = !run.get(place.get().record());
    run.set(place.get().record());
    if (isNew) {
      touched.add(place.get().pack());
    }
    return isNew;
  }

  /** Whether a record of a run is marked. */
  boolean isLive(int run, int record) {
    return marks.get(run).get(record);
  }

  /** What is used of each pack. */
  Map<PackId, PackUse> uses() {
    Map<PackId, PackUse> uses = new HashMap<>();
    for (int r = 0; r < index.runs().size(); r++) {
      RunFile run = index.runs().get(r);
      run.packs().forEach(p -> uses.computeIfAbsent(p.id(), id -> new PackUse(p)));
      run.uses(
          marks.get(r),
          (pack, frame, used) -> {
            PackUse use = uses.get(pack);
            if (use != null) {
              use.count(frame, used);
            }
          });
    }
    return uses;
  }
}
