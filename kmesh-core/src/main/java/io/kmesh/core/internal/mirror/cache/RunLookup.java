// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.cache;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Looks keys up in a run that this process wrote. Thread-safe. */
final class RunLookup {
  /** Of some 16 KiB each. */
  private static final int KEPT = 256;

  private final FileChannel channel;
  private final BlockIndex index;
  private final Map<Long, byte[]> kept =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, byte[]> eldest) {
          return size() > KEPT;
        }
      }; // guarded by itself

  RunLookup(FileChannel channel, BlockIndex index) {
    this.channel = channel;
    this.index = index;
  }

  /**
   * What is known of a key; null when the run does not have it.
   *
   * @throws IOException when the file can't be read or is damaged
   */
  @Nullable CachedAnswer find(byte[] key) throws IOException {
    BlockIndex.Range range = index.find(key);
    long at = range.from();
    while (at < range.to()) {
      byte[] bytes = block(at);
      ByteBuffer block = ByteBuffer.wrap(bytes);
      while (block.hasRemaining()) {
        int start = block.position();
        int order = compare(bytes, block, key);
        if (order == 0) {
          block.position(start);
          return RunReader.answer(block);
        }
        if (order > 0) {
          return null;
        }
      }
      at += RunWriter.BLOCK_HEADER + (long) bytes.length;
    }
    return null;
  }

  /** How the key of the next entry compares with another one; goes behind it. */
  private static int compare(byte[] bytes, ByteBuffer block, byte[] key) throws ProviderException {
    int length = block.remaining() < Integer.BYTES ? -1 : block.getInt();
    int start = block.position();
    if (length < 0 || length > block.remaining()) {
      throw new ProviderException(ErrorKind.CORRUPT, "an entry ends early");
    }
    block.position(start + length);
    return CachedAnswer.compareKey(bytes, start, length, key);
  }

  private byte[] block(long at) throws IOException {
    synchronized (kept) {
      byte[] there = kept.get(at);
      if (there != null) {
        return there;
      }
    }
    ByteBuffer header = read(at, RunWriter.BLOCK_HEADER);
    int length = header.getInt();
    if (length <= 0 || length > RunReader.LONGEST_BLOCK) {
      throw new ProviderException(ErrorKind.CORRUPT, "the length of a block is " + length);
    }
    byte[] bytes = read(at + RunWriter.BLOCK_HEADER, length).array();
    RunReader.check(bytes, header.getInt());
    synchronized (kept) {
      kept.put(at, bytes);
    }
    return bytes;
  }

  private ByteBuffer read(long at, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, at + bytes.position()) < 0) {
        throw new ProviderException(ErrorKind.CORRUPT, "it was cut off");
      }
    }
    return bytes.flip();
  }
}
