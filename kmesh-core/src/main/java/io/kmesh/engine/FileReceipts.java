// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmState;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.XattrMode;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The receipts that lie with the files of one Lustre file system, in {@link ReceiptCodec#XATTR},
 * which only a privileged process can set. A receipt counts only for the FID that it names: a copy
 * of it on another file is no receipt. Thread-safe.
 */
public final class FileReceipts {
  private static final int LOCKS = 64;

  private final LustreBinding lustre;
  private final Object[] locks = new Object[LOCKS];

  /** The receipts of a file system. */
  public FileReceipts(LustreBinding lustre) {
    this.lustre = lustre;
    for (int i = 0; i < LOCKS; i++) {
      locks[i] = new Object();
    }
  }

  /** Says what is true of a file at the moment when it is asked. */
  @FunctionalInterface
  public interface Source {
    /** The receipt. */
    ArchiveReceipt receipt() throws IOException;
  }

  /**
   * Puts a receipt on an open file; no move of its object comes between asking for it and writing
   * it.
   */
  public void write(PosixFile file, Fid fid, Source source) throws IOException {
    synchronized (lockOf(fid)) {
      write(file, source.receipt());
    }
  }

  private static void write(PosixFile file, ArchiveReceipt receipt) throws IOException {
    file.setXattr(ReceiptCodec.XATTR, ReceiptCodec.encode(receipt), XattrMode.SET);
  }

  private Object lockOf(Fid fid) {
    return locks[Math.floorMod(fid.hashCode(), locks.length)];
  }

  /** Takes a file's receipt away; none is no error. */
  public static void clear(PosixFile file) throws IOException {
    if (file.xattr(ReceiptCodec.XATTR).isPresent()) {
      file.removeXattr(ReceiptCodec.XATTR);
    }
  }

  /**
   * The receipt that a file carries about itself, whatever has happened since; restores nothing.
   */
  public Optional<ArchiveReceipt> read(Fid fid) throws IOException {
    try (PosixFile file = open(fid)) {
      return read(file, fid);
    }
  }

  private static Optional<ArchiveReceipt> read(PosixFile file, Fid fid) throws IOException {
    Optional<byte[]> bytes = file.xattr(ReceiptCodec.XATTR);
    if (bytes.isEmpty()) {
      return Optional.empty();
    }
    ArchiveReceipt receipt = ReceiptCodec.decode(bytes.get());
    return receipt.fid().equals(fid) ? Optional.of(receipt) : Optional.empty();
  }

  /** The receipt of a file's content as it is now; empty when it has changed since, or has none. */
  public Optional<ArchiveReceipt> current(Fid fid) throws IOException {
    try (PosixFile file = open(fid)) {
      Optional<ArchiveReceipt> receipt = read(file, fid);
      if (receipt.isEmpty()) {
        return receipt;
      }
      HsmState state = lustre.hsm().state(file);
      if (!state.isArchivedAndClean()) {
        return Optional.empty();
      }
      boolean isSame =
          state.isReleased() || lustre.hsm().dataVersion(file) == receipt.get().dataVersion();
      return isSame ? receipt : Optional.empty();
    }
  }

  /**
   * Says that a file's data moved without changing: after a restore or a migration the same content
   * has another data version. Only when the file is archived and clean behind the reading of its
   * version is that version the archived content's.
   */
  public void dataMoved(Fid fid) throws IOException {
    try (PosixFile file = open(fid)) {
      synchronized (lockOf(fid)) {
        Optional<ArchiveReceipt> receipt = read(file, fid);
        if (receipt.isEmpty() || lustre.hsm().state(file).isReleased()) {
          return;
        }
        ArchiveReceipt old = receipt.get();
        long now = lustre.hsm().dataVersion(file);
        if (now != old.dataVersion() && lustre.hsm().state(file).isArchivedAndClean()) {
          write(
              file,
              new ArchiveReceipt(
                  old.fid(), now, old.store(), old.key(), old.version(), old.size(), old.sha256()));
        }
      }
    }
  }

  /**
   * Says that a file's object has another key now; a file that is gone, or has no receipt, is no
   * error.
   *
   * @param from the object's whole key before; a receipt of another one is left as it is
   * @param key the object's whole key now
   * @param version its version or ETag there
   */
  public void objectMoved(Fid fid, String from, String key, String version) throws IOException {
    try (PosixFile file = open(fid)) {
      synchronized (lockOf(fid)) {
        Optional<ArchiveReceipt> receipt = read(file, fid);
        if (receipt.isEmpty() || !receipt.get().key().equals(from)) {
          return;
        }
        ArchiveReceipt old = receipt.get();
        write(
            file,
            new ArchiveReceipt(
                fid, old.dataVersion(), old.store(), key, version, old.size(), old.sha256()));
      }
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.NOT_FOUND) {
        throw e;
      }
    }
  }

  private PosixFile open(Fid fid) throws IOException {
    return lustre.identity().open(fid, Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME));
  }

  /**
   * Compares a receipt with what a store says of its object.
   *
   * @return why it does not hold, or empty when it does
   */
  public static Optional<String> differs(ArchiveReceipt receipt, ObjectStore store)
      throws IOException {
    ObjectInfo info;
    try {
      info = store.blocking().head(receipt.key());
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.NOT_FOUND) {
        return Optional.of("its object " + receipt.key() + " is not in " + store.uri());
      }
      throw e;
    }
    if (!info.etag().equals(receipt.version())
        && !info.versionId().filter(receipt.version()::equals).isPresent()) {
      return Optional.of(
          "its object "
              + receipt.key()
              + " has version "
              + info.etag()
              + ", the receipt "
              + receipt.version());
    }
    boolean isWhole = info.size() == receipt.size();
    if (isWhole && info.sha256().isPresent() && !info.sha256().get().equals(receipt.sha256())) {
      return Optional.of(
          "its object "
              + receipt.key()
              + " has the SHA-256 "
              + info.sha256().get()
              + ", the receipt "
              + receipt.sha256());
    }
    return Optional.empty();
  }

  /**
   * Why a file's present content is not proved to be in a store; empty when it is.
   *
   * @param stores finds a store by its name
   */
  public Optional<String> remoteProblem(Fid fid, Function<String, Optional<ObjectStore>> stores)
      throws IOException {
    Optional<ArchiveReceipt> receipt = current(fid);
    if (receipt.isEmpty()) {
      return Optional.of(
          "it has no receipt of Kmesh for its present content, so nothing proves what the archive"
              + " holds. Archive it with Kmesh's copytool, or ask for ARCHIVED.");
    }
    Optional<ObjectStore> store = stores.apply(receipt.get().store());
    if (store.isEmpty()) {
      return Optional.of(
          "its receipt names the store \""
              + receipt.get().store()
              + "\", which this Kmesh does not know. Name that store on the builder; of an archive in"
              + " a repository ask RepositoryArchive.holds.");
    }
    return differs(receipt.get(), store.get());
  }

  /** The path of a file for people: its first one, or its FID. */
  public String describe(Fid fid) {
    try {
      return lustre.identity().paths(fid).stream()
          .findFirst()
          .map(PathBytes::toString)
          .orElse(fid.toString());
    } catch (IOException e) {
      return fid.toString();
    }
  }
}
