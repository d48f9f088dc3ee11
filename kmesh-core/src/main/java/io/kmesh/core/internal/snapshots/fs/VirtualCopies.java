// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

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
   */
  public VirtualCopy create(String snapshot, String name, Path folder) throws IOException {
    Files.createDirectories(folder);
    try (Stream<Path> there = Files.list(folder)) {
      if (there.findAny().isPresent()) {
        throw new ProviderException(
            ErrorKind.EXISTS,
            "Cannot create a virtual copy in "
                + folder
                + ": it is not empty. Name a folder that is, or delete the copy in it.");
      }
    }
    OpenSnapshot open = snapshots.open(snapshot);
    try {
      OverlayFiles files = NioOverlayFiles.open(folder);
      return create(open, name, folder, files);
    } catch (IOException | RuntimeException e) {
      open.close();
      throw e;
    }
  }

  private VirtualCopy create(OpenSnapshot open, String name, Path folder, OverlayFiles files)
      throws IOException {
    String id = RandomIds.snapshot();
    String snapshot = open.manifest().id();
    SnapshotVolume volume = new SnapshotVolume(open, settings.cache());
    Overlay overlay;
    try {
      InodeState root =
          InodeState.of(Overlay.ROOT, volume.root(), volume.facts(volume.root()), PathBytes.EMPTY);
      overlay = Overlay.create(files, id, snapshot, root);
    } catch (IOException | RuntimeException e) {
      files.close();
      throw e;
    }
    try {
      // The folder first: a root whose copy nobody can open would keep its content for ever.
      domain
          .heads()
          .commit(
              head ->
                  head.withRoot(
                      new Head.Root(
                          SnapshotStore.COPY_KIND,
                          name,
                          id,
                          time.now().toEpochMilli(),
                          snapshots.find(head, snapshot).chunk(),
                          Map.of(
                              CopyRoots.SNAPSHOT,
                              snapshot,
                              "host",
                              settings.host(),
                              "folder",
                              folder.toAbsolutePath().toString()))));
      return opened(volume, overlay, open);
    } catch (IOException | RuntimeException e) {
      overlay.abandon();
      throw e;
    }
  }

  private VirtualCopy opened(SnapshotVolume volume, Overlay overlay, OpenSnapshot open) {
    CopyVolume copy = new CopyVolume(volume, overlay, time);
    return new VirtualCopy(
        copy,
        new KmeshFileSystem(
            copy, settings.repository(), overlay.head().copy(), open.manifest().bytes()),
        overlay.head(),
        open.manifest().time(),
        domain.namers());
  }

  /** Opens the copy in a folder. */
  public VirtualCopy open(Path folder) throws IOException {
    requireFolder(folder);
    Overlay overlay = overlay(NioOverlayFiles.open(folder));
    try {
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

  CopyRefresh refresh(
      Path folder, OverlayFiles files, String snapshot, ConflictPolicy policy, Retrier.Check check)
      throws IOException {
    Overlay overlay = overlay(files);
    CopyVolume ours;
    try {
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
          .run(newer.manifest().id(), policy, check);
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
      if (files.exists(Journal.FILE)) {
        String[] id = new String[1];
        Journal.open(
                files,
                changes -> {
                  if (id[0] == null && changes.get(0) instanceof Change.Head head) {
                    id[0] = head.copy();
                  }
                })
            .close();
        if (id[0] != null) {
          forget(id[0]);
        }
      }
      if (files.exists(Overlay.DATA)) {
        for (String data : files.list(Overlay.DATA)) {
          files.delete(Overlay.DATA + "/" + data);
        }
      }
      files.delete(Overlay.DATA);
      files.delete(Journal.FILE);
    } finally {
      files.close();
    }
    NioOverlayFiles.deleteFolder(folder);
  }

  /** Drops the root of a copy whose folder is lost: its snapshot's content is kept no more. */
  public void forget(String id) throws IOException {
    domain.heads().commit(head -> CopyRoots.without(head, id));
  }
}
