// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.endpoints.Endpoints;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.snapshots.ContentGate;
import io.kmesh.core.internal.snapshots.LustreGate;
import io.kmesh.core.internal.snapshots.OpenSnapshot;
import io.kmesh.core.internal.snapshots.SnapshotProblem;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.snapshots.archive.CatalogScope;
import io.kmesh.core.internal.snapshots.archive.Catalogs;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.SyncMode;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;

/**
 * The virtual copies on a Lustre: released stubs, whose first read restores that file from the
 * repository. Each copy has a catalog of its own, so that nothing it does touches the origin, the
 * snapshot or another copy. Thread-safe.
 */
public final class StubCopies implements AutoCloseable {
  private final Domain domain;
  private final SnapshotStore snapshots;
  private final LustreBinding lustre;
  private final CatalogScope scope;
  private final Settings settings;
  private final Catalogs catalogs;
  private final StubParts parts;

  /**
   * How copies are made.
   *
   * @param host where this runs, for people
   * @param cache stays the caller's, and open
   * @param workers threads that import, 1 or more
   * @param patience how long the first restore may take that proves the copytool
   */
  public record Settings(String host, ChunkCache cache, int workers, Duration patience) {}

  /**
   * The copies on a file system.
   *
   * @param lustre stays the caller's
   * @param scope the file system and the archive that a copytool with this repository serves
   */
  public StubCopies(
      Domain domain,
      SnapshotStore snapshots,
      LustreBinding lustre,
      CatalogScope scope,
      KmeshTime time,
      Settings settings)
      throws IOException {
    this.domain = domain;
    this.snapshots = snapshots;
    this.lustre = lustre;
    this.scope = scope;
    this.settings = settings;
    this.catalogs = new Catalogs(domain, scope, time, settings.host());
    this.parts = new StubParts(domain, snapshots, lustre, scope, catalogs, time, settings);
  }

  /**
   * A copy that was made.
   *
   * @param id 16 hexadecimal digits
   * @param snapshot the snapshot's id
   * @param files regular files in it
   * @param problems what could not be made as it is
   */
  public record Made(String id, String snapshot, long files, List<SnapshotProblem> problems) {
    /** Copies the list. */
    public Made {
      problems = List.copyOf(problems);
    }
  }

  /** The roots of the copies here, oldest first, those that are just made or deleted included. */
  public List<Head.Root> list() throws IOException {
    return domain.heads().newest().roots().stream()
        .filter(root -> StubRoots.isOf(root, scope))
        .sorted(Comparator.comparingLong(Head.Root::time).thenComparing(Head.Root::id))
        .toList();
  }

  /**
   * Makes a copy. Nothing is seen of it before it is whole; its content is durable by then.
   *
   * @param snapshot as {@link SnapshotStore#find} takes it
   * @param name for people
   * @param path where on the mount; its parent is there, itself not
   * @throws ProviderException UNSUPPORTED where stubs can't be made or would not be restored;
   *     EXISTS
   */
  public Made create(String snapshot, String name, PathBytes path, Retrier.Check check)
      throws IOException {
    return new StubCreation(parts).create(snapshot, name, path, check);
  }

  /**
   * Ends what was cut: a copy that was not seen yet goes, one that was is whole; one whose deletion
   * was begun goes. Call it at the start, when nobody else makes copies here.
   */
  public void recover() throws IOException {
    for (Head.Root root : list()) {
      switch (StubRoots.state(root)) {
        case CREATING -> new StubCreation(parts).abandon(root.id(), StubRoots.path(root));
        case DELETING -> finishDelete(root);
        case READY -> {
          // Nothing was begun.
        }
      }
    }
  }

  /** A copy that is there. */
  private Head.Root find(String id) throws IOException {
    return list().stream()
        .filter(root -> root.id().equals(id))
        .findFirst()
        .orElseThrow(
            () ->
                new ProviderException(
                    ErrorKind.NOT_FOUND,
                    "Cannot find the virtual copy "
                        + id
                        + " on "
                        + lustre.description()
                        + ": the repository knows none of that id here. List them."));
  }

  /**
   * Deletes a copy: out of sight first, its catalog last. Neither its origin, nor its snapshot, nor
   * another copy changes. What was cut goes on when it is called again, or by {@link #recover}.
   */
  public void delete(String id) throws IOException {
    Head.Root root = find(id);
    domain.heads().commit(head -> StubRoots.in(head, id, StubRoots.State.DELETING));
    finishDelete(root);
  }

  private void finishDelete(Head.Root root) throws IOException {
    PathBytes path = StubRoots.path(root);
    PathBytes hidden = StubParts.hidden(path, root.id());
    if (parts.isCopy(path, root.id())) {
      try (PosixDirectory parent = lustre.tree().openDirectory(path.parent())) {
        parent.rename(path.name(), parent, hidden.name(), RenameMode.NO_REPLACE);
        parent.sync(SyncMode.ALL);
      }
    }
    parts.removeTree(hidden);
    domain.heads().commit(head -> StubRoots.without(head, root.id()));
  }

  /** What an open copy is read with. */
  private record Opened(OpenSnapshot open, SnapshotVolume base, StubVolume volume)
      implements AutoCloseable {
    @Override
    public void close() throws IOException {
      volume.close();
      open.close();
    }
  }

  private Opened open(Head.Root root) throws IOException {
    OpenSnapshot open =
        snapshots.open(
            head -> head.root(root.kind(), root.id()).orElseThrow(() -> gone(root.id())));
    try {
      SnapshotVolume base = new SnapshotVolume(open, settings.cache());
      TreeVolume.Basis basis =
          new TreeVolume.Basis(
              base, open.manifest().time(), domain.namers(), new LustreGate(lustre));
      PosixTree tree = Endpoints.below(lustre.tree(), StubRoots.path(root));
      TreeVolume volume = new TreeVolume(tree, StubParts.hidden(root.id()), basis);
      return new Opened(open, base, new StubVolume(volume, lustre, catalogs));
    } catch (IOException | RuntimeException e) {
      open.close();
      throw e;
    }
  }

  private static ProviderException gone(String id) {
    return new ProviderException(
        ErrorKind.NOT_FOUND, "Cannot open the virtual copy " + id + ": it was deleted.");
  }

  /**
   * What differs from the snapshot. No released file is restored for it: whether its bytes are the
   * snapshot's the HSM state and the catalogs say.
   */
  public List<CopyChange> changes(String id, Retrier.Check check) throws IOException {
    try (Opened opened = open(find(id))) {
      return new StubChanges(opened.volume(), opened.base(), check).find();
    }
  }

  private record Copy(StubVolume volume, SnapshotVolume base, Retrier.Check check)
      implements ReverseSync.Source {
    @Override
    public Branch branch() {
      return new Branch(volume, volume);
    }

    @Override
    public Iterator<CopyChange> changes() throws IOException {
      return new StubChanges(volume, base, check).find().iterator();
    }
  }

  /** Works with a reverse sync. */
  @FunctionalInterface
  private interface Syncing<T> {
    T run(ReverseSync sync) throws IOException;
  }

  private <T> T syncing(
      String id,
      PosixTree target,
      ContentGate gate,
      ConflictPolicy policy,
      Retrier.Check check,
      Syncing<T> syncing)
      throws IOException {
    try (Opened opened = open(find(id))) {
      TreeVolume.Basis basis =
          new TreeVolume.Basis(
              opened.base(), opened.open().manifest().time(), domain.namers(), gate);
      Copy copy = new Copy(opened.volume(), opened.base(), check);
      return syncing.run(new ReverseSync(copy, target, basis, id, policy));
    }
  }

  /** What {@link #reverseSync} would do now. */
  public SyncPlan planReverseSync(
      String id, PosixTree target, ContentGate gate, ConflictPolicy policy, Retrier.Check check)
      throws IOException {
    return syncing(id, target, gate, policy, check, sync -> sync.plan(check));
  }

  /**
   * Brings the changes of a copy to a tree, as {@link ReverseSync#apply} does. No released file is
   * restored, of the copy nor, with the gate of its Lustre, of the target.
   *
   * @param target stays the caller's
   * @param gate says which files of the target must not be read
   */
  public SyncResult reverseSync(
      String id, PosixTree target, ContentGate gate, ConflictPolicy policy, Retrier.Check check)
      throws IOException {
    return syncing(id, target, gate, policy, check, sync -> sync.apply(check));
  }

  /**
   * Brings what another snapshot has otherwise to a copy: new stubs for what is new or changed,
   * removals; what the copy changed itself stays and is listed. Entry by entry: a call that was cut
   * is repeated, and goes on.
   *
   * @param snapshot as {@link SnapshotStore#find} takes it
   * @param policy SKIP and OURS keep the copy's entry where both changed; BOTH keeps it too and
   *     puts the snapshot's beside it
   */
  public CopyRefresh refresh(String id, String snapshot, ConflictPolicy policy, Retrier.Check check)
      throws IOException {
    Head.Root root = find(id);
    try (Opened opened = open(root);
        OpenSnapshot newer = snapshots.open(snapshot)) {
      StubRefresh.Refreshed done =
          new StubRefresh(parts, root, opened.open(), opened.volume()).run(newer, policy, check);
      return new CopyRefresh(
          done.before(), done.snapshot(), changes(id, check), done.conflicts(), 0);
    }
  }

  @Override
  public void close() {
    catalogs.close();
  }
}
