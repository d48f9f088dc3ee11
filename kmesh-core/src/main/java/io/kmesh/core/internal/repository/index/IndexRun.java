// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.index;

import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.core.internal.repository.pack.PackId;
import io.kmesh.spi.ProviderException;
import java.util.ArrayList;
import java.util.List;

/**
 * The content of an index run in memory: docs/format/repository.md, "Index runs". Its arrays are
 * not changed after construction.
 */
public final class IndexRun {
  /** The most chunks of a run. */
  public static final int MOST_CHUNKS = 1 << 20;

  private static final int FIRST_FRAME = 32;
  private static final int MOST_PACK = Integer.MAX_VALUE;
  private static final int MOST_FRAME = 64 << 20;

  /**
   * A pack of a run.
   *
   * @param id the pack
   * @param type see {@link PackFrames}
   * @param firstFrame its first frame's number in the run
   * @param frames how many frames it has
   * @param size its bytes
   */
  record Pack(PackId id, int type, int firstFrame, int frames, int size) {}

  final List<Pack> packs;

  /** By frame: its pack's number, its offset in the pack, its bytes there, its content's bytes. */
  final int[] framePack;

  final int[] frameOffset;
  final int[] frameSealed;
  final int[] frameContent;

  /** By chunk, ascending: two numbers of its name; its frame; its number in the frame. */
  final long[] prefixes;

  final int[] chunkFrame;
  final int[] chunkSlot;

  private IndexRun(List<Pack> packs, int frames, int chunks) {
    this.packs = packs;
    this.framePack = new int[frames];
    this.frameOffset = new int[frames];
    this.frameSealed = new int[frames];
    this.frameContent = new int[frames];
    this.prefixes = new long[2 * chunks];
    this.chunkFrame = new int[chunks];
    this.chunkSlot = new int[chunks];
  }

  /** The number of chunks. */
  public int chunks() {
    return chunkFrame.length;
  }

  /** Makes a run of some packs. */
  public static IndexRun of(List<PackFrames> source) {
    int frames = 0;
    int chunks = 0;
    List<Pack> packs = new ArrayList<>();
    for (PackFrames pack : source) {
      packs.add(
          new Pack(
              pack.id(), pack.type(), frames, pack.frames().size(), Math.toIntExact(pack.size())));
      frames += pack.frames().size();
      chunks += pack.chunks();
    }
    IndexRun run = new IndexRun(packs, frames, chunks);
    long[] unsorted = new long[3 * chunks];
    int frame = 0;
    int chunk = 0;
    for (int p = 0; p < source.size(); p++) {
      int offset = FIRST_FRAME;
      for (PackFrames.Frame f : source.get(p).frames()) {
        run.framePack[frame] = p;
        run.frameOffset[frame] = offset;
        run.frameSealed[frame] = f.sealed();
        run.frameContent[frame] = f.content();
        offset += f.sealed();
        for (int slot = 0; slot < f.chunks(); slot++) {
          unsorted[3 * chunk] = f.prefixes()[2 * slot];
          unsorted[3 * chunk + 1] = f.prefixes()[2 * slot + 1];
          unsorted[3 * chunk + 2] = (long) frame << 32 | slot;
          chunk++;
        }
        frame++;
      }
    }
    int[] order = PrefixSort.order(unsorted, chunks);
    for (int i = 0; i < chunks; i++) {
      int from = 3 * order[i];
      run.prefixes[2 * i] = unsorted[from];
      run.prefixes[2 * i + 1] = unsorted[from + 1];
      run.chunkFrame[i] = (int) (unsorted[from + 2] >>> 32);
      run.chunkSlot[i] = (int) unsorted[from + 2];
    }
    return run;
  }

  /** The stored form. */
  public byte[] write() {
    int chunks = chunks();
    ByteOutput out = new ByteOutput(12 + 32 * packs.size() + 8 * framePack.length + 24 * chunks);
    out.u32(packs.size());
    out.u32(framePack.length);
    out.u32(chunks);
    for (Pack pack : packs) {
      pack.id().write(out);
      out.u8(pack.type());
      out.u8(0);
      out.u8(0);
      out.u8(0);
      out.u32(pack.frames());
      out.u32(pack.size());
      out.u32(0);
    }
    for (int i = 0; i < framePack.length; i++) {
      out.u32(frameSealed[i]);
      out.u32(frameContent[i]);
    }
    for (long part : prefixes) {
      out.u64BigEndian(part);
    }
    writePlanes(out, chunkFrame);
    writePlanes(out, chunkSlot);
    return out.toBytes();
  }

  private static void writePlanes(ByteOutput out, int[] numbers) {
    for (int shift = 0; shift < 32; shift += 8) {
      for (int number : numbers) {
        out.u8(number >>> shift);
      }
    }
  }

  /** Reads the stored form. */
  public static IndexRun read(byte[] content, String what) throws ProviderException {
    ByteInput in = new ByteInput(content, what);
    int packCount = in.u32(content.length / 32, "number of packs");
    int frames = in.u32(content.length / 8, "number of frames");
    int chunks = in.u32(content.length / 24, "number of chunks");
    List<Pack> packs = new ArrayList<>();
    int next = 0;
    for (int i = 0; i < packCount; i++) {
      PackId id = PackId.read(in);
      int type = in.u8();
      if (type != PackFrames.DATA && type != PackFrames.METADATA) {
        throw in.damaged("the pack " + id + " has the type " + type);
      }
      in.skip(3);
      int count = in.u32(frames - next, "number of frames of a pack");
      packs.add(new Pack(id, type, next, count, in.u32(MOST_PACK, "size of a pack")));
      in.u32();
      next += count;
    }
    if (next != frames) {
      throw in.damaged((frames - next) + " frames are in no pack");
    }
    IndexRun run = new IndexRun(packs, frames, chunks);
    for (int p = 0; p < packCount; p++) {
      run.readFrames(in, p);
    }
    run.readChunks(in);
    in.end();
    return run;
  }

  private void readFrames(ByteInput in, int number) throws ProviderException {
    Pack pack = packs.get(number);
    int offset = FIRST_FRAME;
    for (int i = pack.firstFrame(); i < pack.firstFrame() + pack.frames(); i++) {
      framePack[i] = number;
      frameOffset[i] = offset;
      frameSealed[i] = in.u32(pack.size() - offset, "length of a frame");
      frameContent[i] = in.u32(MOST_FRAME, "content of a frame");
      offset += frameSealed[i];
    }
  }

  private void readChunks(ByteInput in) throws ProviderException {
    for (int i = 0; i < prefixes.length; i++) {
      prefixes[i] = in.u64BigEndian();
    }
    readPlanes(in, chunkFrame);
    readPlanes(in, chunkSlot);
    for (int i = 0; i < chunks(); i++) {
      if (chunkFrame[i] < 0
          || chunkFrame[i] >= framePack.length
          || chunkSlot[i] < 0
          || chunkSlot[i] >= chunks()) {
        throw in.damaged("its chunk " + i + " is in no frame");
      }
      if (i > 0 && PrefixSort.compare(prefixes, i - 1, i) > 0) {
        throw in.damaged("its chunk " + i + " is out of order");
      }
    }
  }

  private static void readPlanes(ByteInput in, int[] numbers) throws ProviderException {
    for (int shift = 0; shift < 32; shift += 8) {
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] |= in.u8() << shift;
      }
    }
  }

  /** The packs with their frames and chunks, some left out: what a new run is made of. */
  public List<PackFrames> packs(java.util.function.Predicate<PackId> isWanted) {
    long[][] byFrame = new long[framePack.length][];
    int[] counts = new int[framePack.length];
    for (int i = 0; i < chunks(); i++) {
      counts[chunkFrame[i]] = Math.max(counts[chunkFrame[i]], chunkSlot[i] + 1);
    }
    for (int i = 0; i < byFrame.length; i++) {
      byFrame[i] = new long[2 * counts[i]];
    }
    for (int i = 0; i < chunks(); i++) {
      byFrame[chunkFrame[i]][2 * chunkSlot[i]] = prefixes[2 * i];
      byFrame[chunkFrame[i]][2 * chunkSlot[i] + 1] = prefixes[2 * i + 1];
    }
    List<PackFrames> wanted = new ArrayList<>();
    for (Pack pack : packs) {
      if (isWanted.test(pack.id())) {
        List<PackFrames.Frame> frames = new ArrayList<>();
        for (int i = pack.firstFrame(); i < pack.firstFrame() + pack.frames(); i++) {
          frames.add(new PackFrames.Frame(frameSealed[i], frameContent[i], byFrame[i]));
        }
        wanted.add(new PackFrames(pack.id(), pack.type(), pack.size(), frames));
      }
    }
    return wanted;
  }
}
