// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.archive;

import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.Edit;
import io.kmesh.core.internal.snapshots.ChangedWhileReadException;
import io.kmesh.core.internal.snapshots.ContentWriter;
import io.kmesh.core.internal.snapshots.FileSystemInstance;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.repository.RepositoryArchive;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.archive.ArchiveAction;
import io.kmesh.spi.archive.ArchivedObject;
import io.kmesh.spi.archive.PendingArchive;
import io.kmesh.spi.archive.RemoveAction;
import io.kmesh.spi.archive.RestoreAction;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.store.Sha256;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** The repository as an archive: contents as chunks, files as entries of catalogs. */
public final class RepositoryBackend implements RepositoryArchive {
  /** A file that is read in less than others wait for it. */
  private static final long SOON = 4 << 20;

  private static final int TRIES = 5;

  private final Catalogs catalogs;
  private final GroupCommit group;
  private final ContentRestorer restorer;
  private final PackPresence presence;
  private final Semaphore lanes;
  private final KmeshTime time;

  /**
   * An archive in a domain.
   *
   * @param workers files that are read at once, and threads for the chunks of large restores
   */
  public RepositoryBackend(
      Domain domain, CatalogScope scope, KmeshTime time, String host, int workers)
      throws IOException {
    this(domain, scope, time, host, workers, Session.PACK_TARGET);
  }

  RepositoryBackend(
      Domain domain, CatalogScope scope, KmeshTime time, String host, int workers, int packTarget)
      throws IOException {
    this.catalogs = new Catalogs(domain, scope, time, host);
    this.group = new GroupCommit(domain, catalogs, time, host, packTarget);
    this.restorer = new ContentRestorer(catalogs.reader(), workers);
    this.presence = new PackPresence(domain);
    this.lanes = new Semaphore(workers);
    this.time = time;
  }

  /** The archive of a file system in a domain, for a number of its own. */
  public static RepositoryBackend open(
      Domain domain,
      LustreBinding lustre,
      ArchiveId archive,
      KmeshTime time,
      String host,
      int workers)
      throws IOException {
    CatalogScope scope =
        new CatalogScope(
            lustre.identity().fileSystemName(), FileSystemInstance.of(lustre), archive.value());
    return new RepositoryBackend(domain, scope, time, host, workers);
  }

  @Override
  public PendingArchive archive(ArchiveAction action) throws IOException {
    action.checkCancelled();
    List<PathBytes> paths = action.paths();
    if (paths.isEmpty()) {
      throw new ProviderException(
          Errno.ENOENT,
          "Cannot archive " + action.fid() + ": it has no name any more. It was deleted.");
    }
    if (!action.stat().isRegular()) {
      throw new ProviderException(
          Errno.EINVAL,
          "Cannot archive "
              + paths.get(0)
              + " ("
              + action.fid()
              + "): it is a "
              + action.stat().type()
              + ". Only regular files are archived.");
    }
    GroupCommit.Member member = group.join(action.stat().size() <= SOON);
    boolean isRead = false;
    try {
      PendingArchive pending = new Pending(member, read(action, paths.get(0), member));
      isRead = true;
      return pending;
    } catch (ProviderException e) {
      throw unpublished(e);
    } finally {
      if (!isRead) {
        // Perhaps a pack could not be written, which no file of the session can do without.
        member.distrust();
        member.leave();
      }
    }
  }

  /** Before the commit nothing of it is seen, so that what may have happened did not. */
  private static ProviderException unpublished(ProviderException e) {
    return e.kind() == ErrorKind.UNKNOWN_OUTCOME
        ? new ProviderException(ErrorKind.TRANSIENT, String.valueOf(e.getMessage()), e)
        : e;
  }

  private HsmEntry read(ArchiveAction action, PathBytes path, GroupCommit.Member member)
      throws IOException {
    ArchivedFile file = new ArchivedFile(action);
    Content.@Nullable File content = null;
    acquire();
    try {
      ContentWriter writer = member.shared().borrow();
      try {
        content = writer.write(file, action.stat());
      } catch (ChangedWhileReadException e) {
        // As below.
      } finally {
        member.shared().giveBack(writer);
      }
    } finally {
      lanes.release();
    }
    if (content == null || content.size() != action.stat().size()) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot archive "
              + path
              + " ("
              + action.fid()
              + "): it has no longer the "
              + action.stat().size()
              + " bytes that it had. Archive it again when it is quiet.");
    }
    Sha256 sum = file.end(content.size());
    return HsmEntry.of(
        action.fid(), action.dataVersion(), sum, path, time.now(), action.stat(), content);
  }

  private void acquire() throws InterruptedIOException {
    try {
      lanes.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("Cannot archive: the thread was interrupted.");
    }
  }

  /** What is read and only lacks its entry. */
  private final class Pending implements PendingArchive {
    private final GroupCommit.Member member;
    private final HsmEntry entry;

    Pending(GroupCommit.Member member, HsmEntry entry) {
      this.member = member;
      this.entry = entry;
    }

    @Override
    public ArchivedObject commit() throws IOException {
      member.commit(List.of(new GroupCommit.Change(main(), Edit.put(entry.toNode()))));
      return new ArchivedObject(
          location(entry.fid()), version(entry), entry.size(), entry.sha256OrNull());
    }

    @Override
    public void close() {
      member.leave();
    }
  }

  private String main() {
    return catalogs.scope().main();
  }

  private String location(Fid fid) {
    return "hsm/" + main() + "/" + HsmEntry.name(fid);
  }

  private static String version(HsmEntry entry) {
    return HexFormat.of().toHexDigits(entry.dataVersion());
  }

  @Override
  public void restore(RestoreAction action) throws IOException {
    action.checkCancelled();
    for (int tries = 1; ; tries++) {
      HsmEntry entry =
          catalogs
              .find(action.fid())
              .orElseThrow(() -> nothingThere("restore", "from", action.fid()));
      try {
        restorer.restore(entry.content(), action);
        return;
      } catch (IOException e) {
        emptied(action, e);
        if (!isLost(e) || tries == TRIES || isSame(entry)) {
          throw e;
        }
      }
    }
  }

  private static void emptied(RestoreAction action, IOException failure) {
    try {
      action.target().truncate(0);
    } catch (IOException second) {
      failure.addSuppressed(second);
    }
  }

  private static boolean isLost(IOException e) {
    return e instanceof ProviderException failure
        && (failure.kind() == ErrorKind.NOT_FOUND || failure.kind() == ErrorKind.CORRUPT);
  }

  /** Whether a file's content is what it was; another one may have replaced it, which then went. */
  private boolean isSame(HsmEntry entry) throws IOException {
    return catalogs
        .find(entry.fid())
        .filter(now -> now.content().equals(entry.content()))
        .isPresent();
  }

  @Override
  public void remove(RemoveAction action) throws IOException {
    action.checkCancelled();
    List<GroupCommit.Change> changes =
        catalogs.findAll(action.fid()).stream()
            .map(
                found ->
                    new GroupCommit.Change(
                        found.catalog(), Edit.remove(HsmEntry.name(action.fid()))))
            .toList();
    if (changes.isEmpty()) {
      throw nothingThere("remove", "from", action.fid());
    }
    GroupCommit.Member member = group.join(true);
    try {
      member.commit(changes);
    } finally {
      member.leave();
    }
  }

  private ProviderException nothingThere(String verb, String from, Fid fid) {
    return new ProviderException(
        ErrorKind.NOT_FOUND,
        "Cannot "
            + verb
            + " "
            + fid
            + " "
            + from
            + " the repository: nothing of it is archived there for "
            + catalogs.scope().fileSystem()
            + ", archive "
            + catalogs.scope().archive()
            + ". If the file system was rebuilt, give its root directory the old"
            + " trusted.kmesh.instance; if not, the file was removed from the archive.");
  }

  @Override
  public List<Fid> archived(Optional<Fid> after, int limit) throws IOException {
    return catalogs.fids(after, limit);
  }

  /** The catalogs that its files are in. */
  public Catalogs catalogs() {
    return catalogs;
  }

  @Override
  public boolean holds(Fid fid, long dataVersion) throws IOException {
    Optional<HsmEntry> entry = catalogs.find(fid);
    return entry.isPresent()
        && entry.get().dataVersion() == dataVersion
        && presence.has(entry.get().content());
  }

  @Override
  public void close() {
    restorer.close();
    catalogs.close();
  }
}
