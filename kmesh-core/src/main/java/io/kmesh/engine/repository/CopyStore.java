// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.snapshots.IdOrName;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.snapshots.fs.ChunkCache;
import io.kmesh.core.internal.snapshots.fs.ConflictPolicy;
import io.kmesh.core.internal.snapshots.fs.CopyRefresh;
import io.kmesh.core.internal.snapshots.fs.StubCopies;
import io.kmesh.core.internal.snapshots.fs.VirtualCopies;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** The virtual copies of a repository's snapshots. Thread-safe. */
public final class CopyStore implements AutoCloseable {
  private static final long CACHE = 64L << 20;

  private final VirtualCopies copies;
  private final ChunkCache cache = new ChunkCache(CACHE);

  CopyStore(Domain domain, SnapshotStore snapshots, KmeshTime time, String host, String id) {
    this.copies =
        new VirtualCopies(domain, snapshots, time, new VirtualCopies.Settings(host, id, cache));
  }

  /** All copies, oldest first. */
  public List<CopyInfo> list() throws IOException {
    return copies.list().stream().map(CopyStore::info).toList();
  }

  private static CopyInfo info(Head.Root root) {
    return new CopyInfo(
        root.id(),
        root.name(),
        root.labels().getOrDefault("snapshot", ""),
        Instant.ofEpochMilli(root.time()),
        StubCopies.isStub(root) ? CopyInfo.Place.LUSTRE : CopyInfo.Place.FOLDER,
        root.labels().getOrDefault("host", ""),
        root.labels().getOrDefault("folder", ""));
  }

  /**
   * Finds a copy.
   *
   * @param text its name, its id, or four or more first digits of that
   * @throws ProviderException NOT_FOUND, or INVALID when several are meant
   */
  public CopyInfo find(String text) throws IOException {
    List<CopyInfo> all = list();
    List<CopyInfo> found = IdOrName.meant(all, text, CopyInfo::id, CopyInfo::name);
    if (found.size() == 1) {
      return found.get(0);
    }
    throw found.isEmpty()
        ? new ProviderException(
            ErrorKind.NOT_FOUND,
            "Cannot find the virtual copy "
                + text
                + ": there are "
                + all.size()
                + ", none of that name or id. List them.")
        : new ProviderException(
            ErrorKind.INVALID,
            "Cannot tell which virtual copy "
                + text
                + " is: "
                + found.stream().map(CopyInfo::id).toList()
                + " fit. Name one by its id.");
  }

  /**
   * Makes a copy, in time that does not depend on the snapshot's size.
   *
   * @param snapshot as {@link OpenRepository#open} takes it
   * @param folder where what is written is kept; it is made, or empty
   * @throws ProviderException EXISTS when there is a copy of that name, or something in the folder
   */
  public CopyInfo create(String name, String snapshot, Path folder) throws IOException {
    if (list().stream().anyMatch(c -> c.name().equals(name))) {
      throw new ProviderException(
          ErrorKind.EXISTS,
          "Cannot create the virtual copy "
              + name
              + ": there is one of that name. Choose another, or delete it.");
    }
    String id;
    try (io.kmesh.core.internal.snapshots.fs.VirtualCopy copy =
        copies.create(snapshot, name, folder)) {
      id = copy.id();
    }
    return find(id);
  }

  /** Opens a copy, which nobody else has open. */
  public CopyReader open(Path folder) throws IOException {
    return new CopyReader(copies.open(folder));
  }

  /**
   * Lets a copy that is not open show another snapshot; what was changed in it stays. It happens
   * whole or not at all.
   *
   * @param snapshot as {@link OpenRepository#open} takes it
   */
  public CopyRefreshReport refresh(
      Path folder, String snapshot, CopyConflictPolicy policy, SnapshotWork work)
      throws IOException {
    CopyRefresh r =
        copies.refresh(folder, snapshot, ConflictPolicy.valueOf(policy.name()), work.check());
    return new CopyRefreshReport(
        r.before(),
        r.snapshot(),
        r.kept().stream().map(CopyDifference::of).toList(),
        r.conflicts().stream().map(CopyConflictEntry::of).toList(),
        r.copiedBytes());
  }

  /** Deletes a copy that is not open, and its folder. One that was cut is finished so. */
  public void delete(Path folder) throws IOException {
    copies.delete(folder);
  }

  /** Forgets a copy whose folder is lost: its snapshot's content is kept no more. */
  public void forget(String id) throws IOException {
    copies.forget(id);
  }

  @Override
  public void close() {
    cache.close();
  }
}
