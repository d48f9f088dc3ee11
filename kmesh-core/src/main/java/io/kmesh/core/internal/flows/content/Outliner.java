// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.content;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.chunk.GearChunker;
import io.kmesh.core.internal.repository.objects.ChunkNamer;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;

/** Cuts files into chunks of one level and names them. For one thread. */
public final class Outliner {
  private static final int LEAST_BUFFER = 1 << 20;
  private static final int BLOCK = 512;

  private final GearChunker cutter;
  private final ChunkNamer namer;
  private final int longest;
  private final byte[] buffer;

  /** Where the buffer's bytes are in the file that is read, and how many there are. */
  private long begin;

  private int held;

  /** Who hears of chunks. */
  @FunctionalInterface
  public interface Taker {
    /**
     * The next chunk.
     *
     * @return whether there shall be more
     */
    boolean take(long offset, Chunk chunk) throws IOException;
  }

  /** An outliner of a level. */
  public Outliner(ChunkKeys keys, int level) {
    cutter = new GearChunker(keys.gear(), ChunkLevel.profile(level));
    namer = new ChunkNamer(keys.names());
    longest = ChunkLevel.longest(level);
    buffer = new byte[Math.max(LEAST_BUFFER, 2 * longest)];
  }

  /** The name of a chunk. */
  public ChunkName name(byte[] bytes, int offset, int length) {
    return namer.name(bytes, offset, length);
  }

  /**
   * Hands on the chunks of a file from a place on, which is taken for the begin of one. A hole ends
   * a chunk.
   *
   * @param size up to where the file is read
   * @throws EOFException when it is shorter than that
   */
  public void outline(PosixFile file, long size, long from, Taker taker) throws IOException {
    held = 0;
    FileStat stat = file.stat();
    if (stat.size() < size) {
      throw new EOFException("it is shorter than it was");
    }
    boolean isSparse = stat.blocks() * BLOCK < size;
    long at = from;
    long data = from; // up to here it is known to be without holes
    boolean isWanted = true;
    while (isWanted && at < size) {
      if (at >= data) {
        OptionalLong next = isSparse ? file.nextData(at) : OptionalLong.of(at);
        long first = next.isPresent() ? Math.min(next.getAsLong(), size) : size;
        if (first > at) {
          isWanted = taker.take(at, new Chunk(first - at, null));
          at = first;
          continue;
        }
        data = isSparse ? Math.min(size, file.nextHole(at)) : size;
      }
      int there = read(file, at, data);
      int place = (int) (at - begin);
      int end = cutter.cut(buffer, place, place + there, at + there == data);
      ChunkName name = namer.name(buffer, place, end - place);
      isWanted = taker.take(at, new Chunk(end - place, name));
      at += end - place;
    }
  }

  /** Has the longest chunk from a place on in the buffer, or all that there is; how much it is. */
  private int read(PosixFile file, long at, long end) throws IOException {
    int wanted = (int) Math.min(longest, end - at);
    long there = begin + held - at;
    if (held > 0 && at >= begin && there >= wanted) {
      return (int) Math.min(there, end - at);
    }
    int kept = held > 0 && at >= begin && there > 0 ? (int) there : 0;
    System.arraycopy(buffer, held - kept, buffer, 0, kept);
    begin = at;
    held = kept;
    int room = (int) Math.min(buffer.length, end - at);
    while (held < room) {
      int count = file.read(ByteBuffer.wrap(buffer, held, room - held), begin + held);
      if (count <= 0) {
        throw new EOFException("it became shorter while it was read");
      }
      held += count;
    }
    return held;
  }
}
