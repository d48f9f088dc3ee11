// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.engine.ByteBudget;
import io.kmesh.engine.WorkPlace;
import io.kmesh.engine.WorkResult;
import io.kmesh.engine.WorkUnit;
import io.kmesh.engine.Worker;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.Upload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;

/**
 * Runs units of work in this process over endpoints that are registered by name. Thread-safe. It
 * retries nothing: its coordinator decides by the result.
 */
public final class LocalWorker implements Worker {
  private static final int PIECE = 1 << 20;
  private static final Set<OpenFlag> READ = Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME);
  private static final Set<OpenFlag> WRITE = Set.of(OpenFlag.WRITE);

  private final Map<String, PosixTree> trees = new ConcurrentHashMap<>();
  private final Map<String, LustreBinding> lustres = new ConcurrentHashMap<>();
  private final Map<String, ObjectStore> stores = new ConcurrentHashMap<>();
  private final ByteBudget budget;

  /** A worker without endpoints. */
  public LocalWorker(ByteBudget budget) {
    this.budget = budget;
  }

  /** Registers a tree. */
  public LocalWorker tree(String name, PosixTree tree) {
    trees.put(name, tree);
    return this;
  }

  /** Registers a Lustre, as a tree too. */
  public LocalWorker lustre(String name, LustreBinding lustre) {
    lustres.put(name, lustre);
    trees.put(name, lustre.tree());
    return this;
  }

  /** Registers a store. */
  public LocalWorker store(String name, ObjectStore store) {
    stores.put(name, store);
    return this;
  }

  @Override
  public WorkResult run(WorkUnit unit) {
    Progress progress = new Progress();
    try {
      if (!unit.keys().isEmpty()) {
        throw new ProviderException(
            ErrorKind.UNSUPPORTED, "Cannot run a unit of work with keys: this worker has none.");
      }
      if (unit.from() instanceof WorkPlace.AtKey from) {
        fromObject(unit, from, progress);
      } else if (unit.to() instanceof WorkPlace.AtPart to) {
        toPart(unit, to, progress);
      } else {
        fromFile(unit, progress);
      }
      return progress.result(unit, null, "");
    } catch (IOException e) {
      ErrorKind kind = e instanceof ProviderException p ? p.kind() : ErrorKind.TRANSIENT;
      return progress.result(unit, kind, String.valueOf(e.getMessage()));
    }
  }

  /** What was moved so far. */
  private static final class Progress {
    private final CRC32C crc = new CRC32C();
    private long bytes;
    private String etag = "";

    void add(ByteBuffer piece) {
      bytes += piece.remaining();
      crc.update(piece.duplicate());
    }

    WorkResult result(
        WorkUnit unit, @org.jspecify.annotations.Nullable ErrorKind error, String message) {
      return new WorkResult(unit.attempt(), bytes, (int) crc.getValue(), etag, error, message);
    }
  }

  private void fromFile(WorkUnit unit, Progress progress) throws IOException {
    try (PosixFile source = open(unit.source(), unit.from(), READ);
        PosixFile target = open(unit.target(), unit.to(), WRITE);
        ByteBudget.Piece piece = budget.acquire(pieceOf(unit.length()))) {
      checkVersion(unit, source);
      for (long done = 0; done < unit.length(); ) {
        ByteBuffer buffer = piece.buffer().clear();
        buffer.limit((int) Math.min(pieceOf(unit.length()), unit.length() - done));
        fill(unit, source, unit.offset() + done, buffer);
        progress.add(buffer);
        int count = buffer.remaining();
        target.write(buffer, unit.targetOffset() + done);
        done += count;
      }
      checkVersion(unit, source);
    }
  }

  private void toPart(WorkUnit unit, WorkPlace.AtPart to, Progress progress) throws IOException {
    ObjectStore store = store(unit.target());
    if (unit.length() > budget.largestPiece().bytes()) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot write a part of "
              + unit.length()
              + " bytes: a buffer has at most "
              + budget.largestPiece()
              + ". Cut the work smaller.");
    }
    try (PosixFile source = open(unit.source(), unit.from(), READ);
        ByteBudget.Piece piece = budget.acquire((int) unit.length())) {
      checkVersion(unit, source);
      fill(unit, source, unit.offset(), piece.buffer());
      checkVersion(unit, source);
      progress.add(piece.buffer());
      progress.etag =
          store
              .blocking()
              .uploadPart(
                  new Upload(to.key(), to.uploadId()), to.number(), piece.buffer().duplicate())
              .etag();
    }
  }

  private void fromObject(WorkUnit unit, WorkPlace.AtKey from, Progress progress)
      throws IOException {
    ObjectStore store = store(unit.source());
    try (PosixFile target = open(unit.target(), unit.to(), WRITE)) {
      for (long done = 0; done < unit.length(); ) {
        int length = pieceOf(unit.length() - done);
        ByteBudget.Reservation share = budget.reserve(length);
        try {
          ByteBuffer data =
              store
                  .blocking()
                  .read(from.key(), unit.offset() + done, length, Condition.matches(from.etag()))
                  .data();
          if (data.remaining() != length) {
            throw new ProviderException(
                ErrorKind.CORRUPT,
                "Cannot read "
                    + from.key()
                    + ": the store gave "
                    + data.remaining()
                    + " bytes at "
                    + (unit.offset() + done)
                    + ", not "
                    + length
                    + ". Check the object.");
          }
          progress.add(data);
          target.write(data, unit.targetOffset() + done);
        } finally {
          share.close();
        }
        done += length;
      }
    }
  }

  private static int pieceOf(long length) {
    return (int) Math.min(PIECE, length);
  }

  private static void fill(WorkUnit unit, PosixFile source, long offset, ByteBuffer buffer)
      throws IOException {
    long at = offset;
    while (buffer.hasRemaining()) {
      int count = source.read(buffer, at);
      if (count <= 0) {
        throw changed(unit, "it ends at byte " + at);
      }
      at += count;
    }
    buffer.flip();
  }

  private void checkVersion(WorkUnit unit, PosixFile source) throws IOException {
    long version;
    if (unit.from() instanceof WorkPlace.AtFid) {
      version = lustre(unit.source()).hsm().dataVersion(source);
    } else {
      FileStat stat = source.stat();
      version = nanos(stat);
    }
    if (version != unit.expectedVersion()) {
      throw changed(unit, "it is at version " + version + ", not " + unit.expectedVersion());
    }
  }

  /**
   * The version of a file of a tree: its modification time in nanoseconds, wrapping in the year
   * 2262.
   */
  public static long nanos(FileStat stat) {
    return stat.mtime().seconds() * 1_000_000_000L + stat.mtime().nanos();
  }

  private static ProviderException changed(WorkUnit unit, String reason) {
    return new ProviderException(
        ErrorKind.PRECONDITION,
        "Cannot move "
            + unit.from()
            + " of "
            + unit.source()
            + ": "
            + reason
            + ". It changed; begin again with what it is now.");
  }

  private PosixFile open(String endpoint, WorkPlace place, Set<OpenFlag> flags) throws IOException {
    if (place instanceof WorkPlace.AtFid f) {
      return lustre(endpoint).identity().open(f.fid(), flags);
    }
    PosixTree tree = trees.get(endpoint);
    if (tree == null || !(place instanceof WorkPlace.AtPath p)) {
      throw unknown(endpoint, "a tree");
    }
    return tree.openFile(p.path(), flags);
  }

  private LustreBinding lustre(String endpoint) throws ProviderException {
    LustreBinding lustre = lustres.get(endpoint);
    if (lustre == null) {
      throw unknown(endpoint, "a Lustre");
    }
    return lustre;
  }

  private ObjectStore store(String endpoint) throws ProviderException {
    ObjectStore store = stores.get(endpoint);
    if (store == null) {
      throw unknown(endpoint, "a store");
    }
    return store;
  }

  private static ProviderException unknown(String endpoint, String what) {
    return new ProviderException(
        ErrorKind.UNSUPPORTED,
        "Cannot run a unit of work: this worker has no endpoint \""
            + endpoint
            + "\" that is "
            + what
            + ". Give it to a worker that has.");
  }
}
