// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import io.kmesh.core.internal.endpoints.Endpoints;
import io.kmesh.core.internal.snapshots.OpenSnapshot;
import io.kmesh.core.internal.snapshots.RestoreTarget;
import io.kmesh.core.internal.snapshots.ScanTally;
import io.kmesh.core.internal.snapshots.TreeRestore;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.SyncMode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/**
 * Restores one entry that is no directory and replaces nothing. It is written in a directory of its
 * own, then renamed: whoever cuts that leaves nothing under the entry's name that could be taken
 * for somebody's.
 */
final class SingleRestore {
  private static final String ASIDE = ".kmesh-restore.";

  private final OpenSnapshot snapshot;
  private final RestoreTarget place;
  private final PosixTree target;

  SingleRestore(OpenSnapshot snapshot, RestoreTarget place) {
    this.snapshot = snapshot;
    this.place = place;
    this.target = place.tree();
  }

  void run(PathBytes path, ScanTally tally, Retrier.Check check) throws IOException {
    PathBytes name = path.name();
    PathBytes aside = aside(path);
    try (PosixDirectory top = target.openRoot()) {
      if (top.find(name).isPresent()) {
        requireSame(path, tally, check);
      } else {
        if (top.find(aside).isEmpty()) {
          top.makeDirectory(aside, 0700);
        }
        RestoreTarget below =
            new RestoreTarget(Endpoints.below(target, aside), place.lustreOrNull());
        snapshot.restore(path, below, TreeRestore.Overwrite.CHANGED, tally, check);
        publish(top, aside, name, path);
      }
      removeEmpty(top, aside);
      if (target.capabilities().contains(PosixCapability.SYNC)) {
        top.sync(SyncMode.ALL);
      }
    }
  }

  /** A process before may have come to the rename, and not to the end. */
  private void requireSame(PathBytes path, ScanTally tally, Retrier.Check check)
      throws IOException {
    try {
      snapshot.restore(path, place, TreeRestore.Overwrite.NEVER, tally, check);
    } catch (ProviderException e) {
      throw e.kind() == ErrorKind.EXISTS ? inTheWay(path) : e;
    }
  }

  private void publish(PosixDirectory top, PathBytes aside, PathBytes name, PathBytes path)
      throws IOException {
    try (PosixDirectory from = top.openDirectory(aside)) {
      if (from.find(name).isEmpty()) {
        return; // it was left out, with a word
      }
      from.rename(name, top, name, RenameMode.NO_REPLACE);
    } catch (ProviderException e) {
      throw e.kind() == ErrorKind.EXISTS ? inTheWay(path) : e;
    }
  }

  private static void removeEmpty(PosixDirectory top, PathBytes aside) throws IOException {
    if (top.find(aside).isPresent()) {
      top.removeDirectory(aside);
    }
  }

  private PathBytes aside(PathBytes path) {
    CRC32C sum = new CRC32C();
    sum.update((snapshot.manifest().id() + "/").getBytes(StandardCharsets.US_ASCII));
    sum.update(path.toBytes());
    return PathBytes.of(ASIDE + HexFormat.of().toHexDigits((int) sum.getValue()));
  }

  private static ProviderException inTheWay(PathBytes path) {
    return new ProviderException(
        ErrorKind.EXISTS,
        "Cannot restore "
            + path
            + ": something else of that name is there. Restore elsewhere, or call replace().");
  }
}
