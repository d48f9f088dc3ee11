// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.tree.ChunkList;
import io.kmesh.core.internal.repository.tree.ChunkListCodec;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.Extent;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** Reads any range of a stored file by the chunks that it touches, and no others. Thread-safe. */
final class FileContent implements Volume.Bytes {
  /** Chunks that are read while others are used. */
  private static final int WINDOW = 4;

  private final SnapshotChunks chunks;
  private final long size;
  private final Places places;

  private final Extents extents;

  /** The pages that were used last, one for each depth of a long list. */
  private final AtomicReferenceArray<Part> parts;

  private FileContent(SnapshotChunks chunks, long size, ChunkList list, List<Extent> extents) {
    this.chunks = chunks;
    this.size = size;
    this.places = new Places(list, 0);
    this.parts = new AtomicReferenceArray<>(list.depth());
    this.extents = new Extents(extents);
  }

  /**
   * The content of a file.
   *
   * @throws IOException when it lies elsewhere; the message says where
   */
  static FileContent of(SnapshotChunks chunks, Content content) throws IOException {
    if (content instanceof Content.Data data) {
      return new FileContent(
          chunks, data.size(), data.chunks(), List.of(new Extent(0, data.size())));
    } else if (content instanceof Content.Sparse sparse) {
      return new FileContent(chunks, sparse.size(), sparse.chunks(), sparse.extents());
    } else if (content instanceof Content.Reference reference) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot read a file of "
              + reference.size()
              + " bytes: the snapshot has a reference to its archived object only, "
              + new String(reference.reference(), StandardCharsets.UTF_8)
              + ". Restore it from that archive.");
    }
    throw new ProviderException(
        ErrorKind.INVALID, "Cannot read an entry as a file: it is none. Read its attributes.");
  }

  /** Where the chunks of a list begin. */
  private static final class Places {
    private final ChunkList list;
    private final long[] starts; // one more than chunks

    Places(ChunkList list, long from) {
      this.list = list;
      this.starts = new long[list.names().length + 1];
      starts[0] = from;
      for (int i = 0; i < list.names().length; i++) {
        starts[i + 1] = starts[i] + list.lengths()[i];
      }
    }

    int find(long offset) {
      int at = Arrays.binarySearch(starts, offset);
      int index = at >= 0 ? at : -at - 2;
      // Chunks of no bytes begin where the next one does.
      while (starts[index + 1] <= offset) {
        index++;
      }
      return index;
    }

    long end() {
      return starts[starts.length - 1];
    }
  }

  /** A page of a long list. */
  private record Part(ChunkName name, Places places) {}

  /** The parts that are data, and where they are among the data. */
  private static final class Extents {
    private final long[] offsets;
    private final long[] ends;
    private final long[] data;

    Extents(List<Extent> extents) {
      offsets = new long[extents.size()];
      ends = new long[extents.size()];
      data = new long[extents.size()];
      long sum = 0;
      for (int i = 0; i < extents.size(); i++) {
        Extent extent = extents.get(i);
        offsets[i] = extent.offset();
        ends[i] = extent.offset() + extent.length();
        data[i] = sum;
        sum += extent.length();
      }
    }

    /** The extent that holds an offset or, if none does, the next one. */
    int find(long offset) {
      int at = Arrays.binarySearch(offsets, offset);
      int index = at >= 0 ? at : -at - 2;
      return index >= 0 && offset < ends[index] ? index : index + 1;
    }
  }

  /** A chunk and its place among the data. */
  private record Piece(ChunkName name, long start, long end) {}

  private Piece piece(long offset) throws IOException {
    Places in = places;
    int index = in.find(offset);
    for (int depth = in.list.depth(); depth > 0; depth--) {
      in = page(in, index);
      index = in.find(offset);
    }
    return new Piece(in.list.names()[index], in.starts[index], in.starts[index + 1]);
  }

  private Places page(Places in, int index) throws IOException {
    ChunkName name = in.list.names()[index];
    int depth = in.list.depth() - 1;
    Part last = parts.get(depth);
    if (last != null && last.name().equals(name) && last.places().starts[0] == in.starts[index]) {
      return last.places();
    }
    ChunkList page = ChunkListCodec.readPage(chunks.read(name), name, depth);
    Places read = new Places(page, in.starts[index]);
    if (read.end() != in.starts[index + 1]) {
      throw damaged(name);
    }
    parts.set(depth, new Part(name, read));
    return read;
  }

  private static ProviderException damaged(ChunkName name) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot read the chunk "
            + name
            + ": it is not as long as its list says. Run a check, then a repair.");
  }

  @Override
  public int read(long offset, ByteBuffer target, boolean isSequential) throws IOException {
    int wanted = (int) Math.min(target.remaining(), Math.max(0, size - offset));
    long at = offset;
    long end = offset + wanted;
    while (at < end) {
      int extent = extents.find(at);
      boolean isLast = extent == extents.offsets.length;
      long dataFrom = isLast ? size : extents.offsets[extent];
      if (dataFrom > at) {
        int zeros = (int) (Math.min(end, dataFrom) - at);
        zero(target, zeros);
        at += zeros;
        continue;
      }
      long shift = extents.data[extent] - extents.offsets[extent];
      Piece piece = piece(at + shift);
      ahead(piece, isSequential ? Long.MAX_VALUE : end + shift);
      byte[] bytes = chunks.read(piece.name());
      if (bytes.length != piece.end() - piece.start()) {
        throw damaged(piece.name());
      }
      long to = Math.min(end, Math.min(extents.ends[extent], piece.end() - shift));
      target.put(bytes, (int) (at + shift - piece.start()), (int) (to - at));
      at = to;
    }
    return wanted;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public OptionalLong nextData(long offset) {
    int extent = extents.find(offset);
    return extent == extents.offsets.length
        ? OptionalLong.empty()
        : OptionalLong.of(Math.max(offset, extents.offsets[extent]));
  }

  @Override
  public long nextHole(long offset) {
    int extent = extents.find(offset);
    boolean isData = extent < extents.offsets.length && extents.offsets[extent] <= offset;
    return Math.min(size, isData ? extents.ends[extent] : offset);
  }

  /** Lets the next chunks come that begin before an end. */
  private void ahead(Piece first, long end) throws IOException {
    long next = first.end();
    for (int i = 0; i < WINDOW && next < end && next < places.end(); i++) {
      Piece piece = piece(next);
      chunks.ahead(piece.name());
      next = piece.end();
    }
  }

  private static void zero(ByteBuffer target, int count) {
    if (target.hasArray()) {
      int from = target.arrayOffset() + target.position();
      Arrays.fill(target.array(), from, from + count, (byte) 0);
      target.position(target.position() + count);
      return;
    }
    for (int i = 0; i < count; i++) {
      target.put((byte) 0);
    }
  }
}
