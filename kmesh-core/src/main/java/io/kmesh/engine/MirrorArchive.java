// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import io.kmesh.core.internal.mirror.IndexedMirrorArchive;
import io.kmesh.core.internal.mirror.MirrorSettings;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.archive.Archiver;
import io.kmesh.spi.archive.Remover;
import io.kmesh.spi.archive.Restorer;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * The mirror form as an archive: one object a file, its key the file's path
 * (docs/format/mirror.md). Thread-safe for different files; one instance at a time for one name in
 * one state. It retries what is retryable and looks before it repeats what may have happened.
 */
public interface MirrorArchive extends Archiver, Restorer, Remover {
  /**
   * An archive to be set up, at a pace of its own unless the store has one: give all that use a
   * store the same view of {@link StorePace#over}.
   *
   * @param name the store's name, as receipts give it
   */
  static Builder builder(String name, ObjectStore store, StateStore state, KmeshTime time) {
    return new Builder(name, store, state, time);
  }

  /** The store's name. */
  String name();

  /** What the index records of a file; empty when its content is not here. */
  Optional<MirrorEntry> find(Fid fid) throws IOException;

  /**
   * Asks the store whether the object of a receipt still has its version, size and checksum. One
   * request.
   */
  boolean stillHolds(ArchiveReceipt receipt) throws IOException;

  /**
   * Gives a file's verified content without its Lustre, in order.
   *
   * @throws io.kmesh.spi.ProviderException NOT_FOUND, or CORRUPT after everything was handed over
   */
  void read(Fid fid, ContentConsumer consumer) throws IOException;

  /**
   * Brings the index up from the objects' metadata, for a lost state.
   *
   * @return the number of files found
   */
  long rebuild() throws IOException;

  /** Takes pieces of content. */
  @FunctionalInterface
  interface ContentConsumer {
    /**
     * Takes a piece.
     *
     * @param piece its bytes; valid during the call only
     * @param offset its place in the file; what is between two pieces is a hole
     */
    void accept(java.nio.ByteBuffer piece, long offset) throws IOException;
  }

  /** Finds the paths of a file now; an empty list when it is gone. */
  @FunctionalInterface
  interface PathLookup {
    /** The paths relative to the mount. */
    List<PathBytes> paths(Fid fid) throws IOException;
  }

  /** Hears that a file's object has another key now: what was noted of the old one is void. */
  @FunctionalInterface
  interface MoveListener {
    /**
     * The object moved; the old one is deleted after this returns. May be called again for one
     * move.
     *
     * @param fid the file
     * @param from the object's whole key before
     * @param key the object's whole key now
     * @param version its version or ETag there
     */
    void moved(Fid fid, String from, String key, String version) throws IOException;
  }

  /** Sets up an archive. */
  final class Builder {
    private final MirrorSettings settings;

    private Builder(String name, ObjectStore store, StateStore state, KmeshTime time) {
      settings = new MirrorSettings(name, store, state, time);
    }

    /** Everything lies below this prefix; empty (the default) or ending in a slash. */
    public Builder prefix(String prefix) {
      settings.prefix(prefix);
      return this;
    }

    /** The memory that its calls share; default 128 MiB of its own. */
    public Builder budget(ByteBudget budget) {
      settings.budget(budget);
      return this;
    }

    /** How retryable failures of the store are tried again. */
    public Builder retry(RetryPolicy policy) {
      settings.retry(policy);
      return this;
    }

    /** The parts of large files, and the size above which a file is large; default 8 MiB. */
    public Builder partSize(DataSize size) {
      settings.partSize(size);
      return this;
    }

    /** The parts or ranges of one file that are under way at once; default 4. */
    public Builder parallelism(int requests) {
      settings.parallelism(requests);
      return this;
    }

    /**
     * How to find where a file is now, to move its object there when its key is wanted by another.
     */
    public Builder paths(PathLookup lookup) {
      settings.paths(lookup);
      return this;
    }

    /** Who hears that an object moved, such as the one who keeps receipts. */
    public Builder onMoved(MoveListener listener) {
      settings.onMoved(listener);
      return this;
    }

    /** Who hears of taken keys, moved objects and retries. */
    public Builder observer(Observer observer) {
      settings.observer(observer);
      return this;
    }

    /** The source of jitter. */
    public Builder random(RandomGenerator random) {
      settings.random(random);
      return this;
    }

    /** The source of attempt ids: 32 lower-case hexadecimal digits, never twice. */
    public Builder attempts(Supplier<String> ids) {
      settings.attempts(ids);
      return this;
    }

    /**
     * Opens the archive: finishes or rolls back what its journal says was begun.
     *
     * @throws io.kmesh.spi.ProviderException UNSUPPORTED when the store can't do what the mirror
     *     needs
     */
    public MirrorArchive open() throws IOException {
      return IndexedMirrorArchive.open(settings);
    }
  }
}
