// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.snapshots.OpenSnapshot;
import io.kmesh.core.internal.snapshots.SnapshotProblem;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.snapshots.archive.CatalogContents;
import io.kmesh.core.internal.snapshots.archive.CatalogScope;
import io.kmesh.core.internal.snapshots.archive.Catalogs;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.SyncMode;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

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
  private final Catalogs catalogs;
  private final StubParts parts;

  /**
   * How copies are made.
   *
   * @param cluster what programs call the file system
   * @param host where this runs, for people
   * @param cache stays the caller's, and open
   * @param workers threads that import, 1 or more
   * @param patience how long the first restore may take that proves the copytool
   */
  public record Settings(
      String cluster, String host, ChunkCache cache, int workers, Duration patience) {}

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
    this.catalogs = new Catalogs(domain, scope, time, settings.host());
    this.parts =
        new StubParts(
            domain,
            snapshots,
            lustre,
            scope,
            catalogs,
            new CatalogContents(domain, time, settings.host()),
            time,
            settings);
  }

  /**
   * A copy that was made.
   *
   * @param root its root
   * @param files regular files that were made now
   * @param problems what could not be made as it is
   */
  public record Made(Head.Root root, long files, List<SnapshotProblem> problems) {
    /** Copies the list. */
    public Made {
      problems = List.copyOf(problems);
    }

    /** Its id: 16 hexadecimal digits. */
    public String id() {
      return root.id();
    }
  }

  /** The roots of the copies here, oldest first, those that are just made or deleted included. */
  public List<Head.Root> list() throws IOException {
    return domain.heads().newest().roots().stream()
        .filter(root -> StubRoots.isOf(root, scope))
        .sorted(Comparator.comparingLong(Head.Root::time).thenComparing(Head.Root::id))
        .toList();
  }

  /** Whether a root of a copy is of one on a Lustre. */
  public static boolean isStub(Head.Root root) {
    return StubRoots.isStub(root);
  }

  /** Where on the mount the copy of a root is. */
  public static PathBytes path(Head.Root root) throws ProviderException {
    return StubRoots.path(root);
  }

  /** The archive that the copy of a root is restored from. */
  public static ArchiveId archive(Head.Root root) throws ProviderException {
    return StubRoots.archive(root);
  }

  /**
   * Makes a copy. Nothing is seen of it before it is whole; its content is durable by then.
   *
   * @param snapshot as {@link SnapshotStore#find} takes it
   * @param name for people
   * @param path where on the mount; its parent is there, itself not
   * @throws ProviderException UNSUPPORTED where stubs can't be made or would not be restored;
   *     EXISTS when something is at the path, or there is a copy of that name
   */
  public Made create(String snapshot, String name, PathBytes path, Retrier.Check check)
      throws IOException {
    return create(RandomIds.snapshot(), snapshot, name, path, check);
  }

  /**
   * Makes a copy of a given id, once: one that is whole is given, what a process before made of it,
   * and did not live to end, is removed first.
   *
   * @param id 16 hexadecimal digits that nobody else uses
   */
  public Made create(String id, String snapshot, String name, PathBytes path, Retrier.Check check)
      throws IOException {
    StubCreation creation = new StubCreation(parts);
    Optional<Head.Root> begun = root(id);
    if (begun.isPresent() && StubRoots.state(begun.get()) == StubRoots.State.CREATING) {
      creation.abandon(id, path);
      begun = root(id);
    }
    if (begun.isPresent() && StubRoots.state(begun.get()) == StubRoots.State.READY) {
      return new Made(begun.get(), 0, List.of());
    }
    return creation.create(id, snapshot, name, path, check);
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

  private Optional<Head.Root> root(String id) throws IOException {
    return list().stream().filter(root -> root.id().equals(id)).findFirst();
  }

  /** A copy that is whole. */
  private Head.Root find(String id) throws IOException {
    Head.Root root = root(id).orElseThrow(() -> gone(id));
    if (StubRoots.state(root) != StubRoots.State.READY) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot open the virtual copy "
              + id
              + " on "
              + lustre.description()
              + ": it is being "
              + (StubRoots.state(root) == StubRoots.State.CREATING ? "made" : "deleted")
              + ", or that was cut. Wait for it, or delete it.");
    }
    return root;
  }

  /** Refuses a copy that somebody moved: what is known of its stubs would be let go. */
  private void requirePlace(String verb, Head.Root root) throws IOException {
    if (!parts.isCopy(StubRoots.path(root), root.id())) {
      throw new ProviderException(
          ErrorKind.NOT_FOUND,
          "Cannot "
              + verb
              + " the virtual copy \""
              + root.name()
              + "\": it is not at "
              + StubRoots.path(root)
              + " of "
              + lustre.description()
              + " any more. Move it back there; if it was removed, forget the copy.");
    }
  }

  /**
   * Lets what the repository keeps for a copy go, which was lost or removed; one that is gone is no
   * error. Without it no stub of the copy can be restored.
   *
   * @throws ProviderException PRECONDITION when the copy is at its place
   */
  public void forget(String id) throws IOException {
    Optional<Head.Root> root = root(id);
    if (root.isPresent() && parts.isCopy(StubRoots.path(root.get()), id)) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot forget the virtual copy \""
              + root.get().name()
              + "\": it is at "
              + StubRoots.path(root.get())
              + " of "
              + lustre.description()
              + ", and its files could not be restored any more. Delete it.");
    }
    domain.heads().commit(head -> StubRoots.without(head, id));
  }

  private ProviderException gone(String id) {
    return new ProviderException(
        ErrorKind.NOT_FOUND,
        "Cannot open the virtual copy "
            + id
            + " on "
            + lustre.description()
            + ": the repository knows none of that id here, or it was deleted. List them.");
  }

  /**
   * Deletes a copy: out of sight first, its catalog last; one that is gone is no error. Neither its
   * origin, nor its snapshot, nor another copy changes. What was cut goes on when it is called
   * again, or by {@link #recover}.
   *
   * @return what it took, 0 when it was being deleted already
   */
  public long delete(String id, Retrier.Check check) throws IOException {
    Optional<Head.Root> root = root(id);
    if (root.isEmpty()) {
      return 0;
    }
    long bytes = 0;
    if (StubRoots.state(root.get()) == StubRoots.State.READY) {
      requirePlace("delete", root.get());
      try (StubCopy copy = open(id, check)) {
        bytes = copy.bytesStored();
      }
    }
    domain.heads().commit(head -> StubRoots.in(head, id, StubRoots.State.DELETING));
    finishDelete(root.get());
    return bytes;
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

  /** Opens a copy to look at it. */
  public StubCopy open(String id, Retrier.Check check) throws IOException {
    Head.Root root = find(id);
    requirePlace("open", root);
    OpenSnapshot shown =
        snapshots.open(head -> head.root(root.kind(), id).orElseThrow(() -> gone(id)));
    try {
      return StubCopy.open(parts, root, shown, check);
    } catch (IOException | RuntimeException e) {
      shown.close();
      throw e;
    }
  }

  /** Keeps what a refresh will have done, so that it can be told after a crash. */
  @FunctionalInterface
  public interface RefreshKeeper {
    /** Keeps what both had changed durably, before the copy loses any of it. */
    void keep(String before, List<CopyConflict> conflicts) throws IOException;
  }

  /** The same for who refreshes alone: nobody else is kept from it. */
  public CopyRefresh refresh(String id, String snapshot, ConflictPolicy policy, Retrier.Check check)
      throws IOException {
    return refresh(id, snapshot, policy, id, (before, conflicts) -> {}, check);
  }

  /**
   * Brings what another snapshot has otherwise to a copy: new stubs for what is new or changed,
   * removals; what the copy changed itself stays and is listed. Entry by entry: a call that was cut
   * is repeated, and goes on; it meets no conflict again that was ended before. One refresh of a
   * copy is under way at a time, in all processes; it is taken for dead when its session is.
   *
   * @param snapshot as {@link SnapshotStore#find} takes it
   * @param policy SKIP and OURS keep the copy's entry where both changed; BOTH keeps it too and
   *     puts the snapshot's beside it
   * @param operation whose refresh it is: that of the same one goes on, whatever was cut
   * @throws ProviderException EXISTS while another operation refreshes the copy; PRECONDITION when
   *     one did meanwhile
   */
  public CopyRefresh refresh(
      String id,
      String snapshot,
      ConflictPolicy policy,
      String operation,
      RefreshKeeper keeper,
      Retrier.Check check)
      throws IOException {
    StubRefresh.Refreshed done;
    try (StubCopy copy = open(id, check);
        OpenSnapshot newer = snapshots.open(snapshot)) {
      done = new StubRefresh(parts, copy, operation).run(newer, policy, keeper, check);
    }
    try (StubCopy copy = open(id, check)) {
      List<SnapshotProblem> leftOut = new ArrayList<>();
      copy.leftOut(leftOut::add);
      return new CopyRefresh(
          done.before(), done.snapshot(), copy.changes(), done.conflicts(), 0, leftOut);
    }
  }

  @Override
  public void close() {
    catalogs.close();
    parts.contents().close();
  }
}
