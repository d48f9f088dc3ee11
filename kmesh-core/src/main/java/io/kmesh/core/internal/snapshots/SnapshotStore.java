// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.ChunkReader;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.collect.Repairer;
import io.kmesh.core.internal.repository.collect.RootReader;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.session.ChunksGoneException;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.snapshots.AccessRule;
import io.kmesh.snapshots.Caller;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The snapshots of a domain. Thread-safe. */
public final class SnapshotStore {
  /** The kind of their roots. */
  public static final String KIND = "snapshot";

  /** What their roots keep. */
  public static final RootReader ROOTS =
      chunk -> List.of(Manifest.read(chunk, "a snapshot").root());

  /** The kind of the roots of virtual copies, which keep what their snapshots keep. */
  public static final String COPY_KIND = "virtual-copy";

  /** The kind of the roots of snapshots that virtual copies are just being refreshed to. */
  public static final String REFRESH_KIND = "virtual-copy-refresh";

  /** All kinds of roots that keep trees, for who collects or checks. */
  public static final Map<String, RootReader> READERS =
      Map.of(
          KIND,
          ROOTS,
          COPY_KIND,
          ROOTS,
          REFRESH_KIND,
          ROOTS,
          CatalogManifest.KIND,
          chunk -> List.of(CatalogManifest.read(chunk, "a catalog").tree()));

  /** Finds roots of snapshots and catalogs among chunks of metadata. */
  public static final Repairer.RootFinder FINDER = SnapshotRoots::inChunk;

  private static final int TRIES = 5;

  private static final int CACHE = 32 << 20;
  static final int PAGE_CACHE = 16 << 20;

  private final Domain domain;
  private final KmeshTime time;
  private final String host;
  private final int workers;
  private final int packTarget;
  private final @Nullable Caller caller;
  private final SnapshotRoots roots;

  /**
   * The snapshots of a domain.
   *
   * @param host where this runs, for people
   * @param workers threads that read or write files
   */
  public SnapshotStore(Domain domain, KmeshTime time, String host, int workers) {
    this(domain, time, host, workers, Session.PACK_TARGET);
  }

  SnapshotStore(Domain domain, KmeshTime time, String host, int workers, int packTarget) {
    this(domain, time, host, workers, packTarget, null);
  }

  private SnapshotStore(
      Domain domain,
      KmeshTime time,
      String host,
      int workers,
      int packTarget,
      @Nullable Caller caller) {
    this.caller = caller;
    this.roots = new SnapshotRoots(domain, caller);
    this.domain = domain;
    this.time = time;
    this.host = host;
    this.workers = workers;
    this.packTarget = packTarget;
  }

  /** The same for someone: it lists, finds and opens what he may see, and nothing else. */
  public SnapshotStore as(Caller other) {
    return new SnapshotStore(domain, time, host, workers, packTarget, other);
  }

  /**
   * What to take.
   *
   * @param tree where
   * @param path below the tree
   * @param name for people
   * @param source what is taken, for people: the same again is compared with the last of it
   * @param tags for people and policies
   * @param gate see {@link ContentGate}
   * @param full whether to read everything, whatever the snapshot before says
   * @param excludes what is left out, directories with all in them
   * @param access who may see what; none for all
   * @param changelog tells what changed; the tree is that of its file system
   */
  public record Request(
      PosixTree tree,
      PathBytes path,
      String name,
      String source,
      Map<String, String> tags,
      ContentGate gate,
      boolean full,
      List<PathGlob> excludes,
      List<AccessRule> access,
      Optional<ChangelogSource> changelog) {
    /** Copies the lists. */
    public Request {
      excludes = List.copyOf(excludes);
      access = List.copyOf(access);
    }

    /** The same with another gate. */
    Request by(ContentGate other) {
      return new Request(tree, path, name, source, tags, other, full, excludes, access, changelog);
    }

    /** Open to all. */
    public Request(
        PosixTree tree,
        PathBytes path,
        String name,
        String source,
        Map<String, String> tags,
        ContentGate gate,
        boolean full,
        List<PathGlob> excludes) {
      this(tree, path, name, source, tags, gate, full, excludes, List.of(), Optional.empty());
    }

    /** Leaves nothing out. */
    public Request(
        PosixTree tree,
        PathBytes path,
        String name,
        String source,
        Map<String, String> tags,
        ContentGate gate,
        boolean full) {
      this(tree, path, name, source, tags, gate, full, List.of());
    }
  }

  /**
   * What was taken.
   *
   * @param manifest the snapshot
   * @param tally what it took
   * @param stored bytes that it added to the store, sealed, without the index
   */
  public record Taken(Manifest manifest, ScanTally tally, long stored) {}

  /** Takes a snapshot. Its publishing is the last thing that happens; before, nothing is seen. */
  public Taken take(Request request, ScanTally tally, Retrier.Check check) throws IOException {
    return take(RandomIds.snapshot(), Map.of(), request, tally, check);
  }

  /**
   * Takes a snapshot of a given id, once: when there is one of that id, because a process before
   * published it and did not live to say so, that one is given. What such a process left otherwise
   * is ended.
   *
   * @param id 16 hexadecimal digits that nobody else uses
   * @param holds who holds it from the first moment, and why
   */
  public Taken take(
      String id, Map<String, String> holds, Request request, ScanTally tally, Retrier.Check check)
      throws IOException {
    Optional<Taken> there = resume(id, tally);
    if (there.isPresent()) {
      return there.get();
    }
    SnapshotTaking.Wanted wanted = new SnapshotTaking.Wanted(id, host, holds, request, tally);
    try (SnapshotTaking taking = begin(List.of(wanted), Optional.empty())) {
      for (int tries = 1; ; tries++) {
        try {
          taking.pass(check);
          return taking.publish().get(0);
        } catch (ChunksGoneException e) {
          if (tries == TRIES) {
            throw e;
          }
          taking.again();
        }
      }
    }
  }

  /**
   * What a process before did that was taking the snapshot of an id: the snapshot when it published
   * it. What it left otherwise is ended.
   */
  public Optional<Taken> resume(String id, ScanTally tally) throws IOException {
    Head newest = domain.heads().newest();
    Optional<Head.Root> there = newest.root(KIND, id);
    if (there.isPresent()) {
      return Optional.of(published(there.get(), newest, tally));
    }
    if (newest.sessions().stream().anyMatch(s -> s.id().startsWith(id))) {
      domain
          .heads()
          .commit(
              h -> {
                Head without = h;
                for (Head.Session left : h.sessions()) {
                  without = left.id().startsWith(id) ? without.withoutSession(left.id()) : without;
                }
                return without;
              });
    }
    return Optional.empty();
  }

  private Taken published(Head.Root root, Head head, ScanTally tally) throws IOException {
    try (ChunkReader pages = new ChunkReader(domain, Session.index(domain, head), PAGE_CACHE)) {
      return new Taken(
          SnapshotRoots.manifest(pages, root), tally, SnapshotLabels.stored(root).orElse(0));
    }
  }

  /**
   * Begins to take snapshots that are published together.
   *
   * @param cut what they are a part of
   */
  public SnapshotTaking begin(List<SnapshotTaking.Wanted> wanted, Optional<Additions.Cut> cut)
      throws IOException {
    SnapshotTaking.Setting setting =
        new SnapshotTaking.Setting(domain, time, host, workers, packTarget);
    return SnapshotTaking.begin(setting, wanted, cut);
  }

  /** The domain whose snapshots these are. */
  public Domain domain() {
    return domain;
  }

  /** All snapshots, oldest first. */
  public List<Head.Root> list() throws IOException {
    return roots.seen(domain.heads().newest());
  }

  /** What all snapshots say of themselves, oldest first. */
  public List<Manifest> manifests() throws IOException {
    return known().stream().map(Known::manifest).toList();
  }

  /**
   * A snapshot.
   *
   * @param root its root, with its labels
   * @param manifest what it says of itself
   */
  public record Known(Head.Root root, Manifest manifest) {}

  /** All snapshots, oldest first. */
  public List<Known> known() throws IOException {
    Head head = domain.heads().newest();
    return roots.known(head, roots.seen(head));
  }

  /**
   * The snapshot that is meant.
   *
   * @param text as {@link #find(String)} takes it
   */
  public Known known(String text) throws IOException {
    Head head = domain.heads().newest();
    return roots.known(head, List.of(roots.pick(roots.seen(head), text))).get(0);
  }

  /**
   * Finds a snapshot.
   *
   * @param text its id, four or more first digits of it, its name, or {@code latest}
   * @throws ProviderException NOT_FOUND, or INVALID when several are meant
   */
  public Head.Root find(String text) throws IOException {
    return roots.pick(list(), text);
  }

  /** Finds a snapshot in a head, as {@link #find(String)} does. */
  public Head.Root find(Head head, String text) throws ProviderException {
    return roots.pick(SnapshotRoots.list(head), text);
  }

  /** A snapshot that can be read, which stays readable while it is open whatever is forgotten. */
  public OpenSnapshot open(String text) throws IOException {
    if (caller == null) {
      return open(head -> find(head, text));
    }
    String id = find(text).id();
    return open(head -> find(head, id));
  }

  /** Chooses a root that keeps a snapshot. */
  @FunctionalInterface
  public interface RootChoice {
    /** The root in a head. */
    Head.Root in(Head head) throws ProviderException;
  }

  /** The snapshot of a root, which stays readable while it is open. */
  public OpenSnapshot open(RootChoice choice) throws IOException {
    Head.Root[] root = new Head.Root[1];
    String id = RandomIds.session();
    Head head =
        domain
            .heads()
            .commit(
                h -> {
                  root[0] = choice.in(h);
                  return h.withSession(
                      new Head.Session(
                          id,
                          time.now().toEpochMilli(),
                          host,
                          List.of(root[0].chunk()),
                          Head.Session.READS));
                });
    ChunkReader reader = new ChunkReader(domain, Session.index(domain, head), CACHE);
    try {
      Manifest manifest = SnapshotRoots.manifest(reader, root[0]);
      Manifest shown = shown(reader, manifest);
      boolean isPart = !shown.root().equals(manifest.root());
      return new OpenSnapshot(domain, id, reader, shown, isPart, time, host, workers);
    } catch (IOException | RuntimeException e) {
      reader.close();
      domain.heads().commit(h -> h.withoutSession(id));
      throw e;
    }
  }

  /** A manifest with the tree that the caller sees. */
  private Manifest shown(ChunkReader reader, Manifest manifest) throws IOException {
    Caller asking = caller;
    if (asking == null || manifest.more().access().isEmpty()) {
      return manifest;
    }
    Optional<TreeNode> seen =
        AccessView.of(reader, manifest.root(), manifest.more().access(), asking);
    return manifest.rooted(
        seen.orElseThrow(
            () ->
                new ProviderException(
                    ErrorKind.NOT_FOUND,
                    "Cannot find the snapshot "
                        + manifest.id()
                        + " in "
                        + domain
                        + ": there is none of that id or name. List them.")));
  }

  /**
   * Holds a snapshot, so that nothing forgets it until it is released.
   *
   * @param name who or what holds it
   * @throws ProviderException NOT_FOUND when there is no snapshot of that id
   */
  public void hold(String id, String name, String reason) throws IOException {
    domain
        .heads()
        .commit(
            head -> head.withRoot(SnapshotLabels.holding(require(head, id), Map.of(name, reason))));
  }

  /**
   * Takes a hold away; one that is not there is no error.
   *
   * @throws ProviderException NOT_FOUND when there is no snapshot of that id
   */
  public void release(String id, String name) throws IOException {
    domain.heads().commit(head -> head.withRoot(SnapshotLabels.released(require(head, id), name)));
  }

  private Head.Root require(Head head, String id) throws ProviderException {
    Optional<Head.Root> root = head.root(KIND, id);
    return root.isPresent() ? root.get() : find(head, id);
  }

  /**
   * Forgets snapshots: what only they kept is garbage then, until a collection frees it.
   *
   * @return how many there were
   * @throws ProviderException PRECONDITION when one of them is held; none is forgotten then
   */
  public int forget(Collection<String> ids) throws IOException {
    int[] count = new int[1];
    domain
        .heads()
        .commit(
            head -> {
              for (Head.Root root : SnapshotRoots.list(head)) {
                if (ids.contains(root.id()) && !SnapshotLabels.holds(root).isEmpty()) {
                  throw held(root);
                }
              }
              List<Head.Root> kept = without(head, ids);
              count[0] = head.roots().size() - kept.size();
              return count[0] == 0 ? head : head.withRoots(kept);
            });
    return count[0];
  }

  /** Takes snapshots back whose cut did not become whole, whoever holds them. */
  public void withdraw(Collection<String> ids) throws IOException {
    domain.heads().commit(head -> head.withRoots(without(head, ids)));
  }

  private static List<Head.Root> without(Head head, Collection<String> ids) {
    return head.roots().stream()
        .filter(r -> !(r.kind().equals(KIND) && ids.contains(r.id())))
        .toList();
  }

  /** The machine, or the cluster, that sources belong to. */
  public String host() {
    return host;
  }

  private static ProviderException held(Head.Root root) {
    return new ProviderException(
        ErrorKind.PRECONDITION,
        "Cannot forget the snapshot "
            + root.id()
            + ": it is held by "
            + SnapshotLabels.holds(root)
            + ". Release it first.");
  }
}
