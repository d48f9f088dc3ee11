// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An ordered store in one SQLite file, for one process at a time. One thread at a time.
 *
 * <p>Rows hold blocks of neighbouring entries. A commit writes its changes into one row of a log;
 * they stay in memory, and go into their blocks when there are many of them: a block is then
 * written once for all of its changes. Takes some 64 MiB of memory at most, an eighth where the JVM
 * has less than 512 MiB, and what one commit's largest value takes.
 */
public final class OrderedFile implements OrderedStore {
  static final int PAGE_SIZE = 8192;

  private static final Logger LOG = LoggerFactory.getLogger(OrderedFile.class);

  /** Changes in memory beyond this go into the blocks; less where there is little memory. */
  private static final long MOST_BUFFERED =
      Math.max(4 << 20, Math.min(24 << 20, Runtime.getRuntime().maxMemory() / 24));

  /** The log may be so many times as long: it has each change of a key, memory has the last. */
  private static final int LOG_SHARE = 2;

  /** Less than this is read by the next process in a moment. */
  private static final long LEAST_MERGED_AT_CLOSE = 1 << 20;

  private static final int CACHE_KIB = 4096;

  /** Of the write-ahead log: 32 MiB. */
  private static final int CHECKPOINT_PAGES = (32 << 20) / PAGE_SIZE;

  /** {@code "KMOS"}, SQLite's mark of whose file it is. */
  static final int APPLICATION_ID = 0x4b4d4f53;

  private static final StateSchema SCHEMA =
      new StateSchema(
          APPLICATION_ID,
          0,
          List.of(
              "CREATE TABLE block (id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT",
              """
              CREATE TABLE fence (first BLOB PRIMARY KEY, block INTEGER NOT NULL)
                WITHOUT ROWID, STRICT""",
              "CREATE TABLE log (sequence INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT",
              // The block of all keys, without entries.
              "INSERT INTO block (id, data) VALUES (1, x'" + emptyBlock() + "')",
              "INSERT INTO fence (first, block) VALUES (x'', 1)"),
          List.of());

  private final Path path;
  private final long mostBuffered;
  private final StateLock lock;
  private final SqlSession session;
  private final BlockTable blocks;
  private final ChangeLog log;
  private final BlockMerge merge;
  private final OrderedBuffer buffer = new OrderedBuffer();

  /** What was changed since the last commit, but for what went into blocks since. */
  private final OrderedEntries uncommitted = new OrderedEntries();

  /** Grows whenever blocks change. */
  private long merges;

  private boolean isInTransaction;
  private boolean isClosed;
  private @Nullable Throwable failure;

  private OrderedFile(Path path, StateLock lock, SqlSession session, long mostBuffered)
      throws IOException, SQLException {
    this.path = path;
    this.mostBuffered = mostBuffered;
    this.lock = lock;
    this.session = session;
    this.blocks = new BlockTable(session, path);
    this.log = new ChangeLog(session, path);
    this.merge = new BlockMerge(blocks);
    log.replay(buffer);
  }

  private static String emptyBlock() {
    StringBuilder hex = new StringBuilder();
    for (byte b : OrderedBlock.of(1, new byte[0], null, new byte[0], new int[1]).data()) {
      hex.append(String.format("%02x", b));
    }
    return hex.toString();
  }

  /**
   * Opens a store; creates it when there is none.
   *
   * @throws ProviderException INVALID for a file that is not ours, DENIED while another holds it,
   *     UNSUPPORTED for a file system that is not local (unless the use is exclusive) or a newer
   *     format, CORRUPT for a damaged file, NO_SPACE
   */
  public static OrderedFile open(Path path, SqliteStore.Use use, KmeshTime time)
      throws IOException {
    return open(path, use, time, MOST_BUFFERED);
  }

  /** Opens a store that keeps about so many bytes of changes in memory. */
  static OrderedFile open(Path path, SqliteStore.Use use, KmeshTime time, long mostBuffered)
      throws IOException {
    SqliteFile file = SqliteFile.at(path);
    if (use == SqliteStore.Use.LOCAL) {
      StateFileSystems.requireLocal(file.path(), file.fileSystemType());
    }
    StateLock lock = StateLock.take(file.path(), time.now());
    try {
      file.checkHeader(SCHEMA);
      return open(file, lock, mostBuffered);
    } catch (SQLException e) {
      lock.close();
      throw SqliteErrors.of("open", file.path(), e);
    } catch (IOException | RuntimeException | Error e) {
      lock.close();
      throw e;
    }
  }

  private static OrderedFile open(SqliteFile file, StateLock lock, long mostBuffered)
      throws IOException, SQLException {
    // No shared memory and no lock a call: nobody else reads it.
    SqlSession session = file.open(SqliteStore.Use.EXCLUSIVE);
    try {
      session.execute("PRAGMA cache_size=-" + CACHE_KIB);
      session.execute("PRAGMA page_size=" + PAGE_SIZE); // of a new file
      SCHEMA.prepare(session, file.path());
      SqliteFile.prepareWriter(session);
      session.execute("PRAGMA wal_autocheckpoint=" + CHECKPOINT_PAGES);
      return new OrderedFile(file.path(), lock, session, mostBuffered);
    } catch (IOException | SQLException | RuntimeException e) {
      session.close();
      throw e;
    }
  }

  /** The real path of the file. */
  public Path path() {
    return path;
  }

  @Override
  public byte @Nullable [] get(byte[] key) throws IOException {
    requireUsable();
    requireKey(key);
    byte[] changed = buffer.get(key);
    if (changed != null) {
      return changed == OrderedBuffer.NONE ? null : changed;
    }
    OrderedBlock block = blockOf(key);
    int at = block.ceiling(key, 0);
    return at < block.size() && block.compare(at, key) == 0 ? block.value(at) : null;
  }

  private boolean isInBlock(byte[] key) throws IOException {
    OrderedBlock block = blockOf(key);
    int at = block.ceiling(key, 0);
    return at < block.size() && block.compare(at, key) == 0;
  }

  private OrderedBlock blockOf(byte[] key) throws IOException {
    try {
      return blocks.find(key);
    } catch (SQLException e) {
      throw failed("read", e);
    }
  }

  @Override
  public void put(byte[] key, byte[] value) throws IOException {
    if (value.length > MOST_VALUE) {
      throw tooLong("value", value.length, MOST_VALUE);
    }
    change(key, value);
  }

  @Override
  public void remove(byte[] key) throws IOException {
    change(key, OrderedBuffer.NONE);
  }

  private void change(byte[] key, byte[] value) throws IOException {
    requireUsable();
    requireKey(key);
    // What comes and goes again, as in a queue, leaves nothing that cursors would have to pass.
    if (value == OrderedBuffer.NONE && buffer.has(key) && !isInBlock(key)) {
      buffer.forget(key);
    } else {
      buffer.put(key, value);
    }
    uncommitted.add(key, value);
    if (buffer.bytes() + uncommitted.length() > mostBuffered
        || log.bytes() + uncommitted.length() > LOG_SHARE * mostBuffered) {
      mergeAll();
    }
  }

  private void requireKey(byte[] key) throws ProviderException {
    if (key.length > MOST_KEY) {
      throw tooLong("key", key.length, MOST_KEY);
    }
  }

  private ProviderException tooLong(String what, int length, int most) {
    return SqliteErrors.error(
        ErrorKind.INVALID,
        "use",
        path,
        "a " + what + " has " + length + " bytes, at most " + most + " are possible",
        "Use a shorter one.",
        null);
  }

  private void requireUsable() throws ProviderException {
    if (isClosed) {
      throw SqliteErrors.error(
          ErrorKind.INVALID, "use", path, "it was closed", "Open it again.", null);
    }
    if (failure != null) {
      throw SqliteErrors.error(
          ErrorKind.INVALID,
          "use",
          path,
          "an earlier change failed (" + failure.getMessage() + ")",
          "Close it and open it again.",
          failure);
    }
  }

  private ProviderException failed(String verb, SQLException e) {
    session.forgetStatements(); // the driver may hold one half executed
    return SqliteErrors.of(verb, path, e);
  }

  /** Puts all changes into their blocks; the transaction stays open. */
  private void mergeAll() throws IOException {
    try {
      begin();
      merge.run(buffer);
      log.clear();
    } catch (SQLException e) {
      failure = e;
      throw failed("write", e);
    } catch (IOException | RuntimeException e) {
      failure = e;
      throw e;
    }
    buffer.clear();
    uncommitted.clear();
    merges++;
  }

  private void begin() throws SQLException {
    if (!isInTransaction) {
      session.execute("BEGIN IMMEDIATE");
      isInTransaction = true;
    }
  }

  @Override
  public void commit() throws IOException {
    requireUsable();
    if (!isInTransaction && uncommitted.size() == 0) {
      return;
    }
    try {
      begin();
      if (uncommitted.size() > 0) {
        log.append(uncommitted);
      }
      session.execute("COMMIT");
    } catch (SQLException e) {
      failure = e;
      throw SqliteErrors.error(
          ErrorKind.UNKNOWN_OUTCOME,
          "commit to",
          path,
          String.valueOf(e.getMessage()),
          "Close it and open it again: it holds all of the last changes or none.",
          e);
    }
    isInTransaction = false;
    uncommitted.clear();
  }

  @Override
  public void rollback() throws IOException {
    requireUsable();
    if (!isInTransaction && uncommitted.size() == 0) {
      return;
    }
    try {
      if (isInTransaction) {
        session.execute("ROLLBACK");
      }
      isInTransaction = false;
      uncommitted.clear();
      buffer.clear();
      blocks.forgetAll();
      merges++;
      log.replay(buffer);
    } catch (SQLException e) {
      failure = e;
      throw failed("roll back", e);
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  @Override
  public Cursor scan(byte[] from, byte @Nullable [] to) throws IOException {
    requireUsable();
    requireKey(from);
    return new OrderedCursor(this, from.clone(), to == null ? null : to.clone());
  }

  /** What a cursor reads changes from. */
  OrderedBuffer buffer() throws ProviderException {
    requireUsable();
    return buffer;
  }

  /** What a cursor reads blocks from: the block that holds a key. */
  OrderedBlock block(byte[] key) throws IOException {
    try {
      return blocks.peek(key);
    } catch (SQLException e) {
      throw failed("read", e);
    }
  }

  /** Grows whenever blocks change, so that cursors know that they must look again. */
  long merges() {
    return merges;
  }

  /**
   * Reads all and compares SQLite's structure and every checksum.
   *
   * @return the number of entries
   * @throws ProviderException CORRUPT for the first damage
   */
  public long verify() throws IOException {
    requireUsable();
    try {
      try (ResultSet rows = session.prepared("PRAGMA integrity_check(1)").executeQuery()) {
        if (rows.next() && !"ok".equals(rows.getString(1))) {
          throw SqliteErrors.damaged("read", path, rows.getString(1), null);
        }
      }
      long rows = session.number("SELECT count(*) FROM block");
      long fences = session.number("SELECT count(*) FROM fence");
      long chained = blocks.verify();
      if (rows != chained || fences != chained) {
        throw SqliteErrors.damaged(
            "read", path, rows + " blocks, " + fences + " fences, " + chained + " ranges", null);
      }
    } catch (SQLException e) {
      throw failed("read", e);
    }
    long entries = 0;
    try (Cursor all = scan(new byte[0], null)) {
      while (all.next()) {
        entries++;
      }
    }
    return entries;
  }

  /** The number of blocks. */
  long blocks() throws IOException {
    try {
      return session.number("SELECT count(*) FROM block");
    } catch (SQLException e) {
      throw failed("read", e);
    }
  }

  /** The bytes of changes that are in the log, and not in blocks. */
  long logged() {
    return log.bytes();
  }

  /** Lets the file grow to some pages, as a full disk does. */
  void limitPages(int pages) throws SQLException {
    session.execute("PRAGMA max_page_count=" + pages);
  }

  /**
   * Spares the next process reading what is left of the log, and its cursors passing what was taken
   * away. Where that fails the log stays, and is whole.
   */
  private void mergeLast() {
    if (failure != null
        || isInTransaction
        || uncommitted.size() > 0
        || log.bytes() < LEAST_MERGED_AT_CLOSE) {
      return;
    }
    try {
      mergeAll();
      commit();
    } catch (IOException e) {
      LOG.info("{} is closed with changes that are not in their places yet.", path, e);
    }
  }

  @Override
  public void close() throws IOException {
    if (isClosed) {
      return;
    }
    mergeLast();
    isClosed = true;
    try (lock) {
      if (isInTransaction && failure == null) {
        session.execute("ROLLBACK");
      }
      session.close(); // copies the log into the file and removes it
    } catch (SQLException e) {
      throw SqliteErrors.of("close", path, e);
    }
  }
}
