// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters;

import io.kmesh.Durability;
import io.kmesh.Stores;
import io.kmesh.core.internal.hsm.HsmJob;
import io.kmesh.engine.ArchiveReceipt;
import io.kmesh.engine.FileReceipts;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmState;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.SyncMode;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/** Proves the durability of files of one cluster, and issues receipts of it. Thread-safe. */
final class Proofs {
  private final String cluster;
  private final LustreBinding lustre;
  private final Stores stores;
  private final FileReceipts receipts;
  private final KmeshTime time;

  Proofs(
      String cluster, LustreBinding lustre, Stores stores, FileReceipts receipts, KmeshTime time) {
    this.cluster = cluster;
    this.lustre = lustre;
    this.stores = stores;
    this.receipts = receipts;
    this.time = time;
  }

  /** A closer look at each file of a job. */
  HsmJob.Proof of(Durability durability) {
    return durability == Durability.REMOTE
        ? (path, fid, state) -> receipts.remoteProblem(fid, stores::find)
        : (path, fid, state) -> Optional.empty();
  }

  /** Makes a file's data durable on the file system itself. */
  StoredReceipt local(PathBytes path, Fid fid) throws IOException {
    try (PosixFile file =
        lustre.identity().open(fid, Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME))) {
      long version = lustre.hsm().dataVersion(file);
      file.sync(SyncMode.ALL);
      return new StoredReceipt(
          cluster,
          path,
          fid,
          version,
          file.stat().size(),
          Durability.LOCAL,
          null,
          null,
          null,
          null,
          time.now(),
          this::stillHolds);
    }
  }

  /** The receipt of a file that is archived in the archive of a store. */
  StoredReceipt archived(PathBytes path, Fid fid, String store) throws IOException {
    FileStat stat = lustre.identity().stat(fid);
    HsmState state = lustre.hsm().state(fid);
    long version = state.isReleased() ? 0 : lustre.hsm().dataVersion(fid);
    return new StoredReceipt(
        cluster,
        path,
        fid,
        version,
        stat.size(),
        Durability.ARCHIVED,
        store,
        null,
        null,
        null,
        time.now(),
        this::stillHolds);
  }

  /** The receipt of a file whose object the store has; empty when that can't be proved. */
  Optional<StoredReceipt> remote(PathBytes path, Fid fid) throws IOException {
    Optional<ArchiveReceipt> kept = receipts.current(fid);
    if (kept.isEmpty() || receipts.remoteProblem(fid, stores::find).isPresent()) {
      return Optional.empty();
    }
    ArchiveReceipt r = kept.get();
    return Optional.of(
        restored(
            path,
            fid,
            r.dataVersion(),
            r.size(),
            Durability.REMOTE,
            r.store(),
            r.key(),
            r.version(),
            r.sha256(),
            time.now()));
  }

  StoredReceipt restored(
      PathBytes path,
      Fid fid,
      long dataVersion,
      long size,
      Durability durability,
      @org.jspecify.annotations.Nullable String store,
      @org.jspecify.annotations.Nullable String key,
      @org.jspecify.annotations.Nullable String version,
      io.kmesh.spi.store.@org.jspecify.annotations.Nullable Sha256 sha256,
      java.time.Instant issued) {
    return new StoredReceipt(
        cluster,
        path,
        fid,
        dataVersion,
        size,
        durability,
        store,
        key,
        version,
        sha256,
        issued,
        this::stillHolds);
  }

  private boolean stillHolds(StoredReceipt receipt) {
    return ClusterPaths.read(
        () -> {
          HsmState state = lustre.hsm().state(receipt.fid());
          if (receipt.durability() == Durability.REMOTE) {
            Optional<StoredReceipt> now = remote(receipt.path(), receipt.fid());
            return now.isPresent()
                && now.get().sha256().equals(receipt.sha256())
                && now.get().size() == receipt.size();
          }
          if (state.isReleased()) {
            return receipt.durability() == Durability.ARCHIVED && state.isArchivedAndClean();
          }
          boolean isSame = lustre.hsm().dataVersion(receipt.fid()) == receipt.dataVersion();
          return isSame && (receipt.durability() == Durability.LOCAL || state.isArchivedAndClean());
        });
  }
}
