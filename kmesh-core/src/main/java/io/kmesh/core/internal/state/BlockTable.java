// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import io.kmesh.spi.ProviderException;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The blocks of an ordered store, and those of them that are kept in memory. Not thread-safe. */
final class BlockTable {
  /** What blocks in memory take at most, but for one; less where there is little memory. */
  private static final long MOST_CACHED =
      Math.max(4 << 20, Math.min(32 << 20, Runtime.getRuntime().maxMemory() / 24));

  private static final int OVERHEAD = 500;

  private final SqlSession session;
  private final Path file;
  private final TreeMap<byte[], OrderedBlock> cache = new TreeMap<>(Arrays::compareUnsigned);
  private long cachedBytes;

  /** The block of each table, by the first byte of its keys, that was last found in memory. */
  private final @Nullable OrderedBlock[] recent = new @Nullable OrderedBlock[256];

  /** The key behind the block that was last looked at for eviction. */
  private byte[] hand = new byte[0];

  private long lastId;

  /** Reads and writes through a session. */
  BlockTable(SqlSession session, Path file) throws SQLException {
    this.session = session;
    this.file = file;
    this.lastId = session.number("SELECT coalesce(max(id), 0) FROM block");
  }

  /** A number for a new block. */
  long newId() {
    return ++lastId;
  }

  /** The block whose range holds a key; it stays in memory for a while. */
  OrderedBlock find(byte[] key) throws ProviderException, SQLException {
    OrderedBlock block = cached(key);
    if (block == null) {
      block = load(key);
      keep(block);
    }
    block.use();
    return block;
  }

  /** As {@link #find} for who reads all: others stay in memory. */
  OrderedBlock peek(byte[] key) throws ProviderException, SQLException {
    OrderedBlock block = cached(key);
    return block == null ? load(key) : block;
  }

  private @Nullable OrderedBlock cached(byte[] key) {
    int table = key.length == 0 ? 0 : key[0] & 0xff;
    OrderedBlock last = recent[table];
    if (last != null && last.covers(key)) {
      return last;
    }
    Map.Entry<byte[], OrderedBlock> floor = cache.floorEntry(key);
    if (floor == null || !floor.getValue().covers(key)) {
      return null;
    }
    recent[table] = floor.getValue();
    return floor.getValue();
  }

  private OrderedBlock load(byte[] key) throws ProviderException, SQLException {
    PreparedStatement select =
        session.prepared(
            "SELECT f.block, b.data FROM fence f LEFT JOIN block b ON b.id = f.block"
                + " WHERE f.first <= ? ORDER BY f.first DESC LIMIT 1");
    select.setBytes(1, key);
    try (ResultSet rows = select.executeQuery()) {
      if (!rows.next()) {
        throw SqliteErrors.damaged("read", file, "its first block is missing", null);
      }
      long id = rows.getLong(1);
      byte[] data = rows.getBytes(2);
      if (data == null) {
        throw SqliteErrors.damaged("read", file, "block " + id + " is missing", null);
      }
      OrderedBlock block = OrderedBlock.decode(id, data, file);
      if (!block.covers(key)) {
        throw SqliteErrors.damaged(
            "read", file, "block " + id + " stands where the block of another range was", null);
      }
      return block;
    }
  }

  /** Writes a block under a new number. */
  void insert(OrderedBlock block) throws SQLException {
    PreparedStatement row = session.prepared("INSERT INTO block (id, data) VALUES (?, ?)");
    row.setLong(1, block.id());
    row.setBytes(2, block.data());
    row.executeUpdate();
    PreparedStatement fence = session.prepared("INSERT INTO fence (first, block) VALUES (?, ?)");
    fence.setBytes(1, block.first());
    fence.setLong(2, block.id());
    fence.executeUpdate();
  }

  /** Writes a block in the place of the one with its number, whose range begins with its own. */
  void replace(OrderedBlock block) throws SQLException {
    PreparedStatement row = session.prepared("UPDATE block SET data = ? WHERE id = ?");
    row.setBytes(1, block.data());
    row.setLong(2, block.id());
    row.executeUpdate();
    if (cache.containsKey(block.first())) {
      keep(block);
    }
  }

  /** Removes a block. */
  void remove(OrderedBlock block) throws SQLException {
    PreparedStatement row = session.prepared("DELETE FROM block WHERE id = ?");
    row.setLong(1, block.id());
    row.executeUpdate();
    PreparedStatement fence = session.prepared("DELETE FROM fence WHERE first = ?");
    fence.setBytes(1, block.first());
    fence.executeUpdate();
    forget(cache.remove(block.first()));
  }

  /** Forgets what is in memory. */
  void forgetAll() {
    Arrays.fill(recent, null);
    cache.clear();
    cachedBytes = 0;
  }

  /**
   * Follows the ranges from the first to the last, with the order of the keys in each.
   *
   * @return the number of blocks
   */
  long verify() throws ProviderException, SQLException {
    long count = 0;
    byte[] at = new byte[0];
    while (at != null) {
      OrderedBlock block = load(at);
      byte[] least = at;
      for (int i = 0; i < block.size(); i++) {
        byte[] key = block.key(i);
        int order = Arrays.compareUnsigned(least, key);
        if (!block.covers(key) || order > 0 || (order == 0 && i > 0)) {
          throw SqliteErrors.damaged(
              "read", file, "block " + block.id() + ": its keys are not in order", null);
        }
        least = key;
      }
      at = block.end();
      count++;
    }
    return count;
  }

  private void keep(OrderedBlock block) {
    Arrays.fill(recent, null);
    forget(cache.put(block.first(), block));
    cachedBytes += bytesOf(block);
    while (cachedBytes > MOST_CACHED && cache.size() > 1) {
      evictOne();
    }
  }

  /** Goes round all blocks and drops the first that was not asked for since the last round. */
  private void evictOne() {
    while (true) {
      Map.Entry<byte[], OrderedBlock> next = cache.higherEntry(hand);
      if (next == null) {
        next = cache.firstEntry();
      }
      hand = next.getKey();
      if (!next.getValue().takeUsed()) {
        forget(cache.remove(hand));
        return;
      }
    }
  }

  private void forget(@Nullable OrderedBlock block) {
    if (block != null) {
      Arrays.fill(recent, null);
      cachedBytes -= bytesOf(block);
    }
  }

  private static long bytesOf(OrderedBlock block) {
    return block.data().length + (long) Integer.BYTES * block.size() + OVERHEAD;
  }
}
