// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.journal;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A file that was being brought.
 *
 * @param key the object's whole key
 * @param etag the object's, so that no other version's bytes come beside these
 * @param extents where the body belongs in the file, as the object says; empty for all of it
 * @param bodySize the bytes of the object's body
 * @param device of the file that is not whole yet
 * @param inode of that file
 * @param ranges what was written to it, by their first byte in the body
 */
public record DownloadRecord(
    String key,
    String etag,
    String extents,
    long bodySize,
    long device,
    long inode,
    SortedMap<Long, Range> ranges) {
  private static final byte START = 3;
  private static final byte RANGE = 4;
  private static final int VERSION = 0;

  /**
   * A range of the body.
   *
   * @param crc32c of its bytes, as they came
   */
  public record Range(long at, int length, int crc32c) {}

  /** Copies the ranges. */
  public DownloadRecord {
    ranges = new TreeMap<>(ranges);
  }

  /** The same file with nothing written. */
  public DownloadRecord begun() {
    return new DownloadRecord(key, etag, extents, bodySize, device, inode, new TreeMap<>());
  }

  /** Whether another one is of the same version of the object and the same file. */
  public boolean isOf(DownloadRecord other) {
    return begun().equals(other.begun());
  }

  /** The file's content. */
  ByteBuffer encode() {
    List<ByteBuffer> records = new ArrayList<>();
    records.add(
        Frames.of(
            out -> {
              out.writeByte(START);
              out.writeByte(VERSION);
              Frames.text(out, key);
              Frames.text(out, etag);
              Frames.text(out, extents);
              out.writeLong(bodySize);
              out.writeLong(device);
              out.writeLong(inode);
            }));
    ranges.values().forEach(range -> records.add(encode(range)));
    return Frames.joined(records);
  }

  /** A range's record. */
  static ByteBuffer encode(Range range) {
    return Frames.of(
        out -> {
          out.writeByte(RANGE);
          out.writeLong(range.at());
          out.writeInt(range.length());
          out.writeInt(range.crc32c());
        });
  }

  /** Reads a file; empty when it does not begin with a whole record of this version. */
  static Optional<DownloadRecord> decode(byte[] file) {
    return Frames.read(file, START, VERSION, DownloadRecord::read);
  }

  private static Optional<DownloadRecord> read(ByteBuffer in, List<ByteBuffer> others) {
    String key = Frames.text(in);
    String etag = Frames.text(in);
    String extents = Frames.text(in);
    long bodySize = in.getLong();
    long device = in.getLong();
    long inode = in.getLong();
    if (in.hasRemaining() || bodySize < 0) {
      return Optional.empty();
    }
    SortedMap<Long, Range> ranges = new TreeMap<>();
    for (ByteBuffer record : others) {
      Range range = range(record, bodySize);
      ranges.put(range.at(), range);
    }
    return Optional.of(new DownloadRecord(key, etag, extents, bodySize, device, inode, ranges));
  }

  private static Range range(ByteBuffer in, long bodySize) {
    byte type = in.get();
    long at = in.getLong();
    int length = in.getInt();
    int crc32c = in.getInt();
    if (type != RANGE || at < 0 || length < 1 || at > bodySize - length || in.hasRemaining()) {
      throw new BufferUnderflowException();
    }
    return new Range(at, length, crc32c);
  }
}
