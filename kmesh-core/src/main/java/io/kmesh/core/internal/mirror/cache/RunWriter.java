// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.cache;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Writes a run: answers in the order of their keys, in blocks with checksums. For one thread. */
final class RunWriter implements Closeable {
  static final int MAGIC = 0x4b4d4d43;
  static final int VERSION = 1;

  /** Magic and version. */
  static final int HEADER = 8;

  /** Length and checksum. */
  static final int BLOCK_HEADER = 8;

  /** A block ends with the entry that makes it as long as this. */
  static final int BLOCK = 16 << 10;

  private static final int BUFFER = 256 << 10;

  private final FileChannel channel;
  private final @Nullable BlockIndex index;
  private final ByteBuffer out = ByteBuffer.allocate(BUFFER + CachedAnswer.LONGEST);
  private ByteBuffer block = ByteBuffer.allocate(BLOCK + CachedAnswer.LONGEST + 64);
  private byte @Nullable [] first; // of the block
  private long written;
  private long count;

  /**
   * Begins a run.
   *
   * @param channel of an empty file; stays open
   * @param index hears of the blocks; null for none
   */
  RunWriter(FileChannel channel, RunPlace place, @Nullable BlockIndex index) throws IOException {
    this.channel = channel;
    this.index = index;
    out.putInt(MAGIC).putInt(VERSION);
    block.put(place.form());
    endBlock();
  }

  /** Adds what comes behind all before. */
  void add(CachedAnswer answer) throws IOException {
    byte[] form = answer.form();
    if (first == null) {
      first = answer.key();
    }
    block.putInt(form.length).put(form);
    count++;
    if (block.position() >= BLOCK) {
      endBlock();
    }
  }

  long count() {
    return count;
  }

  private void endBlock() throws IOException {
    if (first != null && index != null) {
      index.add(first, written + out.position());
    }
    first = null;
    CRC32C crc = new CRC32C();
    crc.update(block.array(), 0, block.position());
    out.putInt(block.position()).putInt((int) crc.getValue());
    out.put(block.array(), 0, block.position());
    block.clear();
    if (out.position() >= BUFFER) {
      flush();
    }
  }

  private void flush() throws IOException {
    out.flip();
    written += out.remaining();
    while (out.hasRemaining()) {
      channel.write(out);
    }
    out.clear();
  }

  /** Ends the run: without this it is one that was cut off. */
  void end() throws IOException {
    if (block.position() > 0) {
      endBlock();
    }
    byte[] sum = ByteBuffer.allocate(8).putLong(count).array();
    CRC32C crc = new CRC32C();
    crc.update(sum);
    if (index != null) {
      index.end(written + out.position());
    }
    out.putInt(0).putInt((int) crc.getValue()).put(sum);
    flush();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
