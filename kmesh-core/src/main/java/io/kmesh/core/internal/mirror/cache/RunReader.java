// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.cache;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads a run from its beginning. What is damaged ends it, as if nothing followed. For one thread.
 */
final class RunReader implements Closeable {
  /** The most bytes of a block. */
  static final int LONGEST_BLOCK = RunWriter.BLOCK + CachedAnswer.LONGEST + 64;

  private static final int BUFFER = 64 << 10;

  private final FileChannel channel;
  private final ByteBuffer in = ByteBuffer.allocate(BUFFER).limit(0);
  private ByteBuffer block = ByteBuffer.allocate(0);
  private @Nullable CachedAnswer last;
  private @Nullable String damage;
  private boolean isOver;
  private long count;

  /** Reads a run of a place; one of another place is as damaged. */
  RunReader(FileChannel channel, RunPlace place) throws IOException {
    this.channel = channel;
    try {
      if (readInt() != RunWriter.MAGIC) {
        throw damaged("it is none");
      }
      int version = readInt();
      if (version >= 0 && version < RunWriter.VERSION) {
        isOver = true; // of an earlier build, and no damage: all is asked for once
        return;
      }
      if (version != RunWriter.VERSION) {
        throw damaged("its version is " + version + ", this Kmesh knows " + RunWriter.VERSION);
      }
      byte[] form = readBlock();
      if (form == null || !Arrays.equals(form, place.form())) {
        throw damaged("it is of another store or prefix");
      }
    } catch (ProviderException e) {
      end(e);
    }
  }

  private static ProviderException damaged(String reason) {
    return new ProviderException(ErrorKind.CORRUPT, reason);
  }

  private void end(ProviderException why) throws ProviderException {
    if (why.kind() != ErrorKind.CORRUPT) {
      throw why;
    }
    isOver = true;
    damage = String.valueOf(why.getMessage());
  }

  /** Why it ended before its end; null when it did not. */
  @Nullable String damage() {
    return damage;
  }

  /** The next answer; null at the end. */
  @Nullable CachedAnswer next() throws IOException {
    if (isOver) {
      return null;
    }
    try {
      if (!block.hasRemaining()) {
        byte[] bytes = readBlock();
        if (bytes == null) {
          isOver = true;
          return null;
        }
        block = ByteBuffer.wrap(bytes);
      }
      CachedAnswer answer = answer(block);
      if (last != null && last.compareKey(answer) >= 0) {
        throw damaged("its keys are in no order");
      }
      last = answer;
      count++;
      return answer;
    } catch (ProviderException e) {
      end(e);
      return null;
    }
  }

  /** The answer at a block's position, which goes behind it. */
  static CachedAnswer answer(ByteBuffer block) throws ProviderException {
    try {
      int length = block.getInt();
      if (length < 0 || length > block.remaining()) {
        throw damaged("an entry in it ends early");
      }
      byte[] form = new byte[length];
      block.get(form);
      return CachedAnswer.read(form);
    } catch (BufferUnderflowException e) {
      throw damaged("an entry in it ends early");
    }
  }

  /** The bytes of the next block; null for the end. */
  private byte @Nullable [] readBlock() throws IOException {
    int length = readInt();
    int crc = readInt();
    boolean isEnd = length == 0;
    if (length < 0 || length > LONGEST_BLOCK) {
      throw damaged("the length of a block is " + length);
    }
    byte[] bytes = read(isEnd ? Long.BYTES : length);
    check(bytes, crc);
    if (isEnd) {
      if (ByteBuffer.wrap(bytes).getLong() != count) {
        throw damaged("entries are missing");
      }
      return null;
    }
    return bytes;
  }

  static void check(byte[] bytes, int expected) throws ProviderException {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    if ((int) crc.getValue() != expected) {
      throw damaged("the checksum of a block is another one");
    }
  }

  private int readInt() throws IOException {
    return ByteBuffer.wrap(read(Integer.BYTES)).getInt();
  }

  private byte[] read(int length) throws IOException {
    byte[] bytes = new byte[length];
    int at = 0;
    while (at < length) {
      if (!in.hasRemaining()) {
        in.clear();
        int n = channel.read(in);
        in.flip();
        if (n <= 0) {
          throw damaged("it was cut off");
        }
      }
      int some = Math.min(length - at, in.remaining());
      in.get(bytes, at, some);
      at += some;
    }
    return bytes;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
