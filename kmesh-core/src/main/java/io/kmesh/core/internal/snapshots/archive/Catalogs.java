// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.archive;

import io.kmesh.core.internal.repository.ChunkReader;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.collect.Compaction;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.session.MetadataWriter;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.DirectoryReader;
import io.kmesh.core.internal.repository.tree.Edit;
import io.kmesh.core.internal.repository.tree.Page;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.snapshots.CatalogManifest;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The catalogs of one Lustre file system and HSM archive in a domain: which content each FID has.
 * What is found is what the newest head says, whoever wrote it. Thread-safe.
 */
public final class Catalogs implements AutoCloseable {
  private static final int FRAME_CACHE = 8 << 20;
  private static final long PAGE_CACHE = 32 << 20;
  private static final int MOST_KNOWN = 256;
  private static final int TRIES = 8;

  /** Each group of archives adds two: merging them each time would cost more than they do. */
  private static final int MANY_RUNS = 32;

  private final Domain domain;
  private final CatalogScope scope;
  private final KmeshTime time;
  private final String host;
  private final FreshHead heads;
  private final ChunkReader reader;
  private final CatalogPages pages;
  private final CatalogWriter writer;
  private final Map<ChunkName, CatalogManifest> known = new ConcurrentHashMap<>();

  /**
   * The catalogs of a scope.
   *
   * @param host where this runs, for people
   */
  public Catalogs(Domain domain, CatalogScope scope, KmeshTime time, String host)
      throws IOException {
    this.domain = domain;
    this.scope = scope;
    this.time = time;
    this.host = host;
    this.heads = new FreshHead(domain.heads());
    this.reader =
        new ChunkReader(domain, Session.index(domain, domain.heads().newest()), FRAME_CACHE);
    this.pages = new CatalogPages(reader, PAGE_CACHE);
    this.writer = new CatalogWriter(domain, scope, pages, time);
  }

  /** The archives of a file system that a head has catalogs of, ascending. */
  public static SortedSet<Integer> archives(Head head, String instance) {
    SortedSet<Integer> archives = new TreeSet<>();
    for (Head.Root root : head.roots()) {
      CatalogScope.of(root)
          .filter(scope -> scope.instance().equals(instance))
          .ifPresent(scope -> archives.add(scope.archive()));
    }
    return archives;
  }

  /** Whose files they have. */
  public CatalogScope scope() {
    return scope;
  }

  /** An entry and the catalog that has it. */
  public record Found(String catalog, HsmEntry entry) {}

  /** What is archived of a file; that of the main catalog where several have it. */
  public Optional<HsmEntry> find(Fid fid) throws IOException {
    return findAll(fid).stream().findFirst().map(Found::entry);
  }

  /**
   * What was archived of a file by the head that was read last: one look at the store serves many.
   */
  public Optional<HsmEntry> findKnown(Fid fid) throws IOException {
    return findAll(fid, heads.last()).stream().findFirst().map(Found::entry);
  }

  /** What is archived of some files, all by one head. */
  public Map<Fid, HsmEntry> find(Collection<Fid> fids) throws IOException {
    return reading(
        catalogs -> {
          Map<Fid, HsmEntry> found = new HashMap<>();
          for (Fid fid : fids) {
            PathBytes name = HsmEntry.name(fid);
            for (CatalogManifest catalog : catalogs) {
              Optional<TreeNode> node = DirectoryReader.find(pages, catalog.entries(), name);
              if (node.isPresent()) {
                found.put(fid, HsmEntry.of(node.get()));
                break;
              }
            }
          }
          return found;
        });
  }

  /** What all catalogs have of a file, the main one first. */
  public List<Found> findAll(Fid fid) throws IOException {
    return findAll(fid, heads.newest());
  }

  private List<Found> findAll(Fid fid, Head first) throws IOException {
    PathBytes name = HsmEntry.name(fid);
    return reading(
        first,
        catalogs -> {
          List<Found> found = new ArrayList<>();
          for (CatalogManifest catalog : catalogs) {
            Optional<TreeNode> node = DirectoryReader.find(pages, catalog.entries(), name);
            if (node.isPresent()) {
              found.add(new Found(catalog.id(), HsmEntry.of(node.get())));
            }
          }
          return found;
        });
  }

  /**
   * The files of all catalogs, ascending.
   *
   * @param after the file before the first that is wanted; empty for the first of all
   * @param limit the most to give, 1 or more
   */
  public List<Fid> fids(Optional<Fid> after, int limit) throws IOException {
    Optional<PathBytes> last = after.map(HsmEntry::name);
    return reading(
        catalogs -> {
          TreeSet<Fid> fids = new TreeSet<>();
          for (CatalogManifest catalog : catalogs) {
            DirectoryReader entries =
                last.isPresent()
                    ? DirectoryReader.after(pages, catalog.entries(), last.get())
                    : new DirectoryReader(pages, catalog.entries());
            int count = 0;
            for (TreeNode n = entries.next(); n != null && count < limit; n = entries.next()) {
              fids.add(HsmEntry.fid(n.name()));
              count++;
            }
          }
          return fids.stream().limit(limit).toList();
        });
  }

  private interface Reading<T> {
    T read(List<CatalogManifest> catalogs) throws IOException;
  }

  private <T> T reading(Reading<T> reading) throws IOException {
    return reading(heads.newest(), reading);
  }

  /** Reads by a head; by a newer one when that of a catalog went since. */
  private <T> T reading(Head first, Reading<T> reading) throws IOException {
    Head head = first;
    for (int tries = 1; ; tries++) {
      List<Head.Root> roots = roots(head);
      try {
        return reading.read(manifests(roots));
      } catch (ProviderException e) {
        if (e.kind() != ErrorKind.NOT_FOUND && e.kind() != ErrorKind.CORRUPT) {
          throw e;
        }
        head = heads.newest();
        if (tries == TRIES || roots(head).equals(roots)) {
          // Not NOT_FOUND, which would say that the file is not archived.
          throw new ProviderException(
              ErrorKind.CORRUPT, "Cannot read the catalogs of " + scope + ": " + e.getMessage(), e);
        }
      }
    }
  }

  private List<Head.Root> roots(Head head) {
    return head.roots().stream()
        .filter(scope::has)
        .sorted(
            Comparator.comparing((Head.Root r) -> !r.id().equals(scope.main()))
                .thenComparing(Head.Root::id))
        .toList();
  }

  private List<CatalogManifest> manifests(List<Head.Root> roots) throws IOException {
    List<CatalogManifest> manifests = new ArrayList<>();
    for (Head.Root root : roots) {
      CatalogManifest manifest = known.get(root.chunk());
      if (manifest == null) {
        manifest = CatalogManifest.read(pages.read(root.chunk()), "the catalog " + root.id());
        if (known.size() >= MOST_KNOWN) {
          known.clear();
        }
        known.put(root.chunk(), manifest);
      }
      manifests.add(manifest);
    }
    return manifests;
  }

  /**
   * The bytes that a catalog takes in the store, not counting the content that its entries name; 0
   * when there is none.
   */
  public long bytes(String catalog) throws IOException {
    return reading(
        catalogs -> {
          Map<List<Object>, Long> frames = new HashMap<>();
          for (CatalogManifest manifest : catalogs) {
            if (manifest.id().equals(catalog)) {
              Content.Directory entries = manifest.entries();
              addFrames(entries.page(), entries.height(), frames);
            }
          }
          return frames.values().stream().mapToLong(Long::longValue).sum();
        });
  }

  private void addFrames(ChunkName page, int height, Map<List<Object>, Long> frames)
      throws IOException {
    Page read = pages.page(page);
    reader
        .index()
        .find(page)
        .ifPresent(p -> frames.put(List.of(p.pack(), p.offset()), (long) p.sealed()));
    if (height > 0 && read instanceof Page.Inner inner) {
      for (Page.Child child : inner.children()) {
        addFrames(child.page(), height - 1, frames);
      }
    }
  }

  /** Writes catalogs in a session of the caller's. */
  CatalogWriter writer() {
    return writer;
  }

  /**
   * Changes a catalog, which is made when it is to have entries and is not there, in one head:
   * durable when this returns. What entries name is kept by other roots until then.
   *
   * @param catalog {@link CatalogScope#main}, or an id of its own
   * @param edits gives the edits from the first, sorted by name; asked again when others changed
   *     the catalog meanwhile
   */
  public void commit(String catalog, Supplier<Edit.Source> edits) throws IOException {
    commit(catalog, session -> edits.get(), false);
  }

  /**
   * The same for edits that depend on entries of any catalog here: these are the same when the
   * edits are published as they were when these were asked for. They may name chunks that the
   * session, which publishes them, refers to.
   */
  void commitAsRead(String catalog, Function<Session, Edit.Source> edits) throws IOException {
    commit(catalog, edits, true);
  }

  private void commit(String catalog, Function<Session, Edit.Source> edits, boolean isWhole)
      throws IOException {
    long now = time.now().toEpochMilli();
    try (Session session =
            Session.begin(domain, RandomIds.session(), now, host, List.of(), Session.PACK_TARGET);
        MetadataWriter metadata = session.metadataWriter()) {
      try {
        Supplier<Edit.Source> from = () -> edits.apply(session);
        writer.publish(session, metadata, Map.of(catalog, from), true, isWhole);
      } catch (IOException | RuntimeException | Error e) {
        try {
          session.abandon();
        } catch (IOException second) {
          e.addSuppressed(second);
        }
        throw e;
      }
    }
    compact();
  }

  /** Merges runs when there are many; what can't be merged now is merged with the next change. */
  void compact() {
    try {
      new Compaction(domain, time.now().toEpochMilli(), host).ifMoreThan(MANY_RUNS);
    } catch (IOException e) {
      // As above.
    }
  }

  /**
   * Removes a catalog: what only it kept is garbage then.
   *
   * @return whether it was there
   */
  public boolean remove(String catalog) throws IOException {
    boolean[] wasThere = {false};
    domain
        .heads()
        .commit(
            head -> {
              List<Head.Root> kept =
                  head.roots().stream()
                      .filter(r -> !(scope.has(r) && r.id().equals(catalog)))
                      .toList();
              wasThere[0] = kept.size() < head.roots().size();
              return wasThere[0] ? head.withRoots(kept) : head;
            });
    return wasThere[0];
  }

  /** Reads chunks of the domain, for who restores. */
  ChunkReader reader() {
    return reader;
  }

  /** Frees what reading holds. */
  @Override
  public void close() {
    reader.close();
  }
}
