// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import io.kmesh.spi.ProviderException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.zip.CRC32C;

/** The changes that were committed and are not in blocks yet: one row a commit. Not thread-safe. */
final class ChangeLog {
  private static final int HEADER = Integer.BYTES + Long.BYTES;
  private static final int ENTRY_HEADER = Short.BYTES + Integer.BYTES;

  private final SqlSession session;
  private final Path file;
  private long last;
  private long bytes;

  /** Reads and writes through a session. */
  ChangeLog(SqlSession session, Path file) {
    this.session = session;
    this.file = file;
  }

  /** Reads all rows into a buffer. */
  void replay(OrderedBuffer buffer) throws ProviderException, SQLException {
    last = 0;
    bytes = 0;
    PreparedStatement select = session.prepared("SELECT sequence, data FROM log ORDER BY sequence");
    try (ResultSet rows = select.executeQuery()) {
      while (rows.next()) {
        long sequence = rows.getLong(1);
        if (sequence != last + 1) {
          throw damaged(file, last + 1, "it is missing, the next is " + sequence);
        }
        byte[] data = rows.getBytes(2);
        read(sequence, data, buffer, file);
        last = sequence;
        bytes += data.length;
      }
    }
  }

  /**
   * Reads a row's changes.
   *
   * @throws ProviderException CORRUPT
   */
  static void read(long sequence, byte[] data, OrderedBuffer buffer, Path file)
      throws ProviderException {
    ByteBuffer in = ByteBuffer.wrap(data);
    if (data.length < HEADER || in.getInt() != checksum(data) || in.getLong() != sequence) {
      throw damaged(file, sequence, "its checksum is not that of its bytes");
    }
    while (in.hasRemaining()) {
      int at = in.position();
      int keyLength = in.remaining() < ENTRY_HEADER ? -1 : Short.toUnsignedInt(in.getShort());
      int valueLength = keyLength < 0 ? 0 : in.getInt();
      if (keyLength < 0
          || keyLength > OrderedStore.MOST_KEY
          || valueLength < -1
          || valueLength > OrderedStore.MOST_VALUE
          || keyLength + Math.max(0, valueLength) > in.remaining()) {
        throw damaged(file, sequence, "the change at byte " + at + " does not end in it");
      }
      byte[] key = new byte[keyLength];
      in.get(key);
      byte[] value = valueLength < 0 ? OrderedBuffer.NONE : new byte[valueLength];
      in.get(value);
      buffer.put(key, value);
    }
  }

  private static int checksum(byte[] data) {
    CRC32C crc = new CRC32C();
    crc.update(data, Integer.BYTES, data.length - Integer.BYTES);
    return (int) crc.getValue();
  }

  private static ProviderException damaged(Path file, long sequence, String reason) {
    return SqliteErrors.damaged("read", file, "log row " + sequence + ": " + reason, null);
  }

  /** Writes changes into a row. */
  void append(OrderedEntries changes) throws SQLException {
    PreparedStatement insert = session.prepared("INSERT INTO log (sequence, data) VALUES (?, ?)");
    byte[] data = encode(last + 1, changes);
    insert.setLong(1, last + 1);
    insert.setBytes(2, data);
    insert.executeUpdate();
    last++;
    bytes += data.length;
  }

  /** The length of all rows together. */
  long bytes() {
    return bytes;
  }

  /** A row's bytes. */
  static byte[] encode(long sequence, OrderedEntries changes) {
    ByteBuffer data = ByteBuffer.allocate(HEADER + changes.length());
    data.putInt(0).putLong(sequence).put(changes.array(), 0, changes.length());
    return data.putInt(0, checksum(data.array())).array();
  }

  /** Removes all rows. */
  void clear() throws SQLException {
    session.prepared("DELETE FROM log").executeUpdate();
    last = 0;
    bytes = 0;
  }
}
