// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.chunk;

import java.util.Arrays;

/**
 * Cuts a tar file where the contents of its members begin and end, and those as if they were files:
 * what was packed into a tar file is the same chunks as before. Headers, padding and members below
 * {@link #LEAST_MEMBER} go together in runs. What turns out to be no tar file from some place on is
 * cut as any content from there on.
 */
final class TarCutter implements Cutter {
  /** A member is two chunks more, some 100 bytes: below this, sharing gains little. */
  static final int LEAST_MEMBER = 4 << 10;

  /** Facts about a member that are longer than this are cut as contents. */
  private static final int MOST_FACTS = 64 << 10;

  /** One in so many members ends a run that is long enough. */
  private static final int ENDS_RUN = 4;

  private final GearChunker contents;
  private final ChunkProfile runs;

  /** What is left of the content that the next chunk begins in; 0 where headers are next. */
  private long left;

  /** The padding of the last content, which comes before the next header. */
  private int padding;

  /** The size that pax records before the next header give to its member; -1 without. */
  private long paxSizeOfNext = -1;

  private boolean isBroken;
  private boolean isOfAnother;
  private boolean isNextOfAnother = true;

  /**
   * A cutter of one tar file.
   *
   * @param contents cuts the members' contents
   * @param runs how long runs are
   */
  TarCutter(GearChunker contents, ChunkProfile runs) {
    this.contents = contents;
    this.runs = runs;
  }

  @Override
  public int most() {
    return Math.max(contents.most(), runs.max() + MOST_FACTS + LEAST_MEMBER + 4 * TarHeader.BLOCK);
  }

  @Override
  public boolean isOfAnother() {
    return isOfAnother;
  }

  @Override
  public int cut(byte[] data, int from, int to, boolean isEnd) {
    if (left == 0 && !isBroken) {
      int end = new Run(data, from, to, isEnd).end();
      if (!isBroken) {
        isOfAnother = true;
        return end;
      }
    }
    int limit = isBroken || left > to - from ? to : from + (int) left;
    int end = contents.cut(data, from, limit, isEnd || (!isBroken && limit - from == left));
    if (end != MORE) {
      isOfAnother = isNextOfAnother;
      isNextOfAnother = false;
      left -= isBroken ? 0 : end - from;
    }
    return end;
  }

  /** Headers, padding and small members: what a chunk that begins with a header can hold. */
  private final class Run {
    private final byte[] data;
    private final int from;
    private final int to;
    private final boolean isEnd;
    private int at;

    Run(byte[] data, int from, int to, boolean isEnd) {
      this.data = data;
      this.from = from;
      this.to = to;
      this.isEnd = isEnd;
      this.at = from + padding;
    }

    /** The end of the run; {@link TarCutter#isBroken} when there is none. */
    int end() {
      long paxSize = paxSizeOfNext;
      boolean isMemberBegun = paxSize >= 0;
      while (at <= to - TarHeader.BLOCK) {
        if (endsHere(isMemberBegun)) {
          padding = 0;
          paxSizeOfNext = paxSize;
          return at;
        }
        if (isZero()) {
          at += TarHeader.BLOCK;
          continue;
        }
        TarHeader header = TarHeader.isHeader(data, at) ? TarHeader.read(data, at) : null;
        long size = header == null ? -1 : header.sizeOr(paxSize);
        if (header == null || size < 0) {
          isBroken = true;
          isNextOfAnother = true;
          return MORE;
        }
        int begin = contentOf(header);
        if (begin - at > MOST_FACTS) {
          isBroken = true;
          isNextOfAnother = true;
          return MORE;
        }
        if (begin > to) {
          break;
        }
        if (size >= (header.isAboutNext() ? MOST_FACTS : LEAST_MEMBER)) {
          left = size;
          padding = (int) (padded(size) - size);
          paxSizeOfNext = -1;
          isNextOfAnother = true;
          return begin;
        }
        at = begin + (int) padded(size);
        isMemberBegun = header.isAboutNext();
        paxSize =
            header.isPax() && at <= to
                ? TarHeader.paxSize(data, begin, begin + (int) size)
                : isMemberBegun ? paxSize : -1;
      }
      return isEnd ? to : MORE;
    }

    private boolean endsHere(boolean isMemberBegun) {
      int length = at - from;
      return length >= runs.max()
          || (length >= runs.min()
              && !isMemberBegun
              && Math.floorMod(
                      Arrays.hashCode(Arrays.copyOfRange(data, at, at + TarHeader.BLOCK)), ENDS_RUN)
                  == 0);
    }

    private boolean isZero() {
      for (int i = at; i < at + TarHeader.BLOCK; i++) {
        if (data[i] != 0) {
          return false;
        }
      }
      return true;
    }

    /** Where the content of a header's member begins, which may be behind what is at hand. */
    private int contentOf(TarHeader header) {
      int begin = at + TarHeader.BLOCK;
      boolean isMap = header.isExtended();
      while (isMap && begin - at <= MOST_FACTS) {
        isMap = begin > to - TarHeader.BLOCK || TarHeader.isExtendedFurther(data, begin);
        begin += TarHeader.BLOCK;
        if (begin > to) {
          break;
        }
      }
      return begin;
    }
  }

  private static long padded(long size) {
    return (size + TarHeader.BLOCK - 1) & -TarHeader.BLOCK;
  }
}
