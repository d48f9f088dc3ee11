// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.ChunkReader;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.TreeCopy;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.session.ChunksGoneException;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Copies snapshots to another domain or repository. A snapshot keeps its id, so that it is copied
 * once; what it shares with the last one of its source that both have is not read again.
 */
public final class SnapshotCopy {
  private static final int TRIES = 5;
  private static final int CACHE = 16 << 20;

  private final Domain source;
  private final Domain target;
  private final KmeshTime time;
  private final String host;

  /**
   * A copy of snapshots.
   *
   * @param host where this runs, for people
   */
  public SnapshotCopy(Domain source, Domain target, KmeshTime time, String host) {
    this.source = source;
    this.target = target;
    this.time = time;
    this.host = host;
  }

  /**
   * Copies a snapshot; does nothing when the target has it.
   *
   * @return bytes that the target stores for it, sealed; 0 when it was there
   */
  public long copy(OpenSnapshot snapshot, Retrier.Check check) throws IOException {
    Manifest manifest = snapshot.manifest();
    requireWhole(snapshot);
    Head there = target.heads().newest();
    if (there.root(SnapshotStore.KIND, manifest.id()).isPresent()) {
      return 0;
    }
    Head here = source.heads().newest();
    List<Head.Root> bases = new ArrayList<>();
    try (Session session =
        Session.begin(
            target,
            RandomIds.session(),
            time.now().toEpochMilli(),
            host,
            head -> {
              // In the commit that holds it: what was read before may be forgotten by now.
              bases.clear();
              base(manifest, here, head).ifPresent(bases::add);
              return bases.stream().map(Head.Root::chunk).toList();
            },
            Session.PACK_TARGET)) {
      try {
        for (int tries = 1; ; tries++) {
          try {
            return copy(snapshot, bases.stream().findFirst(), session, check);
          } catch (ChunksGoneException e) {
            if (tries == TRIES) {
              throw e;
            }
          }
        }
      } catch (IOException | RuntimeException | Error e) {
        try {
          session.abandon();
        } catch (IOException second) {
          e.addSuppressed(second);
        }
        throw e;
      }
    }
  }

  private static void requireWhole(OpenSnapshot snapshot) throws ProviderException {
    if (snapshot.isPart()) {
      throw new ProviderException(
          ErrorKind.DENIED,
          "Cannot copy the snapshot "
              + snapshot.manifest().id()
              + ": it is open for a caller who may not see all of it. Copy it as its owner.");
    }
  }

  private long copy(
      OpenSnapshot snapshot, Optional<Head.Root> base, Session session, Retrier.Check check)
      throws IOException {
    Manifest manifest = snapshot.manifest();
    try (ChunkReader before = new ChunkReader(target, session.index(), CACHE);
        TreeCopy trees = new TreeCopy(snapshot.chunks(), before, session, check)) {
      @Nullable TreeNode copied = null;
      @Nullable TreeNode copy = null;
      if (base.isPresent()) {
        Optional<Head.Root> origin =
            source.heads().newest().root(SnapshotStore.KIND, base.get().id());
        if (origin.isPresent()) {
          copied = SnapshotRoots.manifest(snapshot.chunks(), origin.get()).root();
          copy = SnapshotRoots.manifest(before, base.get()).root();
        }
      }
      Manifest written = manifest.rooted(trees.run(manifest.root(), copied, copy));
      ChunkName chunk = trees.write(written.write());
      trees.flush();
      Head.Root root = SnapshotRoots.root(written, chunk);
      session.publishAndEnd(
          head -> head.root(root.kind(), root.id()).isPresent() ? head : head.withRoot(root));
      return session.stored();
    }
  }

  /** The last snapshot of the same source that both have. */
  private static Optional<Head.Root> base(Manifest manifest, Head here, Head there) {
    Map<String, String> labels = Map.of("source", manifest.source(), "host", manifest.host());
    return there.roots().stream()
        .filter(r -> r.kind().equals(SnapshotStore.KIND))
        .filter(r -> r.labels().entrySet().containsAll(labels.entrySet()))
        .filter(r -> here.root(r.kind(), r.id()).isPresent())
        .max(Comparator.comparingLong(Head.Root::time));
  }
}
