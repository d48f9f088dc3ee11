// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.index;

import io.kmesh.core.internal.repository.pack.PackId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Predicate;
import java.util.zip.CRC32C;

/**
 * An index run in a local file, memory-mapped: 24 bytes a chunk of page cache, next to none of the
 * heap. A cache only; one that is damaged is fetched again. Thread-safe.
 */
public final class RunFile {
  private static final int MAGIC = 0x4b4d5230;
  private static final int HEADER = 32;
  private static final int PACK = 32;
  private static final int FRAME = 16;
  private static final int RECORD = 24;

  private final ByteBuffer bytes;
  private final List<IndexRun.Pack> packs = new ArrayList<>();
  private final int frames;
  private final int chunks;
  private final int framesAt;
  private final int recordsAt;

  private RunFile(ByteBuffer bytes) {
    this.bytes = bytes;
    int packCount = bytes.getInt(8);
    this.frames = bytes.getInt(12);
    this.chunks = bytes.getInt(16);
    this.framesAt = HEADER + PACK * packCount;
    this.recordsAt = framesAt + FRAME * frames;
    for (int i = 0; i < packCount; i++) {
      int at = HEADER + PACK * i;
      packs.add(
          new IndexRun.Pack(
              new PackId(bytes.getLong(at), bytes.getLong(at + 8)),
              bytes.getInt(at + 16),
              bytes.getInt(at + 20),
              bytes.getInt(at + 24),
              bytes.getInt(at + 28)));
    }
  }

  /** Keeps a run in memory only. */
  public static RunFile inMemory(IndexRun run) {
    return new RunFile(form(run));
  }

  /** Writes a run to a file and maps it. */
  public static RunFile write(IndexRun run, Path file) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Path temporary =
        Files.createTempFile(
            file.toAbsolutePath().getParent(), String.valueOf(file.getFileName()), ".new");
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer form = form(run);
      while (form.hasRemaining()) {
        channel.write(form);
      }
    }
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    return map(file);
  }

  /**
   * Maps a file that {@link #write} made.
   *
   * @throws IOException when it is none, or damaged
   */
  public static RunFile map(Path file) throws IOException {
    MappedByteBuffer mapped;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
    }
    if (mapped.limit() < HEADER
        || mapped.getInt(0) != MAGIC
        || mapped.getInt(20) != mapped.limit()
        || mapped.getInt(4) != checksum(mapped)) {
      throw new IOException(
          "Cannot use the cached index "
              + file
              + ": it is damaged. Delete it; it is fetched again.");
    }
    return new RunFile(mapped);
  }

  private static int checksum(ByteBuffer form) {
    CRC32C crc = new CRC32C();
    crc.update(form.duplicate().position(8));
    return (int) crc.getValue();
  }

  private static ByteBuffer form(IndexRun run) {
    int frames = run.framePack.length;
    int chunks = run.chunks();
    int size =
        Math.toIntExact(
            HEADER
                + (long) PACK * run.packs.size()
                + (long) FRAME * frames
                + (long) RECORD * chunks);
    ByteBuffer form = ByteBuffer.allocate(size);
    form.putInt(MAGIC).putInt(0).putInt(run.packs.size()).putInt(frames).putInt(chunks);
    form.putInt(size).putLong(0);
    for (IndexRun.Pack pack : run.packs) {
      form.putLong(pack.id().high()).putLong(pack.id().low()).putInt(pack.type());
      form.putInt(pack.firstFrame()).putInt(pack.frames()).putInt(pack.size());
    }
    for (int i = 0; i < frames; i++) {
      form.putInt(run.framePack[i]).putInt(run.frameOffset[i]);
      form.putInt(run.frameSealed[i]).putInt(run.frameContent[i]);
    }
    for (int i = 0; i < chunks; i++) {
      form.putLong(run.prefixes[2 * i]).putLong(run.prefixes[2 * i + 1]);
      form.putInt(run.chunkFrame[i]).putInt(run.chunkSlot[i]);
    }
    form.flip();
    form.putInt(4, checksum(form));
    return form;
  }

  /** The number of chunks. */
  public int chunks() {
    return chunks;
  }

  /** The packs, without frames. */
  public List<PackFrames> packs() {
    List<PackFrames> all = new ArrayList<>();
    for (IndexRun.Pack pack : packs) {
      all.add(new PackFrames(pack.id(), pack.type(), pack.size(), List.of()));
    }
    return all;
  }

  /** Whether it has a name. */
  public boolean holds(long first, long second) {
    return find(first, second) >= 0;
  }

  /** The number of the first record of a name, or -1. */
  int find(long first, long second) {
    int low = 0;
    int high = chunks - 1;
    // Names are spread evenly: guess, then halve.
    int steps = 0;
    while (low <= high) {
      int middle = steps++ < 4 ? guess(low, high, first) : (low + high) >>> 1;
      int order = compare(middle, first, second);
      if (order == 0) {
        while (middle > 0 && compare(middle - 1, first, second) == 0) {
          middle--;
        }
        return middle;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }

  private int guess(int low, int high, long first) {
    double from = unsigned(bytes.getLong(recordsAt + RECORD * low));
    double to = unsigned(bytes.getLong(recordsAt + RECORD * high));
    double at = unsigned(first);
    if (!(at > from && at < to)) {
      return at <= from ? low : high;
    }
    return low + (int) ((at - from) / (to - from) * (high - low));
  }

  private static double unsigned(long value) {
    return (value >>> 11) * 0x1p-53;
  }

  private int compare(int record, long first, long second) {
    int at = recordsAt + RECORD * record;
    int order = Long.compareUnsigned(bytes.getLong(at), first);
    return order != 0 ? order : Long.compareUnsigned(bytes.getLong(at + 8), second);
  }

  /** Whether a record is of a name. */
  boolean isOf(int record, long first, long second) {
    return record < chunks && compare(record, first, second) == 0;
  }

  /** Takes the chunks of a run. */
  @FunctionalInterface
  public interface RecordVisitor {
    /**
     * Takes one.
     *
     * @param first bytes 0 to 7 of its name
     * @param second bytes 8 to 15
     */
    void visit(int record, long first, long second, ChunkPlace place) throws IOException;
  }

  /** Visits all chunks of packs that a test wants, in the order of their names. */
  public void visit(Predicate<PackId> isWanted, RecordVisitor visitor) throws IOException {
    for (int i = 0; i < chunks; i++) {
      if (isWanted.test(pack(i))) {
        int at = recordsAt + RECORD * i;
        visitor.visit(i, bytes.getLong(at), bytes.getLong(at + 8), place(0, i));
      }
    }
  }

  /** Takes how much of a pack's frames is used. */
  @FunctionalInterface
  public interface UseVisitor {
    /** Takes the bytes of a frame, and those that belong to its used chunks, about. */
    void visit(PackId pack, long sealed, long used);
  }

  /** Tells by frames what is used when some chunks are. */
  public void uses(BitSet used, UseVisitor visitor) {
    int[] all = new int[frames];
    int[] live = new int[frames];
    for (int i = 0; i < chunks; i++) {
      int frame = frame(i);
      all[frame]++;
      if (used.get(i)) {
        live[frame]++;
      }
    }
    for (int i = 0; i < frames; i++) {
      int at = framesAt + FRAME * i;
      long sealed = bytes.getInt(at + 8);
      long part = live[i] == 0 ? 0 : Math.max(1, sealed * live[i] / all[i]);
      visitor.visit(packs.get(bytes.getInt(at)).id(), sealed, part);
    }
  }

  /** The pack of a record. */
  public PackId pack(int record) {
    return packs.get(bytes.getInt(framesAt + FRAME * frame(record))).id();
  }

  private int frame(int record) {
    return bytes.getInt(recordsAt + RECORD * record + 16);
  }

  /** Where the chunk of a record is. */
  ChunkPlace place(int run, int record) {
    int frame = framesAt + FRAME * frame(record);
    IndexRun.Pack pack = packs.get(bytes.getInt(frame));
    return new ChunkPlace(
        pack.id(),
        pack.type(),
        bytes.getInt(frame + 4),
        bytes.getInt(frame + 8),
        bytes.getInt(frame + 12),
        bytes.getInt(recordsAt + RECORD * record + 20),
        run,
        record);
  }
}
