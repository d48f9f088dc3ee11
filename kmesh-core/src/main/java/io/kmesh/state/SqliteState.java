// SPDX-License-Identifier: Apache-2.0
package io.kmesh.state;

import io.kmesh.KmeshException;
import io.kmesh.core.internal.state.SqliteStore;
import io.kmesh.core.internal.time.SystemTime;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.state.ForwardingStateStore;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A state in one SQLite file on a local disk, for one process at a time. Thread-safe.
 *
 * <p>A call that returned is on the disk; calls of several threads share one commit. Beside the
 * file lie {@code -wal} and {@code -shm}, which belong to it, and {@code .lock}, which says who has
 * it open. SQLite's native library is unpacked where the system property {@code
 * kmesh.native-directory} says, else to the temporary directory.
 */
public final class SqliteState extends ForwardingStateStore {
  private final SqliteStore store;

  private SqliteState(SqliteStore store) {
    this.store = store;
  }

  /**
   * Opens the state in a file, and creates it and its directory when there is none.
   *
   * @throws KmeshException DENIED while another process has it open (its host and pid are named),
   *     INVALID when the file is another program's, UNSUPPORTED on a file system that is not local
   *     or for a file of a newer Kmesh, CORRUPT when it is damaged
   */
  public static SqliteState at(Path file) {
    return builder(file).open();
  }

  /** Begins to open the state in a file. */
  public static Builder builder(Path file) {
    return new Builder(file);
  }

  @Override
  protected StateStore delegate() {
    return store;
  }

  /** The real path of the file. */
  public Path path() {
    return store.path();
  }

  /** The transactions that were committed since it was opened. */
  public long commits() {
    return store.commits();
  }

  /** The syncs to the disk since it was opened. */
  public long fsyncs() {
    return store.syncs();
  }

  /**
   * Reads the whole file and compares its structure and the checksum of every row.
   *
   * @return the number of rows that were read
   * @throws KmeshException CORRUPT for the first damage that is found
   */
  public long verify() {
    try {
      return store.verify();
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
  }

  /** Closes the file; what was acknowledged is in it. A second call does nothing. */
  @Override
  public void close() {
    try {
      store.close();
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    }
  }

  /** Collects how a state is opened. Not thread-safe. */
  public static final class Builder {
    private final Path file;
    private String owner = "";
    private Observer observer = Observer.NONE;
    private KmeshTime time = SystemTime.INSTANCE;
    private SqliteStore.Use use = SqliteStore.Use.LOCAL;

    private Builder(Path file) {
      this.file = file;
    }

    /** The owner (tenant) of records and events that name none; {@code ""} without this call. */
    public Builder owner(String owner) {
      this.owner = owner;
      return this;
    }

    /**
     * Who is told the counts {@code state.commits}, {@code state.fsyncs} and {@code state.rows},
     * and the measure {@code state.commit.nanos}.
     */
    public Builder observer(Observer observer) {
      this.observer = observer;
      return this;
    }

    /** The clock of events and leases; the system's without this call. */
    public Builder time(KmeshTime time) {
      this.time = time;
      return this;
    }

    /**
     * Opens it on any file system, Lustre and NFS too, over one connection without shared memory.
     * The caller makes sure that no other process opens it: locks between hosts are not certain
     * there.
     */
    public Builder exclusive() {
      this.use = SqliteStore.Use.EXCLUSIVE;
      return this;
    }

    /**
     * Opens it.
     *
     * @throws KmeshException as {@link SqliteState#at}
     */
    public SqliteState open() {
      try {
        return new SqliteState(
            SqliteStore.open(new SqliteStore.Settings(file, owner, use, time, observer)));
      } catch (IOException e) {
        throw KmeshException.ofRead(e);
      }
    }
  }
}
