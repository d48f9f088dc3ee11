// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters;

import io.kmesh.Durability;
import io.kmesh.KmeshException;
import io.kmesh.Stores;
import io.kmesh.core.internal.hsm.HsmJob;
import io.kmesh.core.internal.hsm.RemoteProof;
import io.kmesh.engine.ArchiveReceipt;
import io.kmesh.engine.FileReceipts;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmState;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.SyncMode;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Proves the durability of files of one cluster, and issues receipts of it. Thread-safe. */
final class Proofs {
  private static final int SYNC_ATTEMPTS = 3;
  private static final String OLDER =
      "its data changed since it was archived, so the archive holds an older version. Try again"
          + " when nothing writes it.";

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

  /** A closer look at each file of a tree. */
  HsmJob.Proof ofTree(Durability durability) {
    return durability == Durability.REMOTE
        ? new RemoteProof(receipts, stores::find)
        : HsmJob.Proof.NONE;
  }

  /** A closer look at one file for which a receipt is asked: at its data version, too. */
  HsmJob.Proof ofOne(Durability durability) {
    return durability == Durability.REMOTE
        ? new RemoteProof(receipts, stores::find)
        : (path, fid, state) ->
            isOlderCopy(fid, state)
                ? Optional.of(new HsmJob.Doubt(OLDER, HsmJob.Cure.ARCHIVE_AGAIN))
                : Optional.empty();
  }

  /**
   * Whether the archive is known to hold an older version, whatever the flags say: a file that is
   * open for writing becomes dirty late.
   */
  private boolean isOlderCopy(Fid fid, HsmState state) throws IOException {
    if (state.isReleased()) {
      return false;
    }
    Optional<ArchiveReceipt> receipt = receipts.read(fid);
    return receipt.isPresent() && receipt.get().dataVersion() != lustre.hsm().dataVersion(fid);
  }

  /**
   * Makes a file's data durable on the file system itself.
   *
   * @throws ProviderException PRECONDITION when the file is released, TRANSIENT when it goes on
   *     changing
   */
  StoredReceipt local(PathBytes path, Fid fid) throws IOException {
    try (PosixFile file =
        lustre.identity().open(fid, Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME))) {
      for (int i = 0; i < SYNC_ATTEMPTS; i++) {
        if (lustre.hsm().state(file).isReleased()) {
          throw new ProviderException(
              ErrorKind.PRECONDITION,
              "Cannot make "
                  + path
                  + " of "
                  + cluster
                  + " durable on the file system: it is released, its data are in the archive only."
                  + " Recall it first, or ask for ARCHIVED.");
        }
        long version = lustre.hsm().dataVersion(file);
        file.sync(SyncMode.ALL);
        long size = file.stat().size();
        if (lustre.hsm().dataVersion(file) == version) {
          return receipt(path, fid, version, size, Durability.LOCAL, null, null);
        }
      }
    }
    throw changing(path);
  }

  /**
   * The receipt of a file that is archived in the archive of a store.
   *
   * @throws ProviderException TRANSIENT when it changed since
   */
  StoredReceipt archived(PathBytes path, Fid fid, String store) throws IOException {
    Optional<ArchiveReceipt> kept = receipts.current(fid);
    long version = lustre.hsm().dataVersion(fid);
    long size = lustre.identity().stat(fid).size();
    // Asked behind the version: what is archived and clean now was so at that version.
    HsmState state = lustre.hsm().state(fid);
    if (!state.isArchivedAndClean() || isOlderCopy(fid, state)) {
      throw changing(path);
    }
    long proved = kept.map(ArchiveReceipt::dataVersion).orElse(version);
    if (proved != version && !state.isReleased()) {
      throw changing(path);
    }
    return receipt(path, fid, proved, size, Durability.ARCHIVED, store, kept.orElse(null));
  }

  /** The receipt of a file whose object the store has; empty when that can't be proved. */
  Optional<StoredReceipt> remote(PathBytes path, Fid fid) throws IOException {
    Optional<ArchiveReceipt> kept = receipts.current(fid);
    if (kept.isEmpty() || receipts.remoteProblem(fid, stores::find).isPresent()) {
      return Optional.empty();
    }
    ArchiveReceipt r = kept.get();
    return Optional.of(
        receipt(path, fid, r.dataVersion(), r.size(), Durability.REMOTE, r.store(), r));
  }

  /** A file changed between its archiving and its proof. */
  ProviderException changing(PathBytes path) {
    return new ProviderException(
        ErrorKind.TRANSIENT,
        "Cannot issue a receipt of "
            + path
            + " of "
            + cluster
            + ": it changed meanwhile. Try again when nothing writes it.");
  }

  private StoredReceipt receipt(
      PathBytes path,
      Fid fid,
      long dataVersion,
      long size,
      Durability durability,
      @Nullable String store,
      @Nullable ArchiveReceipt copy) {
    return new StoredReceipt(
        cluster,
        path,
        fid,
        dataVersion,
        size,
        durability,
        store,
        copy == null ? null : copy.key(),
        copy == null ? null : copy.version(),
        copy == null ? null : copy.sha256(),
        time.now(),
        this::stillHolds);
  }

  /** Asks anew; a file that is gone is durable no more. */
  boolean stillHolds(StoredReceipt receipt) {
    try {
      return holds(receipt);
    } catch (IOException e) {
      if (ProviderException.kindOfRead(e) == ErrorKind.NOT_FOUND) {
        return false;
      }
      throw KmeshException.ofRead(e);
    }
  }

  private boolean holds(StoredReceipt receipt) throws IOException {
    Fid fid = receipt.fid();
    if (lustre.identity().stat(fid).links() == 0) {
      return false; // removed, and only here because somebody has it open
    }
    if (receipt.durability() == Durability.REMOTE) {
      return remote(receipt.path(), fid).filter(now -> isSameCopy(now, receipt)).isPresent();
    }
    if (receipt.durability() == Durability.LOCAL) {
      return !lustre.hsm().state(fid).isReleased()
          && lustre.hsm().dataVersion(fid) == receipt.dataVersion();
    }
    Optional<ArchiveReceipt> current = receipts.current(fid);
    if (current.isPresent() && receipt.sha256().isPresent()) {
      return current.map(ArchiveReceipt::sha256).equals(receipt.sha256());
    }
    long version = lustre.hsm().dataVersion(fid);
    HsmState state = lustre.hsm().state(fid);
    return state.isArchivedAndClean()
        && (state.isReleased() || version == receipt.dataVersion())
        && !isOlderCopy(fid, state);
  }

  private static boolean isSameCopy(StoredReceipt now, StoredReceipt then) {
    return now.sha256().equals(then.sha256()) && now.size() == then.size();
  }
}
