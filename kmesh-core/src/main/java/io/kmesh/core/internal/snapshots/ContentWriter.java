// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.chunk.Cutter;
import io.kmesh.core.internal.repository.chunk.Cutters;
import io.kmesh.core.internal.repository.chunk.FileClass;
import io.kmesh.core.internal.repository.session.ChunkWriter;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.repository.tree.ChunkList;
import io.kmesh.core.internal.repository.tree.ChunkListWriter;
import io.kmesh.core.internal.repository.tree.ChunkSink;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.Extent;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/**
 * Reads contents of files and writes them as chunks. For one thread, besides {@link #flush}, which
 * others may call.
 */
public final class ContentWriter implements AutoCloseable {
  private static final int PIECE = 1 << 20;
  private static final int FIRST_WINDOW = ChunkWriter.SMALL;

  private final ChunkWriter chunks;
  private final ChunkSink metadata;
  private final Cutters cutters;
  private final ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
  private byte[] window = new byte[FIRST_WINDOW];

  /** Writes to a session. */
  public ContentWriter(Session session, ChunkSink metadata) throws IOException {
    this.chunks = session.chunkWriter();
    this.metadata = metadata;
    this.cutters = session.domain().cutters();
  }

  /**
   * Reads a file as far as its stat says, from its start to its end.
   *
   * @throws ChangedWhileReadException when it became shorter and has holes
   */
  public Content.File write(PosixFile file, FileStat stat) throws IOException {
    if (stat.size() == 0) {
      return new Content.Data(0, ChunkList.EMPTY);
    }
    if (stat.blocks() * 512 < stat.size()) {
      List<Extent> extents = extents(file, stat.size());
      if (extents.size() != 1 || extents.get(0).length() != stat.size()) {
        return sparse(file, stat.size(), extents);
      }
    }
    Input input = new Input(file, List.of(new Extent(0, stat.size())));
    ChunkList list = list(input);
    return new Content.Data(list.length(), list);
  }

  private Content.File sparse(PosixFile file, long size, List<Extent> extents) throws IOException {
    ChunkList list = list(new Input(file, extents));
    long expected = extents.stream().mapToLong(Extent::length).sum();
    if (list.length() != expected) {
      throw new ChangedWhileReadException();
    }
    return new Content.Sparse(size, extents, list);
  }

  private static List<Extent> extents(PosixFile file, long size) throws IOException {
    List<Extent> extents = new ArrayList<>();
    long at = 0;
    while (at < size) {
      OptionalLong data = file.nextData(at);
      if (data.isEmpty() || data.getAsLong() >= size) {
        break;
      }
      long hole = Math.min(size, file.nextHole(data.getAsLong()));
      if (hole <= data.getAsLong()) {
        break;
      }
      extents.add(new Extent(data.getAsLong(), hole - data.getAsLong()));
      at = hole;
    }
    return extents;
  }

  /** The bytes of extents one behind the other. */
  private final class Input {
    private final PosixFile file;
    private final List<Extent> extents;
    private int extent;
    private long inExtent;

    Input(PosixFile file, List<Extent> extents) {
      this.file = file;
      this.extents = extents;
    }

    /** Fills a part of the window; less only at the end. */
    int fill(int from, int room) throws IOException {
      Crew.requireWanted();
      int done = 0;
      while (done < room && extent < extents.size()) {
        Extent current = extents.get(extent);
        long rest = current.length() - inExtent;
        if (rest == 0) {
          extent++;
          inExtent = 0;
          continue;
        }
        int count =
            read(current.offset() + inExtent, from + done, (int) Math.min(rest, room - done));
        if (count <= 0) {
          // The file became shorter; its stat tells the caller.
          extent = extents.size();
          break;
        }
        inExtent += count;
        done += count;
      }
      return done;
    }

    private int read(long offset, int into, int length) throws IOException {
      piece.clear().limit(Math.min(length, PIECE));
      int count = file.read(piece, offset);
      if (count > 0) {
        piece.flip();
        piece.get(window, into, count);
      }
      return count;
    }
  }

  private ChunkList list(Input input) throws IOException {
    int filled = input.fill(0, window.length);
    if (filled < window.length && filled <= cutters.leastCut()) {
      return filled == 0
          ? ChunkList.EMPTY
          : ChunkList.of(chunks.write(window, 0, filled, fileClass()), filled);
    }
    return cut(input, filled);
  }

  private FileClass fileClass() {
    return new FileClass(chunks.probe());
  }

  private ChunkList cut(Input input, int filledFirst) throws IOException {
    Cutter cutter = cutters.of(window, filledFirst);
    int needed = 2 * cutter.most();
    if (window.length < needed) {
      window = Arrays.copyOf(window, needed);
    }
    FileClass file = fileClass();
    ChunkListWriter list = new ChunkListWriter(metadata);
    int from = 0;
    int to = filledFirst + input.fill(filledFirst, window.length - filledFirst);
    boolean isEnd = to < window.length;
    while (from < to) {
      int end = cutter.cut(window, from, to, isEnd);
      if (end == Cutter.MORE) {
        if (isEnd || to - from >= cutter.most()) {
          throw new IllegalStateException("The cutter has all that it needs and does not cut.");
        }
        System.arraycopy(window, from, window, 0, to - from);
        to -= from;
        from = 0;
        to += input.fill(to, window.length - to);
        isEnd = to < window.length;
        continue;
      }
      if (cutter.isOfAnother()) {
        file = fileClass();
      }
      list.add(chunks.write(window, from, end - from, file), end - from);
      from = end;
      if (from == to && !isEnd) {
        from = 0;
        to = input.fill(0, window.length);
        isEnd = to < window.length;
      }
    }
    return list.finish();
  }

  /** Writes small chunks that wait. */
  public void flush() throws IOException {
    chunks.flush();
  }

  /** The bytes that were not there before. */
  long written() {
    return chunks.written();
  }

  @Override
  public void close() {
    chunks.close();
  }
}
