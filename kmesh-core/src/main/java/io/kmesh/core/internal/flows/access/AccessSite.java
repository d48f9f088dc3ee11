// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.endpoints.Endpoints;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.grants.GrantDesk;
import io.kmesh.core.internal.flows.merge.ConflictDesk;
import io.kmesh.core.internal.flows.replica.Replica;
import io.kmesh.core.internal.flows.replica.Target;
import io.kmesh.core.internal.nio.KmeshFileSystem;
import io.kmesh.core.internal.nio.Writer;
import io.kmesh.flows.FlowProblem;
import io.kmesh.flows.FlowStatus;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.SyncMode;
import io.kmesh.spi.time.KmeshTime;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The site of a flow that gives access to its source. Thread-safe. */
public final class AccessSite implements Closeable {
  /** What URIs call the place that flows are from; no repository has the name. */
  private static final String PLACE = "~flows";

  private static final String FOLDER = ".kmesh-cache-";
  private static final int MODE = 0700;

  /** One part of so many of the cache is for what is sensitive. */
  private static final int SEALED_SHARE = 4;

  private final AccessSettings settings;
  private final FlowBase base;
  private final RangeCache cache;
  private final Fetcher fetcher;
  private final Leases leases;
  private final EditSender edits;
  private final Drafts drafts;
  private final @Nullable WriteBack back;
  private final AccessTarget target;
  private volatile @Nullable Replica replica;
  private final @Nullable GrantDesk desk;
  private final @Nullable Vaults vaults;
  private final @Nullable Closeable hearing;

  /** By the subject that they are shown to; empty for nobody. */
  private final Map<String, KmeshFileSystem> files = new HashMap<>(); // guarded by this

  private boolean isClosed; // guarded by this

  private AccessSite(
      AccessSettings settings,
      FlowBase base,
      RangeCache cache,
      Drafts drafts,
      @Nullable BackJournal journal,
      Consumer<FlowProblem> conflicts,
      @Nullable GrantDesk desk,
      @Nullable Vaults vaults,
      KmeshTime time) {
    this.settings = settings;
    this.base = base;
    this.cache = cache;
    this.fetcher = new Fetcher(cache, this::wake, AccessSettings.LIMIT);
    this.leases = new Leases(settings.lease(), AccessSettings.WORD_LIMIT, this::wake, time);
    this.edits = new EditSender(base.replica(), this::wake, AccessSettings.LIMIT);
    this.drafts = drafts;
    this.desk = desk;
    this.vaults = vaults;
    this.hearing = desk == null || vaults == null ? null : desk.listen(vaults);
    BackSettings how = settings.back();
    this.back =
        journal == null || how == null
            ? null
            : new WriteBack(
                journal,
                how,
                edits,
                leases,
                time,
                done ->
                    conflicts.accept(
                        new FlowProblem(done.path().toString(), WriteBack.describe(done))));
    this.target = new AccessTarget(base, fetcher, leases, edits, back);
  }

  /**
   * Opens a site with its cache.
   *
   * @param tree the directory that the cache's folder is in, or comes to; stays the caller's
   * @param base what is known of the flow's tree; stays the caller's
   * @param desk the flow's grants, which stay the caller's; null where nothing is sensitive
   * @param conflicts hears of files that were put beside what somebody else wrote at the source
   * @throws ProviderException PRECONDITION when files wait to be written back and the settings say
   *     that nothing is
   */
  public static AccessSite open(
      AccessSettings settings,
      PosixTree tree,
      FlowBase base,
      @Nullable GrantDesk desk,
      Consumer<FlowProblem> conflicts,
      KmeshTime time)
      throws IOException {
    if (settings.back() == null) {
      requireNothingWaits(tree, settings.flow(), "open the flow so that nothing is written back");
    }
    PathBytes folder = folder(settings.flow());
    try (PosixDirectory root = tree.openRoot()) {
      if (root.find(folder).isEmpty()) {
        root.makeDirectory(folder, MODE);
      }
    }
    PosixTree own = Endpoints.below(tree, folder);
    Drafts drafts = new Drafts(own);
    long share = desk == null ? 0 : settings.budget() / SEALED_SHARE;
    Vaults vaults = new Vaults(own, share); // always: what an earlier process left goes
    RangeCache cache = RangeCache.open(own, settings.budget() - share);
    try {
      return new AccessSite(
          settings,
          base,
          cache,
          drafts,
          settings.back() == null ? null : openJournal(tree, settings.flow()),
          conflicts,
          desk,
          desk == null ? null : vaults,
          time);
    } catch (IOException | RuntimeException e) {
      cache.close();
      throw e;
    }
  }

  private static BackJournal openJournal(PosixTree tree, String flow) throws IOException {
    PathBytes folder = backFolder(flow);
    try (PosixDirectory root = tree.openRoot()) {
      if (root.find(folder).isEmpty()) {
        root.makeDirectory(folder, MODE);
        if (tree.capabilities().contains(PosixCapability.SYNC)) {
          root.sync(SyncMode.ALL); // else what is synced in it is in nothing
        }
      }
    }
    return BackJournal.open(Endpoints.below(tree, folder));
  }

  private static PathBytes backFolder(String flow) {
    return PathBytes.of(".kmesh-back-" + flow);
  }

  /**
   * Refuses what would lose files that wait to be written back.
   *
   * @throws ProviderException PRECONDITION when some do
   */
  public static void requireNothingWaits(PosixTree tree, String flow, String what)
      throws IOException {
    try (PosixDirectory root = tree.openRoot()) {
      if (root.find(backFolder(flow)).isEmpty()) {
        return;
      }
    }
    try (BackJournal journal = openJournal(tree, flow)) {
      int count = journal.waiting().size();
      if (count > 0) {
        throw new ProviderException(
            ErrorKind.PRECONDITION,
            "Cannot "
                + what
                + ": "
                + count
                + " files wait to be written back, in "
                + backFolder(flow)
                + " of its target. Start it with write-back and wait for its barrier, or remove"
                + " that folder if they are of no use.");
      }
    }
  }

  private static PathBytes folder(String flow) {
    return PathBytes.of(FOLDER + flow);
  }

  /**
   * Removes the cache of a flow, which nobody has open, and what waits to be written back; they
   * need not be there.
   */
  public static void remove(PosixTree tree, String flow) throws IOException {
    RangeCache.remove(tree, folder(flow));
    RangeCache.remove(tree, backFolder(flow));
  }

  private void wake() {
    Replica engine = replica;
    if (engine != null) {
      engine.wake();
    }
  }

  /** What the engine brings registers and bytes to. */
  public Target target() {
    return target;
  }

  /** The engine of this site, before it begins. */
  public void join(Replica engine) {
    replica = engine;
  }

  /** The way to the source failed: nobody need wait for the first one. */
  public void unreached() {
    leases.unreached();
  }

  /** Whether the source is reached. */
  public boolean isReached() {
    return leases.isUp();
  }

  /** How often the source was asked what is new. */
  public long questions() {
    return leases.questions();
  }

  /** Bytes that came from the source. */
  public long fetched() {
    return fetcher.fetched();
  }

  /** What waits to be written back. */
  public FlowStatus.Unwritten unwritten() {
    return back == null ? FlowStatus.Unwritten.NONE : back.status();
  }

  /** What can't be written back, and what was put beside something else. */
  public List<FlowProblem> problems() {
    return back == null ? List.of() : back.problems();
  }

  /** Done when the source has what was written here before, at a path and below. */
  public CompletableFuture<Void> writtenBack(PathBytes path) {
    return back == null ? CompletableFuture.completedFuture(null) : back.writtenBack(path);
  }

  /** Bytes of contents that are kept here. */
  public long cached() {
    return cache.used() + (vaults == null ? 0 : vaults.used());
  }

  /**
   * The tree as a file system: the same for all callers until somebody closes it.
   *
   * @param who the subject that it is shown to; empty for nobody
   */
  public FileSystem files(String who) throws IOException {
    return open(who);
  }

  /** What was written here and put beside something else; empty where nothing is written back. */
  public Optional<ConflictDesk> conflicts() throws IOException {
    return back == null ? Optional.empty() : Optional.of(back.conflicts(open("")));
  }

  private synchronized KmeshFileSystem open(String who) throws IOException {
    Replica engine = replica;
    if (isClosed || engine == null) {
      throw new ProviderException(
          ErrorKind.PRECONDITION, "Cannot open the flow's files: it was stopped. Start it.");
    }
    KmeshFileSystem open = files.get(who);
    if (open == null || !open.isOpen()) {
      open =
          new KmeshFileSystem(
              new AccessVolume(
                  new BaseReader(base, engine),
                  leases,
                  fetcher,
                  settings.showsStale() ? AccessVolume.Stale.SHOW : AccessVolume.Stale.REFUSE,
                  settings.writes() ? this::writer : null,
                  back,
                  desk == null || vaults == null ? null : new SensitiveReads(desk, vaults),
                  who.isEmpty() ? null : who),
              PLACE,
              who.isEmpty() ? settings.name() : settings.name() + "~" + who,
              0);
      files.values().removeIf(one -> !one.isOpen());
      files.put(who, open);
    }
    return open;
  }

  private Writer writer(AccessVolume volume) {
    AccessWriter through = new AccessWriter(volume, drafts, edits, leases);
    return back == null ? through : new BackWriter(volume, back, through);
  }

  /** Ends the file system, and keeps the cache for the next opening. */
  @Override
  public void close() throws IOException {
    List<KmeshFileSystem> open;
    synchronized (this) {
      isClosed = true;
      open = List.copyOf(files.values());
    }
    try {
      for (KmeshFileSystem one : open) {
        one.close();
      }
      if (hearing != null) {
        hearing.close();
      }
    } finally {
      try {
        if (back != null) {
          back.close();
        }
      } finally {
        if (vaults != null) {
          vaults.close();
        }
        cache.close();
      }
    }
  }
}
