// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** The form of a cache's log: docs/format/flow-cache.md. Stateless. */
final class CacheLog {
  /** The form that this build writes. */
  static final int FORMAT = 0;

  /** Bytes before the first frame. */
  static final int HEAD = 5;

  private static final byte[] MAGIC = {'K', 'M', 'F', 'C'};
  private static final int FRAME_HEAD = 8;
  private static final int MOST_FRAME = 1024;
  private static final int KEPT = 1;
  private static final int DROPPED = 2;
  private static final int BUFFER = 256 << 10;

  private CacheLog() {}

  /**
   * A file of the cache.
   *
   * @param content whose bytes
   * @param number which 8 MiB of it
   */
  record SegmentKey(Dot content, long number) {}

  /** What a frame says. */
  sealed interface Entry {
    /** Of which segment. */
    SegmentKey segment();
  }

  /**
   * Blocks are here.
   *
   * @param first the first one, from the segment's start
   * @param checksums of each, CRC-32C
   */
  record Kept(SegmentKey segment, int first, int[] checksums) implements Entry {
    @Override
    public boolean equals(@org.jspecify.annotations.Nullable Object o) {
      return o instanceof Kept k
          && segment.equals(k.segment)
          && first == k.first
          && Arrays.equals(checksums, k.checksums);
    }

    @Override
    public int hashCode() {
      return segment.hashCode() * 31 + first;
    }
  }

  /** A segment is not here any more. */
  record Dropped(SegmentKey segment) implements Entry {}

  /** Who is told what a log holds. */
  interface Reader {
    /** The next entry. */
    void entry(Entry entry);
  }

  /** What a log begins with. */
  static byte[] head() {
    byte[] head = Arrays.copyOf(MAGIC, HEAD);
    head[MAGIC.length] = FORMAT;
    return head;
  }

  /** A frame. */
  static byte[] frame(Entry entry) {
    ByteOutput body = new ByteOutput(64);
    body.u8(entry instanceof Kept ? KEPT : DROPPED);
    entry.segment().content().write(body);
    body.varint(entry.segment().number());
    if (entry instanceof Kept kept) {
      body.varint(kept.first());
      body.varint(kept.checksums().length);
      for (int checksum : kept.checksums()) {
        body.u32(checksum);
      }
    }
    ByteOutput frame = new ByteOutput(body.size() + FRAME_HEAD);
    frame.u32(body.size());
    frame.u32(checksum(body.array(), body.size()));
    frame.raw(body.array(), 0, body.size());
    return frame.toBytes();
  }

  static int checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  /**
   * Reads a log up to its end, or the first frame that is not whole: a crash may cut it anywhere.
   *
   * @return where the next frame goes
   * @throws ProviderException CORRUPT when it is none; UNSUPPORTED when a newer build wrote it
   */
  static long read(PosixFile file, Reader reader) throws IOException {
    byte[] head = new byte[HEAD];
    int length = fill(file, head, 0, HEAD, 0);
    if (length < HEAD || !Arrays.equals(head, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw new ProviderException(
          ErrorKind.CORRUPT, "Cannot read the log of a flow's cache: it is none.");
    }
    if (head[MAGIC.length] != FORMAT) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot open a flow's cache: its format is "
              + (head[MAGIC.length] & 0xff)
              + ", this build knows "
              + FORMAT
              + ". Use the build that made it, or remove the cache.");
    }
    byte[] buffer = new byte[BUFFER];
    long place = HEAD; // of the buffer's first byte
    int have = fill(file, buffer, 0, BUFFER, place);
    int at = 0;
    while (true) {
      Entry entry = entry(buffer, at, have);
      if (entry == null && at > 0 && have == BUFFER) {
        // The frame may go on behind what was read.
        System.arraycopy(buffer, at, buffer, 0, have - at);
        place += at;
        have -= at;
        at = 0;
        have += fill(file, buffer, have, BUFFER - have, place + have);
        entry = entry(buffer, at, have);
      }
      if (entry == null) {
        return place + at;
      }
      reader.entry(entry);
      at += FRAME_HEAD + length(buffer, at);
    }
  }

  private static int fill(PosixFile file, byte[] buffer, int at, int most, long offset)
      throws IOException {
    ByteBuffer target = ByteBuffer.wrap(buffer, at, most);
    while (target.hasRemaining()) {
      if (file.read(target, offset + target.position() - at) <= 0) {
        break;
      }
    }
    return target.position() - at;
  }

  private static int length(byte[] buffer, int at) {
    return (buffer[at] & 0xff)
        | (buffer[at + 1] & 0xff) << 8
        | (buffer[at + 2] & 0xff) << 16
        | (buffer[at + 3] & 0xff) << 24;
  }

  /** The frame at a place; null when it is not whole. */
  static @org.jspecify.annotations.Nullable Entry entry(byte[] buffer, int at, int end) {
    if (end - at < FRAME_HEAD) {
      return null;
    }
    int length = length(buffer, at);
    if (length <= 0 || length > MOST_FRAME || length > end - at - FRAME_HEAD) {
      return null;
    }
    byte[] body = Arrays.copyOfRange(buffer, at + FRAME_HEAD, at + FRAME_HEAD + length);
    if (checksum(body, length) != length(buffer, at + 4)) {
      return null;
    }
    try {
      return decode(body);
    } catch (ProviderException e) {
      return null;
    }
  }

  private static Entry decode(byte[] body) throws ProviderException {
    ByteInput in = new ByteInput(body, "a frame of a flow's cache");
    int kind = in.u8();
    Dot content = Dot.read(in);
    SegmentKey segment = new SegmentKey(content, in.varint(Long.MAX_VALUE >> 23, "a segment"));
    if (kind == DROPPED) {
      in.end();
      return new Dropped(segment);
    }
    if (kind != KEPT) {
      throw in.damaged("kind " + kind + " is not known");
    }
    int first = (int) in.varint(Blocks.PER_SEGMENT - 1, "a block");
    int[] checksums = new int[(int) in.varint(Blocks.PER_SEGMENT - first, "a number of blocks")];
    for (int i = 0; i < checksums.length; i++) {
      checksums[i] = in.u32();
    }
    in.end();
    return new Kept(segment, first, checksums);
  }
}
