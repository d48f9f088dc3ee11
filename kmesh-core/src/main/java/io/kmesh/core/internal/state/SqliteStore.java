// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import io.kmesh.core.internal.observe.SafeObserver;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.state.Lease;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateEvent;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/** A state in one SQLite file. Thread-safe. */
public final class SqliteStore implements StateStore {
  private final Path path;
  private final KmeshTime time;
  private final String defaultOwner;
  private final RecordTable records;
  private final EventTable events;
  private final LeaseTable leases;
  private final StateLock lock;
  private final SqlSession writer;
  private final CommitCounters counters;
  private final ReadSessions reads;
  private final GroupCommitter committer;
  private boolean isClosed; // guarded by this

  private SqliteStore(
      Settings settings,
      SqliteFile file,
      StateLock lock,
      SqlSession writer,
      WalCheckpoint.Log log) {
    this.path = file.path();
    this.time = settings.time();
    this.defaultOwner = settings.owner();
    this.records = new RecordTable(path);
    this.events = new EventTable(path);
    this.leases = new LeaseTable(path);
    this.lock = lock;
    this.writer = writer;
    ReentrantLock writerLock = new ReentrantLock();
    this.counters = new CommitCounters(time, new SafeObserver(settings.observer()));
    this.reads =
        new ReadSessions(file, settings.use() == Use.EXCLUSIVE ? writer : null, writerLock);
    this.committer =
        new GroupCommitter(
            path, writer, writerLock, counters, new WalCheckpoint(writer, counters, log));
  }

  /** What the file system must be able to do. */
  public enum Use {
    /** A local file system is required, where several connections see each other's locks. */
    LOCAL,
    /** Any file system: one connection, no shared memory. */
    EXCLUSIVE
  }

  /**
   * How a state is opened.
   *
   * @param path the file
   * @param owner the owner of rows that name none
   * @param use what the file system must be able to do
   * @param time the clock
   * @param observer who listens
   */
  public record Settings(Path path, String owner, Use use, KmeshTime time, Observer observer) {}

  /**
   * Opens a state; creates it when there is none.
   *
   * @throws io.kmesh.spi.ProviderException INVALID for a file that is not ours, DENIED while
   *     another holds it, UNSUPPORTED for a file system that is not local or a newer schema,
   *     CORRUPT for a damaged file, NO_SPACE
   */
  public static SqliteStore open(Settings settings) throws IOException {
    return open(settings, StateSchema.CURRENT, SqliteFile::fileSystemType);
  }

  /** Tells the type of the file system of a file. */
  interface FileSystemType {
    String of(SqliteFile file) throws IOException;
  }

  /** Opens a state with another schema, or on what is said to be another file system. */
  static SqliteStore open(Settings settings, StateSchema schema, FileSystemType fileSystem)
      throws IOException {
    StateInput.requireText("owner", settings.owner());
    SqliteFile file = SqliteFile.at(settings.path());
    if (settings.use() == Use.LOCAL) {
      StateFileSystems.requireLocal(file.path(), fileSystem.of(file));
    }
    StateLock lock = StateLock.take(file.path(), settings.time().now());
    try {
      file.checkHeader(schema);
      WalCheckpoint.Log log = file.log();
      SqlSession writer = openWriter(settings, schema, file);
      return new SqliteStore(settings, file, lock, writer, log);
    } catch (IOException | RuntimeException | Error e) {
      lock.close();
      throw e;
    }
  }

  private static SqlSession openWriter(Settings settings, StateSchema schema, SqliteFile file)
      throws IOException {
    try {
      SqlSession writer = file.open(settings.use());
      try {
        schema.prepare(writer, file.path());
        SqliteFile.prepareWriter(writer);
        return writer;
      } catch (IOException | SQLException | RuntimeException e) {
        writer.close();
        throw e;
      }
    } catch (SQLException e) {
      throw SqliteErrors.of("open", file.path(), e);
    }
  }

  @Override
  public String description() {
    return "SQLite state " + path;
  }

  /** The real path of the file. */
  public Path path() {
    return path;
  }

  /** The transactions that were committed since it was opened. */
  public long commits() {
    return counters.commits();
  }

  /** The syncs to disk that this cost. */
  public long syncs() {
    return counters.syncs();
  }

  @Override
  public Optional<StateRecord> find(RecordKey key) throws IOException {
    requireKey(key);
    return reads.read(session -> records.find(session, key));
  }

  @Override
  public List<StateRecord> findAll(List<RecordKey> keys) throws IOException {
    Set<RecordKey> wanted = new HashSet<>(keys);
    for (RecordKey key : wanted) {
      requireKey(key);
    }
    return reads.read(
        session -> {
          List<StateRecord> found = new ArrayList<>();
          session.execute("BEGIN"); // one snapshot for all
          try {
            for (RecordKey key : wanted) {
              records.find(session, key).ifPresent(found::add);
            }
          } finally {
            session.execute("ROLLBACK");
          }
          return found;
        });
  }

  private static void requireKey(RecordKey key) throws IOException {
    StateInput.requireText("kind", key.kind());
    StateInput.requireText("id", key.id());
  }

  @Override
  public List<StateRecord> scan(String kind, String idPrefix, String afterId, int limit)
      throws IOException {
    StateInput.requireLimit(limit);
    requireKey(new RecordKey(kind, idPrefix));
    StateInput.requireText("id", afterId);
    return reads.read(session -> records.scan(session, kind, idPrefix, afterId, limit));
  }

  @Override
  public long count(String kind, String idPrefix) throws IOException {
    requireKey(new RecordKey(kind, idPrefix));
    return reads.read(session -> records.count(session, kind, idPrefix));
  }

  @Override
  public void apply(List<StateChange> changes) throws IOException {
    List<StateChange> batch = List.copyOf(changes);
    StateInput.requireStorable(batch);
    if (!batch.isEmpty()) {
      committer.write(new ApplyWrite(records, batch, defaultOwner));
    }
  }

  @Override
  public long append(String owner, String subject, String type, String detail) throws IOException {
    StateInput.requireText("owner", owner);
    StateInput.requireText("subject", subject);
    StateInput.requireText("type", type);
    StateInput.requireText("detail", detail);
    String tenant = owner.isEmpty() ? defaultOwner : owner;
    return committer.write(
        new RowWrite<>(
            session ->
                new StateWrite.Result<>(
                    events.append(session, time.now(), tenant, subject, type, detail), 1)));
  }

  @Override
  public List<StateEvent> events(long afterSequence, int limit) throws IOException {
    StateInput.requireLimit(limit);
    return reads.read(session -> events.read(session, afterSequence, limit));
  }

  @Override
  public Optional<Lease> acquire(String name, String holder, Duration timeToLive)
      throws IOException {
    StateInput.requireText("lease name", name);
    StateInput.requireText("holder", holder);
    StateInput.requireTimeToLive(timeToLive);
    return committer.write(
        new RowWrite<>(session -> leases.acquire(session, name, holder, timeToLive, time.now())));
  }

  @Override
  public void release(Lease lease) throws IOException {
    committer.write(
        new RowWrite<>(
            session -> {
              boolean wasHeld = leases.release(session, lease);
              return new StateWrite.Result<>(wasHeld, wasHeld ? 1 : 0);
            }));
  }

  /**
   * Reads everything and compares SQLite's structure and every row's checksum.
   *
   * @return the number of rows that were read
   * @throws io.kmesh.spi.ProviderException CORRUPT for the first damage
   */
  public long verify() throws IOException {
    return reads.read(
        session -> {
          try (java.sql.ResultSet rows =
              session.prepared("PRAGMA integrity_check(1)").executeQuery()) {
            if (rows.next() && !"ok".equals(rows.getString(1))) {
              throw SqliteErrors.damaged("read", path, rows.getString(1), null);
            }
          }
          return records.verify(session) + events.verify(session) + leases.verify(session);
        });
  }

  @Override
  public synchronized void close() throws IOException {
    if (isClosed) {
      return;
    }
    isClosed = true;
    committer.close();
    try (lock) {
      reads.close();
      writer.close(); // the last connection copies the log into the file and removes it
    } catch (SQLException e) {
      throw SqliteErrors.of("close", path, e);
    }
  }

  private record RowWrite<T>(Body<T> body) implements StateWrite<T> {
    interface Body<T> {
      Result<T> run(SqlSession session) throws SQLException, io.kmesh.spi.ProviderException;
    }

    @Override
    public int weight() {
      return 1;
    }

    @Override
    public Result<T> run(SqlSession session) throws SQLException, io.kmesh.spi.ProviderException {
      return body.run(session);
    }
  }
}
