// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import io.kmesh.Endpoint;
import io.kmesh.core.internal.endpoints.OpenEndpoint;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.snapshots.FileSystemInstance;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.snapshots.archive.CatalogScope;
import io.kmesh.core.internal.snapshots.archive.Catalogs;
import io.kmesh.core.internal.snapshots.fs.ChunkCache;
import io.kmesh.core.internal.snapshots.fs.StubCopies;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreBinding;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;

/** Opens the copies on attached Lustre file systems. Thread-safe. */
final class LustreCopies {
  /** The archive that a Lustre takes when none is named. */
  private static final ArchiveId DEFAULT = ArchiveId.of(1);

  /** A busy copytool has other files to restore before the one that proves it. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private static final int LEAST_WORKERS = 2;

  private final SnapshotParts parts;
  private final ChunkCache cache;
  private final Set<String> busy = new HashSet<>(); // guarded by itself

  /**
   * The copies on what is attached.
   *
   * @param cache stays the caller's
   */
  LustreCopies(SnapshotParts parts, ChunkCache cache) {
    this.parts = parts;
    this.cache = cache;
  }

  /** The copies on the file system of a copy that is there, in its archive. */
  StubCopies open(CopyFacts copy) throws IOException {
    Endpoint.LustrePath place = copy.lustre().orElseThrow();
    Head.Root root = root(copy.repository(), copy.id()).orElseThrow(copy::gone);
    return open(copy.repository(), place, StubCopies.archive(root));
  }

  /** Whether a repository still knows a copy. */
  boolean isKnown(CopyFacts copy) throws IOException {
    return root(copy.repository(), copy.id()).isPresent();
  }

  private Optional<Head.Root> root(String repository, String id) throws IOException {
    return domain(repository).heads().newest().root(SnapshotStore.COPY_KIND, id);
  }

  private Domain domain(String repository) throws IOException {
    return parts.repositories().open(repository).domain();
  }

  /**
   * The copies of a file system where one is made.
   *
   * @param id the copy's
   * @param asked the archive; empty for the one that the repository serves there
   */
  StubCopies open(
      String repository, Endpoint.LustrePath place, String id, Optional<ArchiveId> asked)
      throws IOException {
    Optional<Head.Root> begun = root(repository, id);
    if (begun.isPresent()) {
      return open(repository, place, StubCopies.archive(begun.get()));
    }
    return open(repository, place, asked.isPresent() ? asked.get() : served(repository, place));
  }

  private ArchiveId served(String repository, Endpoint.LustrePath place) throws IOException {
    SortedSet<Integer> archives =
        Catalogs.archives(domain(repository).heads().newest(), instance(lustre(place), place));
    if (archives.size() > 1) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot create a virtual copy at "
              + place
              + ": the repository "
              + repository
              + " is the archives "
              + archives
              + " of that file system. Say from which its files are to be restored.");
    }
    return archives.isEmpty() ? DEFAULT : ArchiveId.of(archives.first());
  }

  /** Others than root see no number of a file system, and can't give it one. */
  private static String instance(LustreBinding lustre, Endpoint.LustrePath place)
      throws IOException {
    try {
      return FileSystemInstance.of(lustre);
    } catch (ProviderException e) {
      if (e.errno().filter(n -> n.equals(Errno.EPERM) || n.equals(Errno.EACCES)).isEmpty()) {
        throw e;
      }
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot use virtual copies at "
              + place
              + ": only root may import stubs. Run as root; or make the copy in a directory; or"
              + " restore the snapshot there as a whole.",
          e);
    }
  }

  private LustreBinding lustre(Endpoint.LustrePath place) throws IOException {
    Endpoint mount = new Endpoint.LustrePath(place.cluster(), PathBytes.EMPTY);
    try (OpenEndpoint open = parts.endpoints().open(mount)) {
      return open.lustre().orElseThrow();
    }
  }

  private StubCopies open(String repository, Endpoint.LustrePath place, ArchiveId archive)
      throws IOException {
    LustreBinding lustre = lustre(place);
    CatalogScope scope =
        new CatalogScope(
            lustre.identity().fileSystemName(), instance(lustre, place), archive.value());
    int workers = Math.max(LEAST_WORKERS, Runtime.getRuntime().availableProcessors());
    return new StubCopies(
        domain(repository),
        parts.store(repository),
        lustre,
        scope,
        parts.time(),
        new StubCopies.Settings(place.cluster(), parts.host(), cache, workers, PATIENCE));
  }

  /** Changes copies. */
  @FunctionalInterface
  interface Work<T> {
    T run(StubCopies copies) throws IOException;
  }

  /** Changes a copy, which nobody else in this process does then. */
  <T> T change(CopyFacts copy, Work<T> work) throws IOException {
    synchronized (busy) {
      if (!busy.add(copy.id())) {
        throw new ProviderException(
            ErrorKind.EXISTS,
            "Cannot change the virtual copy \""
                + copy.name()
                + "\": it is open already, for another operation. Wait until that has ended.");
      }
    }
    try (StubCopies copies = open(copy)) {
      return work.run(copies);
    } finally {
      synchronized (busy) {
        busy.remove(copy.id());
      }
    }
  }
}
