// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.KmeshFileSystem;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.snapshots.OpenSnapshot;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The virtual copies of a domain's snapshots that are kept in folders here. A copy's root in the
 * domain keeps its snapshot's content until the copy is deleted. Thread-safe.
 */
public final class VirtualCopies {
  private final Domain domain;
  private final SnapshotStore snapshots;
  private final KmeshTime time;
  private final Settings settings;

  /**
   * How copies are kept.
   *
   * @param host where this runs, for people
   * @param repository what URIs call the repository
   * @param cache stays the caller's, and open while copies are
   */
  public record Settings(String host, String repository, ChunkCache cache) {}

  /** The copies of a domain. */
  public VirtualCopies(Domain domain, SnapshotStore snapshots, KmeshTime time, Settings settings) {
    this.domain = domain;
    this.snapshots = snapshots;
    this.time = time;
    this.settings = settings;
  }

  /** The roots of all copies, oldest first. */
  public List<Head.Root> list() throws IOException {
    return domain.heads().newest().roots().stream()
        .filter(root -> root.kind().equals(SnapshotStore.COPY_KIND))
        .sorted(Comparator.comparingLong(Head.Root::time).thenComparing(Head.Root::id))
        .toList();
  }

  /**
   * Makes a copy in time that does not depend on the snapshot's size.
   *
   * @param snapshot as {@link SnapshotStore#find} takes it
   * @param name for people
   * @param folder where what is written is kept; it is made, or empty
   * @throws ProviderException EXISTS when the folder is not empty, or there is a copy of that name
   */
  public VirtualCopy create(String snapshot, String name, Path folder) throws IOException {
    return create(RandomIds.snapshot(), snapshot, name, folder);
  }

  /**
   * Makes a copy of a given id, once: what a process before made of it, and did not live to end, is
   * taken up.
   *
   * @param id 16 hexadecimal digits that nobody else uses
   * @param snapshot as {@link SnapshotStore#find} takes it
   * @param name for people
   * @param folder where what is written is kept; it is made, or empty
   */
  public VirtualCopy create(String id, String snapshot, String name, Path folder)
      throws IOException {
    if (domain.heads().newest().root(SnapshotStore.COPY_KIND, id).isPresent()) {
      return open(folder, id);
    }
    CopyRoots.requireName(domain.heads().newest(), name, id);
    Files.createDirectories(folder);
    requireFree(folder);
    OpenSnapshot open = snapshots.open(snapshot);
    try {
      OverlayFiles files = NioOverlayFiles.open(folder);
      Overlay overlay;
      SnapshotVolume volume = new SnapshotVolume(open, settings.cache());
      try {
        overlay = overlay(files, id, volume, open.manifest().id());
      } catch (IOException | RuntimeException e) {
        files.close();
        throw e;
      }
      try {
        publish(overlay.head(), name, folder);
        return opened(volume, overlay, open);
      } catch (IOException | RuntimeException e) {
        overlay.abandon();
        if (e instanceof ProviderException p && p.kind() == ErrorKind.EXISTS) {
          takeBack(folder, e); // another copy got the name meanwhile
        }
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      open.close();
      throw e;
    }
  }

  /** Empties a folder that no root will ever name. */
  private void takeBack(Path folder, Exception why) {
    try {
      OverlayFiles files = NioOverlayFiles.open(folder);
      try {
        delete(files, null);
      } finally {
        files.close();
      }
      NioOverlayFiles.deleteFolder(folder);
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }

  /** The folder's names are those of a copy that is being made, or there is none. */
  private static void requireFree(Path folder) throws IOException {
    if (!mayBeOfCopy(folder)) {
      throw occupied(folder.toString());
    }
  }

  private static ProviderException occupied(String folder) {
    return new ProviderException(
        ErrorKind.EXISTS,
        "Cannot create a virtual copy in "
            + folder
            + ": it is not empty. Name a folder that is, or delete the copy in it.");
  }

  private static Overlay overlay(
      OverlayFiles files, String id, SnapshotVolume volume, String snapshot) throws IOException {
    if (files.exists(Journal.FILE)) {
      if (!id.equals(copyIn(files))) {
        throw occupied(files.where());
      }
      return Overlay.open(files, Overlay.SMALL);
    }
    if (files.exists(Overlay.DATA) && !files.list(Overlay.DATA).isEmpty()) {
      throw occupied(files.where());
    }
    InodeState root =
        InodeState.of(Overlay.ROOT, volume.root(), volume.facts(volume.root()), PathBytes.EMPTY);
    return Overlay.create(files, id, snapshot, root);
  }

  /** The folder comes first: a root whose copy nobody can open would keep its content for ever. */
  private void publish(Change.Head copy, String name, Path folder) throws IOException {
    domain
        .heads()
        .commit(
            head -> {
              CopyRoots.requireName(head, name, copy.copy());
              return head.withRoot(
                  new Head.Root(
                      SnapshotStore.COPY_KIND,
                      name,
                      copy.copy(),
                      time.now().toEpochMilli(),
                      snapshots.find(head, copy.snapshot()).chunk(),
                      Map.of(
                          CopyRoots.SNAPSHOT,
                          copy.snapshot(),
                          CopyRoots.HOST,
                          settings.host(),
                          CopyRoots.FOLDER,
                          folder.toAbsolutePath().toString())));
            });
  }

  private VirtualCopy opened(SnapshotVolume volume, Overlay overlay, OpenSnapshot open) {
    CopyVolume copy = new CopyVolume(volume, overlay, time);
    return new VirtualCopy(
        copy,
        new KmeshFileSystem(
            copy, settings.repository(), overlay.head().copy(), open.manifest().bytes()),
        overlay.head(),
        open.manifest(),
        domain.namers());
  }

  /** Opens the copy in a folder. */
  public VirtualCopy open(Path folder) throws IOException {
    return open(folder, null);
  }

  /**
   * Opens the copy in a folder.
   *
   * @param id the copy that must be in it; null for any
   */
  public VirtualCopy open(Path folder, @Nullable String id) throws IOException {
    requireFolder(folder);
    Overlay overlay = overlay(NioOverlayFiles.open(folder));
    try {
      requireCopy(id, overlay.head().copy(), folder);
      OpenSnapshot open = openSnapshot(overlay.head(), folder);
      return opened(new SnapshotVolume(open, settings.cache()), overlay, open);
    } catch (IOException | RuntimeException e) {
      overlay.abandon();
      throw e;
    }
  }

  /** The snapshot of a copy; ends a refresh that was cut, the one way or the other. */
  private OpenSnapshot openSnapshot(Change.Head copy, Path folder) throws IOException {
    OpenSnapshot open =
        snapshots.open(
            head ->
                CopyRoots.find(head, copy)
                    .orElseThrow(
                        () ->
                            new ProviderException(
                                ErrorKind.NOT_FOUND,
                                "Cannot open the virtual copy "
                                    + copy.copy()
                                    + " in "
                                    + folder
                                    + ": "
                                    + domain
                                    + " does not know it, or it was deleted. Delete the"
                                    + " folder, or open it by its own repository.")));
    try {
      domain.heads().commit(head -> CopyRoots.settled(head, copy));
      return open;
    } catch (IOException | RuntimeException e) {
      open.close();
      throw e;
    }
  }

  /**
   * Lets a copy that is not open show a newer snapshot, or any other of the domain. What was
   * changed in the copy stays changed. It happens whole or not at all.
   *
   * @param snapshot as {@link SnapshotStore#find} takes it
   * @param policy SKIP and OURS keep the copy's entry where both changed
   */
  public CopyRefresh refresh(
      Path folder, String snapshot, ConflictPolicy policy, Retrier.Check check) throws IOException {
    return refresh(folder, NioOverlayFiles.open(folder(folder)), snapshot, policy, check);
  }

  /**
   * The same for a copy that must be in the folder.
   *
   * @param keeper gets what the refresh will have done before it happens
   */
  public CopyRefresh refresh(
      Path folder,
      String id,
      String snapshot,
      ConflictPolicy policy,
      RefreshKeeper keeper,
      Retrier.Check check)
      throws IOException {
    return refresh(
        folder, NioOverlayFiles.open(folder(folder)), id, snapshot, policy, keeper, check);
  }

  /** Keeps what a refresh will have done, so that it can be told after a crash. */
  @FunctionalInterface
  public interface RefreshKeeper {
    /** Keeps it durably. */
    void keep(CopyRefresh refresh) throws IOException;
  }

  CopyRefresh refresh(
      Path folder, OverlayFiles files, String snapshot, ConflictPolicy policy, Retrier.Check check)
      throws IOException {
    return refresh(folder, files, null, snapshot, policy, refresh -> {}, check);
  }

  private CopyRefresh refresh(
      Path folder,
      OverlayFiles files,
      @Nullable String id,
      String snapshot,
      ConflictPolicy policy,
      RefreshKeeper keeper,
      Retrier.Check check)
      throws IOException {
    Overlay overlay = overlay(files);
    CopyVolume ours;
    try {
      requireCopy(id, overlay.head().copy(), folder);
      OpenSnapshot before = openSnapshot(overlay.head(), folder);
      ours = new CopyVolume(new SnapshotVolume(before, settings.cache()), overlay, time);
    } catch (IOException | RuntimeException e) {
      overlay.abandon();
      throw e;
    }
    try (OpenCopy copy = new OpenCopy(ours);
        OpenSnapshot newer = snapshots.open(snapshot)) {
      SnapshotVolume target = new SnapshotVolume(newer, settings.cache());
      return new Refresh(domain.heads(), snapshots, copy.volume(), target, time)
          .run(newer.manifest().id(), policy, keeper, check);
    }
  }

  private record OpenCopy(CopyVolume volume) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      volume.close();
    }
  }

  private static Path folder(Path folder) throws ProviderException {
    requireFolder(folder);
    return folder;
  }

  private static void requireFolder(Path folder) throws ProviderException {
    if (!Files.isDirectory(folder)) {
      throw new ProviderException(
          ErrorKind.NOT_FOUND,
          "Cannot open a virtual copy in " + folder + ": there is no such folder. Create one.");
    }
  }

  private static void requireCopy(@Nullable String wanted, String there, Path folder)
      throws ProviderException {
    if (wanted != null && !wanted.equals(there)) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot use the virtual copy "
              + wanted
              + ": another one, "
              + there
              + ", is in its folder "
              + folder
              + ". Put its folder back, or forget it.");
    }
  }

  private static Overlay overlay(OverlayFiles files) throws IOException {
    try {
      return Overlay.open(files, Overlay.SMALL);
    } catch (IOException | RuntimeException e) {
      files.close();
      throw e;
    }
  }

  /**
   * Deletes a copy that is not open: its root, then its folder. What was cut short goes on when it
   * is called again.
   */
  public void delete(Path folder) throws IOException {
    requireFolder(folder);
    OverlayFiles files = NioOverlayFiles.open(folder);
    try {
      delete(files, files.exists(Journal.FILE) ? copyIn(files) : null);
    } finally {
      files.close();
    }
    NioOverlayFiles.deleteFolder(folder);
  }

  /**
   * Deletes a copy that is not open, if it is still there. What was cut short goes on when it is
   * called again.
   *
   * @throws ProviderException NOT_FOUND when its folder is lost, PRECONDITION when another copy is
   *     in it
   */
  public void delete(Path folder, String id) throws IOException {
    boolean isKnown = domain.heads().newest().roots().stream().anyMatch(r -> CopyRoots.isOf(r, id));
    if (!isKnown && !mayBeOfCopy(folder)) {
      return;
    }
    if (!Files.isDirectory(folder)) {
      throw new ProviderException(
          ErrorKind.NOT_FOUND,
          "Cannot delete the virtual copy "
              + id
              + ": its folder "
              + folder
              + " is not here. Delete it on the machine that has it; if it is lost, forget the"
              + " copy.");
    }
    OverlayFiles files = NioOverlayFiles.open(folder);
    try {
      String there = files.exists(Journal.FILE) ? copyIn(files) : "";
      if (!isKnown && !there.isEmpty() && !there.equals(id)) {
        return;
      }
      if (isKnown) {
        requireCopy(id, there.isEmpty() ? "none" : there, folder);
      }
      delete(files, id);
    } finally {
      files.close();
    }
    NioOverlayFiles.deleteFolder(folder);
  }

  /** Whether nothing is in a folder but what a copy's may have. */
  private static boolean mayBeOfCopy(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (Stream<Path> there = Files.list(folder)) {
      return there.allMatch(file -> NioOverlayFiles.isOfCopy(file.getFileName().toString()));
    }
  }

  private void delete(OverlayFiles files, @Nullable String id) throws IOException {
    if (id != null) {
      forget(id);
    }
    if (files.exists(Overlay.DATA)) {
      for (String data : files.list(Overlay.DATA)) {
        files.delete(Overlay.DATA + "/" + data);
      }
    }
    files.delete(Overlay.DATA);
    files.delete(Journal.FILE);
  }

  /** The id of the copy whose journal is in a folder; empty when it does not say so. */
  private static String copyIn(OverlayFiles files) throws IOException {
    String[] id = {""};
    Journal.open(
            files,
            changes -> {
              if (id[0].isEmpty() && changes.get(0) instanceof Change.Head head) {
                id[0] = head.copy();
              }
            })
        .close();
    return id[0];
  }

  /** Drops the root of a copy whose folder is lost: its snapshot's content is kept no more. */
  public void forget(String id) throws IOException {
    domain.heads().commit(head -> StubRoots.without(head, id));
  }
}
