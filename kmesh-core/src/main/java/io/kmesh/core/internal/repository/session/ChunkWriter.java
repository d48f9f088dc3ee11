// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.session;

import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.chunk.Coding;
import io.kmesh.core.internal.repository.chunk.EncodedFrame;
import io.kmesh.core.internal.repository.chunk.FileClass;
import io.kmesh.core.internal.repository.chunk.FilterProbe;
import io.kmesh.core.internal.repository.chunk.FrameCodec;
import io.kmesh.core.internal.repository.objects.ChunkNamer;
import io.kmesh.core.internal.repository.pack.PackWriter;
import java.io.IOException;
import java.util.Arrays;

/**
 * Names chunks and writes those that are not there: large ones in a frame each, small ones
 * together. For one thread, besides {@link #flush}, which others may call: a chunk that any writer
 * of the session has taken is in a pack once all are flushed. It holds native memory until it is
 * closed.
 */
public final class ChunkWriter implements AutoCloseable {
  /** Chunks below this share frames. */
  public static final int SMALL = 256 << 10;

  private static final int SHARED = 1 << 20;
  private static final int MOST_CHUNKS = 1 << 16;

  private final Session session;
  private final ChunkNamer namer;
  private final PackWriter packs;
  private final FrameCodec codec = new FrameCodec();
  private final ByteOutput table = new ByteOutput(64);
  private byte[] shared = {};
  private int used;
  private int count;
  private int[] lengths = new int[64];
  private long[] prefixes = new long[128];
  private long written;

  ChunkWriter(Session session, ChunkNamer namer, PackWriter packs) throws IOException {
    this.session = session;
    this.namer = namer;
    this.packs = packs;
  }

  /** A probe for {@link FileClass}, for the same thread. */
  public FilterProbe probe() {
    return codec.probe();
  }

  /** The bytes of content that were not there before. */
  public long written() {
    return written;
  }

  /** Writes a chunk of a file whose class is learnt on the way. */
  public synchronized ChunkName write(byte[] bytes, int offset, int length, FileClass file)
      throws IOException {
    ChunkName name = namer.name(bytes, offset, length);
    if (session.claim(name)) {
      written += length;
      if (length < SMALL) {
        share(name, bytes, offset, length, Coding.SMALL_FILES);
      } else {
        int body = alone(name, bytes, offset, length, file.next(bytes, offset, length));
        file.encoded(length, body);
      }
    }
    return name;
  }

  /** Writes a chunk whose coding is known. */
  public synchronized ChunkName write(byte[] bytes, int offset, int length, Coding coding)
      throws IOException {
    ChunkName name = namer.name(bytes, offset, length);
    if (session.claim(name)) {
      written += length;
      if (length < SMALL) {
        share(name, bytes, offset, length, coding);
      } else {
        alone(name, bytes, offset, length, coding);
      }
    }
    return name;
  }

  private int alone(ChunkName name, byte[] bytes, int offset, int length, Coding coding)
      throws IOException {
    EncodedFrame frame = codec.encode(bytes, offset, length, coding);
    long[] prefix = {name.first(), name.second()};
    packs.add(
        frame.codec(),
        frame.stride(),
        length,
        prefix,
        table.array(),
        0,
        frame.bytes(),
        frame.offset(),
        frame.length());
    return frame.length();
  }

  private void share(ChunkName name, byte[] bytes, int offset, int length, Coding coding)
      throws IOException {
    if (used + length > SHARED || count == MOST_CHUNKS) {
      flush(coding);
    }
    if (shared.length == 0) {
      shared = new byte[SHARED];
    }
    if (count == lengths.length) {
      lengths = Arrays.copyOf(lengths, 2 * count);
      prefixes = Arrays.copyOf(prefixes, 4 * count);
    }
    System.arraycopy(bytes, offset, shared, used, length);
    prefixes[2 * count] = name.first();
    prefixes[2 * count + 1] = name.second();
    lengths[count++] = length;
    used += length;
  }

  /** Writes the frame that small chunks wait in. */
  public synchronized void flush(Coding coding) throws IOException {
    if (count == 0) {
      return;
    }
    EncodedFrame frame = codec.encode(shared, 0, used, coding);
    table.clear();
    if (count > 1) {
      for (int i = 0; i < count; i++) {
        table.varint(lengths[i]);
      }
    }
    packs.add(
        frame.codec(),
        frame.stride(),
        used,
        Arrays.copyOf(prefixes, 2 * count),
        table.array(),
        table.size(),
        frame.bytes(),
        frame.offset(),
        frame.length());
    used = 0;
    count = 0;
  }

  /** Writes the frame of small files. */
  public void flush() throws IOException {
    flush(Coding.SMALL_FILES);
  }

  @Override
  public synchronized void close() {
    codec.close();
  }
}
