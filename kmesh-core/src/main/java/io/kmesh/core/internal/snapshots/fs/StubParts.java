// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.endpoints.Endpoints;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.snapshots.archive.CatalogContents;
import io.kmesh.core.internal.snapshots.archive.CatalogScope;
import io.kmesh.core.internal.snapshots.archive.Catalogs;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.SyncMode;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** What the copies on a Lustre are made with. */
record StubParts(
    Domain domain,
    SnapshotStore snapshots,
    LustreBinding lustre,
    CatalogScope scope,
    Catalogs catalogs,
    CatalogContents contents,
    KmeshTime time,
    StubCopies.Settings settings) {
  /** Marks the top of a copy with its id. */
  static final PathBytes MARK = PathBytes.of("trusted.kmesh.copy");

  ArchiveId archive() {
    return ArchiveId.of(scope.archive());
  }

  /** The files of a copy as a tree of their own. */
  PosixTree tree(Head.Root copy) throws IOException {
    return Endpoints.below(lustre.tree(), StubRoots.path(copy));
  }

  StubWriter writer(SnapshotVolume volume, Retrier.Check check) {
    return new StubWriter(
        lustre, archive(), volume, contents, time.now(), settings.workers(), check);
  }

  /** The name of a copy's hidden directory. */
  static PathBytes hidden(String id) {
    return PathBytes.of(".kmesh-copy-" + id);
  }

  /** That beside the copy. */
  static PathBytes hidden(PathBytes path, String id) {
    return path.parent().resolve(hidden(id));
  }

  /** Whether a copy is at its place. */
  boolean isCopy(PathBytes path, String id) throws IOException {
    try (PosixDirectory top = lustre.tree().openDirectory(path)) {
      byte[] mark = top.xattr(MARK).orElse(new byte[0]);
      return id.equals(new String(mark, StandardCharsets.US_ASCII));
    } catch (IOException e) {
      if (TreeVolume.isAbsent(e)) {
        return false;
      }
      throw e;
    }
  }

  /** Removes what is at a path of the mount, if it is there. */
  void removeTree(PathBytes path) throws IOException {
    try (PosixDirectory parent = lustre.tree().openDirectory(path.parent())) {
      if (parent.find(path.name()).isPresent()) {
        Trees.remove(parent, path.name());
        parent.sync(SyncMode.ALL);
      }
    } catch (IOException e) {
      if (!TreeVolume.isAbsent(e)) {
        throw e;
      }
    }
  }
}
