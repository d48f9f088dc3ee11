// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import io.kmesh.Endpoint;
import io.kmesh.core.internal.endpoints.OpenEndpoint;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.snapshots.OpenSnapshot;
import io.kmesh.core.internal.snapshots.SnapshotProblem;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.snapshots.archive.CatalogContents;
import io.kmesh.core.internal.snapshots.fs.ChunkCache;
import io.kmesh.core.internal.snapshots.fs.LeftOut;
import io.kmesh.core.internal.snapshots.fs.StubCopies;
import io.kmesh.core.internal.snapshots.fs.StubCopy;
import io.kmesh.core.internal.snapshots.fs.VirtualCopies;
import io.kmesh.core.internal.snapshots.fs.VirtualCopy;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Opens virtual copies and looks at their folders. Thread-safe. */
final class CopyEngine {
  private static final int BLOCK = 512;

  private final SnapshotParts parts;
  private final ChunkCache cache;
  private final LustreCopies lustre;
  private final LentCopies lent = new LentCopies(this);

  /**
   * An engine.
   *
   * @param cache stays the caller's
   */
  CopyEngine(SnapshotParts parts, ChunkCache cache) {
    this.parts = parts;
    this.cache = cache;
    this.lustre = new LustreCopies(parts, cache);
  }

  /** Those on Lustre file systems. */
  LustreCopies lustre() {
    return lustre;
  }

  /** The copies of a repository. */
  VirtualCopies of(String repository) throws IOException {
    return new VirtualCopies(
        parts.repositories().open(repository).domain(),
        parts.store(repository),
        parts.time(),
        new VirtualCopies.Settings(parts.host(), repository, cache));
  }

  /** The copies of a repository, oldest first. */
  List<CopyFacts> list(String repository) throws IOException {
    List<CopyFacts> copies = new ArrayList<>();
    for (Head.Root root : of(repository).list()) {
      copies.add(CopyFacts.of(repository, root));
    }
    return List.copyOf(copies);
  }

  /** Opens a copy to look at it; one in a directory nobody else has open then. */
  CopyView open(CopyFacts copy, Retrier.Check check) throws IOException {
    if (copy.lustre().isEmpty()) {
      return new CopyView.InDirectory(openFolder(copy));
    }
    StubCopies copies = lustre.open(copy);
    try {
      return new CopyView.OnLustre(copies, copies.open(copy.id(), check));
    } catch (IOException | RuntimeException e) {
      copies.close();
      throw e;
    }
  }

  /** Tells the files of its snapshot that a copy can't show. */
  void leftOut(CopyFacts copy, Consumer<SnapshotProblem> visitor) throws IOException {
    if (copy.lustre().isPresent()) {
      try (StubCopies copies = lustre.open(copy);
          StubCopy open = copies.open(copy.id(), Retrier.Check.NONE)) {
        open.leftOut(visitor);
      }
      return;
    }
    // By its root: the directory may be in use.
    Domain domain = parts.repositories().open(copy.repository()).domain();
    try (OpenSnapshot shown =
            parts
                .store(copy.repository())
                .open(
                    head -> head.root(SnapshotStore.COPY_KIND, copy.id()).orElseThrow(copy::gone));
        CatalogContents contents = new CatalogContents(domain, parts.time(), parts.host())) {
      new LeftOut(shown, cache, contents).find(visitor);
    }
  }

  /** Opens a copy in a directory, to read and to write. */
  VirtualCopy openFolder(CopyFacts copy) throws IOException {
    requireFolder(copy);
    return of(copy.repository()).open(copy.folder(), copy.id());
  }

  /** A copy in a directory as a file system, shared with the flows that read it. */
  FileSystem files(CopyFacts copy) throws IOException {
    Optional<FileSystem> shared = lent.files(copy);
    return shared.isPresent() ? shared.get() : openFolder(copy).fileSystem();
  }

  /** A copy in a directory as a tree for a flow. */
  PosixTree tree(Endpoint.VirtualCopyTree endpoint) throws IOException {
    for (CopyFacts copy : list(endpoint.repository())) {
      if (copy.id().equals(endpoint.id())) {
        if (copy.lustre().isPresent()) {
          throw new ProviderException(
              ErrorKind.UNSUPPORTED,
              "Cannot read "
                  + endpoint
                  + " as a source: its files are on a Lustre. Make the flow from "
                  + copy.target()
                  + ".");
        }
        return lent.tree(copy, endpoint.toString());
      }
    }
    throw new ProviderException(
        ErrorKind.NOT_FOUND,
        "Cannot read "
            + endpoint
            + ": there is none; it may have been deleted. What a flow brought of it stays where it"
            + " is. Make a flow from another one.");
  }

  /** Lets what a repository keeps for a copy go. */
  void forget(CopyFacts copy) throws IOException {
    boolean isReachable =
        copy.lustre().isPresent()
            && parts.endpoints().isReachable(copy.target())
            && lustre.isKnown(copy);
    if (!isReachable) {
      of(copy.repository()).forget(copy.id());
      return;
    }
    try (StubCopies copies = lustre.open(copy)) {
      copies.forget(copy.id());
    }
  }

  void requireFolder(CopyFacts copy) throws ProviderException {
    if (!Files.isDirectory(copy.folder())) {
      throw new ProviderException(
          ErrorKind.NOT_FOUND,
          "Cannot open the virtual copy \""
              + copy.name()
              + "\": its directory "
              + copy.folder()
              + " of the machine "
              + copy.host()
              + " is not here, on "
              + parts.host()
              + ". Use it there; if the directory is lost, forget the copy.");
    }
  }

  /** What a copy takes. */
  long bytesStored(CopyFacts copy) throws IOException {
    if (copy.lustre().isPresent()) {
      try (StubCopies copies = lustre.open(copy);
          StubCopy open = copies.open(copy.id(), Retrier.Check.NONE)) {
        return open.bytesStored();
      }
    }
    requireFolder(copy);
    try (OpenEndpoint folder = parts.endpoints().open(Endpoint.directory(copy.folder()));
        PosixDirectory top = folder.tree().openRoot()) {
      return copy.rootBytes() + bytes(top);
    }
  }

  private static long bytes(PosixDirectory directory) throws IOException {
    long bytes = 0;
    try (DirectoryCursor entries = directory.entries()) {
      for (List<DirectoryEntry> some = entries.next(); !some.isEmpty(); some = entries.next()) {
        for (DirectoryEntry entry : some) {
          bytes += bytes(directory, entry.name());
        }
      }
    }
    return bytes;
  }

  private static long bytes(PosixDirectory directory, PathBytes name) throws IOException {
    Optional<FileStat> stat = directory.find(name); // another process may have deleted it
    if (stat.isPresent() && stat.get().isDirectory()) {
      try (PosixDirectory below = directory.openDirectory(name)) {
        return bytes(below);
      }
    }
    return stat.map(s -> Math.min(s.size(), BLOCK * s.blocks())).orElse(0L);
  }
}
