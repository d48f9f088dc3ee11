// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Reads the records of one segment file in order. Not thread-safe. */
final class RecordReader {
  private static final int CHUNK = 64 << 10;

  private final StableChannel file;
  private final int mdt;
  private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
  private long position;

  /** Reads from a record's first byte on. */
  RecordReader(StableChannel file, int mdt, long from) {
    this.file = file;
    this.position = from;
    this.mdt = mdt;
    chunk.limit(0);
  }

  /** The byte behind the last record given. */
  long position() {
    return position;
  }

  /**
   * The next record.
   *
   * @param end bytes of the file that may be read
   * @return null when no whole record lies before the end, or the bytes there are none
   */
  @Nullable ChangelogRecord next(long end) throws IOException {
    if (!ensure(ChangelogLog.RECORD_HEADER, end)) {
      return null;
    }
    int length = chunk.getInt(chunk.position());
    int checksum = chunk.getInt(chunk.position() + 4);
    if (length <= 0
        || length > ChangelogLog.MAX_RECORD
        || !ensure(ChangelogLog.RECORD_HEADER + length, end)) {
      return null;
    }
    byte[] body = new byte[length];
    chunk.position(chunk.position() + ChangelogLog.RECORD_HEADER);
    chunk.get(body);
    CRC32C crc = new CRC32C();
    crc.update(body);
    if ((int) crc.getValue() != checksum) {
      return null;
    }
    ChangelogRecord record;
    try {
      record = RecordCodec.decode(body, mdt);
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.CORRUPT) {
        return null;
      }
      throw e;
    }
    position += ChangelogLog.RECORD_HEADER + length;
    return record;
  }

  private boolean ensure(int bytes, long end) throws IOException {
    if (chunk.remaining() >= bytes) {
      return true;
    }
    long available = end - position;
    if (available < bytes) {
      return false;
    }
    chunk.clear().limit((int) Math.min(CHUNK, available));
    file.readSome(chunk, position);
    chunk.flip();
    return chunk.remaining() >= bytes;
  }
}
