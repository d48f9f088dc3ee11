// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.archive;

import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.repository.tree.ChunkSource;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.Edit;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.snapshots.ArchiveReference;
import io.kmesh.core.internal.snapshots.ArchivedContents;
import io.kmesh.engine.ArchiveReceipt;
import io.kmesh.lustre.Fid;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The contents that the catalogs of a domain have. A stub gets an entry of its own, in the main
 * catalog of its archive, so that no file owns what another one needs. Thread-safe.
 */
public final class CatalogContents implements ArchivedContents {
  private final Domain domain;
  private final KmeshTime time;
  private final String host;
  private final Map<CatalogScope, Catalogs> open = new HashMap<>(); // guarded by this
  private @Nullable List<CatalogScope> scopes; // guarded by this

  /**
   * The contents of a domain.
   *
   * @param host where this runs, for people
   */
  public CatalogContents(Domain domain, KmeshTime time, String host) {
    this.domain = domain;
    this.time = time;
    this.host = host;
  }

  @Override
  public Found find(TreeNode file, ArchiveReference reference) throws IOException {
    return find(file, reference, Catalogs::find);
  }

  /** The same by what was read of the catalogs last, so that looking for many is cheap. */
  Found findKnown(TreeNode file, ArchiveReference reference) throws IOException {
    return find(file, reference, Catalogs::findKnown);
  }

  private interface Look {
    Optional<HsmEntry> at(Catalogs catalogs, Fid fid) throws IOException;
  }

  private Found find(TreeNode file, ArchiveReference reference, Look look) throws IOException {
    List<CatalogScope> all = scopesOf(reference);
    boolean isKnown = false;
    for (CatalogScope scope : all) {
      Optional<HsmEntry> entry = look.at(catalogs(scope), reference.fid());
      if (entry.isPresent() && isContentOf(entry.get(), file, reference)) {
        HsmEntry e = entry.get();
        return new Found(new Archived(reference, e.content(), e.sha256OrNull(), false), "");
      }
      isKnown |= entry.isPresent();
    }
    return new Found(null, reason(reference, all.isEmpty(), isKnown));
  }

  /**
   * Whether an entry has the bytes that a file had when it was taken. Our copytool leaves a receipt
   * with what it archives, and an entry without a data version is of a stub that was imported and
   * never archived since.
   */
  private static boolean isContentOf(HsmEntry entry, TreeNode file, ArchiveReference reference) {
    if (entry.size() != file.size()) {
      return false;
    }
    Optional<ArchiveReceipt> receipt = reference.receipt();
    return receipt.isPresent()
        ? entry.sha256().filter(receipt.get().sha256()::equals).isPresent()
        : reference.instance().isPresent() && entry.dataVersion() == 0;
  }

  /** Whether the domain is the archive that a reference names. */
  boolean isArchive(ArchiveReference reference) throws IOException {
    return !scopesOf(reference).isEmpty();
  }

  @Override
  public Optional<Archived> kept(ArchiveReference reference, Content.File content)
      throws IOException {
    return isArchive(reference)
        ? Optional.of(
            new Archived(
                reference,
                content,
                reference.receipt().map(ArchiveReceipt::sha256).orElse(null),
                true))
        : Optional.empty();
  }

  /** Reads the pages of a content's chunk list. */
  ChunkSource chunks(ArchiveReference reference) throws IOException {
    return catalogs(scopesOf(reference).get(0)).reader();
  }

  private static String reason(ArchiveReference reference, boolean isForeign, boolean isKnown) {
    String where = "archive " + reference.archive() + " of " + reference.fileSystem();
    if (isForeign) {
      return "its content is in "
          + where
          + reference.receipt().map(r -> " (" + r.store() + ": " + r.key() + ")").orElse("")
          + ", which is not this repository. Recall the file there and copy it; a snapshot that is"
          + " taken while it is recalled has its content.";
    }
    return isKnown
        ? where
            + " has another content of it by now, or one that can't be proved to be the same."
            + " Restore it from a snapshot that has its bytes."
        : "it is no longer in "
            + where
            + ": it was removed there. Restore it from a snapshot that has its bytes.";
  }

  private List<CatalogScope> scopesOf(ArchiveReference reference) throws IOException {
    return scopes().stream()
        .filter(s -> s.archive() == reference.archive())
        .filter(
            s ->
                reference
                    .instance()
                    .map(s.instance()::equals)
                    .orElseGet(() -> s.fileSystem().equals(reference.fileSystem())))
        .toList();
  }

  private synchronized List<CatalogScope> scopes() throws IOException {
    if (scopes == null) {
      scopes =
          domain.heads().newest().roots().stream()
              .map(CatalogScope::of)
              .flatMap(Optional::stream)
              .distinct()
              .toList();
    }
    return scopes;
  }

  private synchronized Catalogs catalogs(CatalogScope scope) throws IOException {
    Catalogs there = open.get(scope);
    if (there == null) {
      there = new Catalogs(domain, scope, time, host);
      open.put(scope, there);
    }
    return there;
  }

  private Catalogs catalogs(Archived archived) throws IOException {
    return catalogs(scopesOf(archived.reference()).get(0));
  }

  @Override
  public boolean isHeld(Fid fid, Archived archived) throws IOException {
    Catalogs catalogs = catalogs(archived);
    // What was read before answers for most of a tree that is there.
    return catalogs.findKnown(fid).filter(e -> has(e, archived)).isPresent()
        || catalogs.find(fid).filter(e -> has(e, archived)).isPresent();
  }

  private static boolean has(HsmEntry entry, Archived archived) {
    return entry.content().equals(archived.content());
  }

  /**
   * Entries are published by a head in which those of the contents' own files are, too; those of
   * contents that a snapshot keeps by a session that refers to their chunks, since the snapshot may
   * be removed, and who reads it be taken for dead.
   */
  @Override
  public List<Stub> hold(List<Stub> stubs) throws IOException {
    Map<CatalogScope, List<Stub>> byScope = new HashMap<>();
    for (Stub stub : stubs) {
      CatalogScope scope = scopesOf(stub.archived().reference()).get(0);
      byScope.computeIfAbsent(scope, s -> new ArrayList<>()).add(stub);
    }
    List<Stub> gone = new ArrayList<>();
    for (Map.Entry<CatalogScope, List<Stub>> some : byScope.entrySet()) {
      gone.addAll(hold(catalogs(some.getKey()), some.getValue()));
    }
    return gone;
  }

  private List<Stub> hold(Catalogs catalogs, List<Stub> stubs) throws IOException {
    List<Stub> gone = new ArrayList<>();
    catalogs.commitAsRead(
        catalogs.scope().main(), session -> new Entries(catalogs, session, stubs, gone));
    return gone;
  }

  /** The entries of stubs whose contents are there when the first one is asked for. */
  private final class Entries implements Edit.Source {
    private final Catalogs catalogs;
    private final Session session;
    private final List<Stub> stubs;
    private final List<Stub> gone;
    private @Nullable Iterator<TreeNode> each;

    Entries(Catalogs catalogs, Session session, List<Stub> stubs, List<Stub> gone) {
      this.catalogs = catalogs;
      this.session = session;
      this.stubs = stubs;
      this.gone = gone;
    }

    @Override
    public @Nullable Edit next() throws IOException {
      if (each == null) {
        each = entries();
      }
      return each.hasNext() ? Edit.put(each.next()) : null;
    }

    private Iterator<TreeNode> entries() throws IOException {
      gone.clear();
      Map<Fid, HsmEntry> there =
          catalogs.find(stubs.stream().map(s -> s.archived().reference().fid()).toList());
      List<TreeNode> entries = new ArrayList<>();
      for (Stub stub : stubs) {
        HsmEntry entry = there.get(stub.archived().reference().fid());
        Content.File content = stub.archived().content();
        boolean isThere =
            stub.archived().isKept()
                ? ReferredContent.refer(session, content, catalogs.reader())
                : entry != null && entry.content().equals(content);
        if (isThere) {
          entries.add(entry(stub));
        } else {
          gone.add(stub);
        }
      }
      entries.sort(Comparator.comparing(TreeNode::name));
      return entries.iterator();
    }
  }

  private TreeNode entry(Stub stub) {
    TreeNode node = stub.node();
    FileStat stat =
        new FileStat(
            node.type(),
            node.mode(),
            node.uid(),
            node.gid(),
            stub.archived().content().size(),
            0,
            1,
            node.inode(),
            0,
            0,
            node.mtime(),
            node.mtime(),
            node.mtime());
    return HsmEntry.of(
            stub.fid(),
            0,
            stub.archived().sha256OrNull(),
            stub.path(),
            time.now(),
            stat,
            stub.archived().content())
        .toNode();
  }

  @Override
  public synchronized void close() {
    open.values().forEach(Catalogs::close);
    open.clear();
  }
}
