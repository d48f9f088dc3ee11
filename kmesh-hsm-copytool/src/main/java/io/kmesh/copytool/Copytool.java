// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool;

import io.kmesh.Stores;
import io.kmesh.copytool.internal.Backends;
import io.kmesh.copytool.internal.CopytoolParts;
import io.kmesh.copytool.internal.Events;
import io.kmesh.copytool.internal.Retries;
import io.kmesh.engine.ByteBudget;
import io.kmesh.engine.EngineTime;
import io.kmesh.engine.FileReceipts;
import io.kmesh.engine.MirrorArchive;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.repository.RepositoryArchive;
import io.kmesh.spi.archive.ArchiveBackend;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A running copytool: it serves archive, restore and remove requests of one Lustre file system. One
 * per mount and node. Thread-safe.
 *
 * <pre>{@code
 * try (Copytool copytool = Copytool.builder(lustre).state(state).store("ckpt", ArchiveId.of(1), store).start()) {
 *   ...
 * }
 * }</pre>
 */
public final class Copytool implements AutoCloseable {
  private final CopytoolParts parts;
  private final Duration closeTimeout;

  private Copytool(CopytoolParts parts, Duration closeTimeout) {
    this.parts = parts;
    this.closeTimeout = closeTimeout;
  }

  /** Begins to make a copytool for a file system, which stays the caller's to close. */
  public static Builder builder(LustreBinding lustre) {
    return new Builder(lustre);
  }

  /** What was done and what is at hand. */
  public CopytoolStatus status() {
    return parts.status();
  }

  /** The items at hand that are in memory: those at work first, with their progress. */
  public List<CopytoolAction> actions() {
    return parts.actions();
  }

  /**
   * Asks the coordinators to remove the copies of files that are gone. A coordinator removes a copy
   * with the file's last name when it is set up so, but what it sent to a copytool that died before
   * it wrote it down is never sent again: call this after a crash, on a file system that keeps no
   * copies of deleted files. Looks at one file after another, each by its FID; restores nothing.
   *
   * @return how many removals were asked for; they end later, as all others do
   * @throws IOException when the index or the file system can't be read, or the caller may not ask
   */
  public long removeOrphans() throws IOException {
    return parts.removeOrphans();
  }

  /**
   * Waits for what runs, stops receiving and unregisters. Items that wait, or do not end within the
   * close timeout, stay in the state; the next copytool on it goes on with them. Until then they
   * keep their slots at the coordinator. A second call does nothing.
   */
  @Override
  public void close() throws IOException {
    parts.close(closeTimeout);
  }

  /** Collects what a copytool is made of. Not thread-safe. */
  public static final class Builder {
    private static final int REPOSITORY_WORKERS = 256;
    private static final DataSize LEAST_MEMORY = DataSize.ofMib(32);

    private final LustreBinding lustre;
    private final Map<ArchiveId, Backends.Named> backends = new TreeMap<>();
    private final Map<ArchiveId, NamedStore> stores = new TreeMap<>();
    private @Nullable StateStore state;
    private @Nullable KmeshTime time;
    private DataSize memory = DataSize.ofMib(128);
    private Observer observer = Observer.NONE;
    private int workers; // 0: as many as suit what is served
    private int maxQueued = 20_000;
    private int attempts = 5;
    private Duration heartbeat = Duration.ofSeconds(30);
    private Duration closeTimeout = Duration.ofSeconds(30);

    private Builder(LustreBinding lustre) {
      this.lustre = lustre;
    }

    /** Where the journal and the archive's index are kept. Required. */
    public Builder state(StateStore state) {
      this.state = state;
      return this;
    }

    /**
     * Serves an archive by mirroring files to an object store.
     *
     * @param name the store's name, which receipts give: the same as on the builder of Kmesh
     */
    public Builder store(String name, ArchiveId archive, ObjectStore store) {
      stores.put(archive, new NamedStore(name, store));
      return this;
    }

    /** Serves all stores of a Kmesh, each under its archive id. */
    public Builder stores(Stores all) {
      for (String name : all.names()) {
        all.archiveId(name)
            .ifPresent(id -> all.find(name).ifPresent(store -> store(name, id, store)));
      }
      return this;
    }

    /**
     * Serves an archive by a repository, see {@link io.kmesh.repository.Repository#archive}, or by
     * a back end of one's own; {@link ArchiveId#ANY} serves all others.
     */
    public Builder archive(ArchiveId archive, ArchiveBackend backend) {
      backends.put(archive, new Backends.Named("archive-" + archive, backend));
      return this;
    }

    /** Who listens to events and metrics. */
    public Builder observer(Observer observer) {
      this.observer = observer;
      return this;
    }

    /** The clock; the system's when none is given. */
    public Builder time(KmeshTime time) {
      this.time = time;
      return this;
    }

    /**
     * The direct memory that all stores' mirrors share for what they copy, 32 MiB or more; a file's
     * parts have 8 MiB, and four are under way at once where there is memory. 128 MiB when not
     * called. Items that wait take about 300 bytes each besides, see {@link #maxQueued}. A back end
     * of one's own has its own.
     */
    public Builder memory(DataSize limit) {
      this.memory = atLeast(limit, LEAST_MEMORY, "the memory");
      return this;
    }

    /**
     * How many items run at once, 1 or more. When not called: 256 when a repository is served,
     * whose archives share a commit, else four a core, and no less than 8.
     */
    public Builder workers(int workers) {
      this.workers = atLeast(workers, 1, "the workers");
      return this;
    }

    /**
     * How many items wait in memory, 1 or more; more wait in the journal only. 20,000 when not
     * called.
     */
    public Builder maxQueued(int items) {
      this.maxQueued = atLeast(items, 1, "the items in memory");
      return this;
    }

    /**
     * How often a back end is tried when a failure changed nothing, 1 or more. 5 when not called.
     */
    public Builder attempts(int attempts) {
      this.attempts = atLeast(attempts, 1, "the attempts");
      return this;
    }

    /**
     * How often items are kept alive and running copies report to the coordinator, 1 ms or more:
     * well below the coordinator's active_request_timeout. 30 s when not called.
     */
    public Builder heartbeat(Duration every) {
      this.heartbeat = atLeast(every, Duration.ofMillis(1), "the heartbeat");
      return this;
    }

    /** How long {@link Copytool#close()} waits for what runs. 30 s when not called. */
    public Builder closeTimeout(Duration limit) {
      this.closeTimeout = atLeast(limit, Duration.ZERO, "the close timeout");
      return this;
    }

    private static int workersFor(Map<ArchiveId, Backends.Named> backends) {
      boolean isGroupCommitted =
          backends.values().stream().anyMatch(b -> b.backend() instanceof RepositoryArchive);
      return isGroupCommitted
          ? REPOSITORY_WORKERS
          : Math.max(8, 4 * Runtime.getRuntime().availableProcessors());
    }

    private static <T extends Comparable<T>> T atLeast(T value, T least, String what) {
      if (value.compareTo(least) < 0) {
        throw new IllegalArgumentException(
            "Cannot set " + what + " of a copytool to " + value + ": the least is " + least + ".");
      }
      return value;
    }

    /**
     * Registers and begins to serve, first what an earlier process left in the state.
     *
     * @throws IOException when it can't register (the message says who holds the mount), or the
     *     state can't be read, or a newer Kmesh wrote it
     * @throws IllegalArgumentException when something required is missing, or an archive has two
     *     back ends
     */
    public Copytool start() throws IOException {
      StateStore journal = state;
      if (journal == null) {
        throw new IllegalArgumentException(
            "Cannot start a copytool on "
                + lustre.description()
                + ": no state was given. Call state(SqliteState.at(path)).");
      }
      if (backends.isEmpty() && stores.isEmpty()) {
        throw new IllegalArgumentException(
            "Cannot start a copytool on "
                + lustre.description()
                + ": it serves no archive. Call store(..) or archive(..).");
      }
      KmeshTime clock = time != null ? time : EngineTime.system();
      for (ArchiveId archive : stores.keySet()) {
        if (backends.containsKey(archive)) {
          throw new IllegalArgumentException(
              "Cannot start a copytool on "
                  + lustre.description()
                  + ": archive "
                  + archive
                  + " has a store and a back end. Give it one of them.");
        }
      }
      ByteBudget budget = ByteBudget.of(memory);
      FileReceipts receipts = new FileReceipts(lustre);
      Map<ArchiveId, Backends.Named> all = new TreeMap<>(backends);
      for (Map.Entry<ArchiveId, NamedStore> entry : stores.entrySet()) {
        NamedStore named = entry.getValue();
        MirrorArchive mirror =
            MirrorArchive.builder(named.name(), named.store(), journal, clock)
                .paths(fid -> lustre.identity().paths(fid))
                .onMoved(receipts::objectMoved)
                .observer(observer)
                .budget(budget)
                .open();
        all.put(entry.getKey(), new Backends.Named(named.name(), mirror));
      }
      CopytoolParts parts =
          new CopytoolParts(
              new CopytoolParts.Settings(
                  lustre,
                  journal,
                  new Backends(all),
                  receipts,
                  clock,
                  new Retries(clock, new Random(), attempts),
                  new Events(observer, clock),
                  workers == 0 ? workersFor(backends) : workers,
                  maxQueued,
                  heartbeat));
      parts.start();
      return new Copytool(parts, closeTimeout);
    }

    /** A store with its name. */
    private record NamedStore(String name, ObjectStore store) {}
  }
}
