// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.lustre.Extent;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Which bytes of a file its object's body holds, in order.
 *
 * @param list the ranges, ascending, not touching, none empty
 * @param size the file's bytes
 * @param isPacked whether the body leaves the rest of the file out; else it is the whole file
 */
public record Extents(List<Extent> list, long size, boolean isPacked) {
  /** Holes are left out of the body when together they are at least this. */
  private static final long WORTH_PACKING = 64 << 10;

  /** More ranges than this are not noted; the body is the whole file then. */
  private static final int MOST = 10_000;

  public Extents {
    list = List.copyOf(list);
  }

  /** The whole file. */
  public static Extents whole(long size) {
    return new Extents(size == 0 ? List.of() : List.of(new Extent(0, size)), size, false);
  }

  /** The data of an open file, asked only when it has fewer blocks than bytes. */
  public static Extents of(PosixFile file, FileStat stat, boolean canSeek) throws IOException {
    long size = stat.size();
    if (!canSeek || size - stat.blocks() * 512 < WORTH_PACKING) {
      return whole(size);
    }
    List<Extent> data = new ArrayList<>();
    long at = 0;
    long bytes = 0;
    while (at < size) {
      OptionalLong start = file.nextData(at);
      if (start.isEmpty() || start.getAsLong() >= size) {
        break;
      }
      long end = Math.min(size, file.nextHole(start.getAsLong()));
      if (end <= start.getAsLong() || data.size() == MOST) {
        return whole(size);
      }
      data.add(new Extent(start.getAsLong(), end - start.getAsLong()));
      bytes += end - start.getAsLong();
      at = end;
    }
    return size - bytes < WORTH_PACKING ? whole(size) : new Extents(data, size, true);
  }

  /** The bytes of the body. */
  public long bodySize() {
    long sum = 0;
    for (Extent extent : list) {
      sum += extent.length();
    }
    return sum;
  }

  /**
   * Says where a piece of the body belongs in the file.
   *
   * @param at the piece's first byte in the body
   */
  void place(long at, ByteBuffer piece, Content.Placer placer) throws IOException {
    long before = 0;
    int from = piece.position();
    for (Extent extent : list) {
      long skipped = Math.max(0, at + (from - piece.position()) - before);
      if (skipped < extent.length() && from < piece.limit()) {
        int length = (int) Math.min(extent.length() - skipped, piece.limit() - from);
        placer.place(piece.slice(from, length), extent.offset() + skipped);
        from += length;
      }
      before += extent.length();
    }
  }

  /** The stored text. */
  public String text() {
    StringBuilder text = new StringBuilder();
    for (Extent extent : list) {
      text.append(text.isEmpty() ? "" : ",");
      text.append(extent.offset()).append('+').append(extent.length());
    }
    return text.toString();
  }

  /**
   * Reads the stored text.
   *
   * @throws IllegalArgumentException when it says no ranges of such a file
   */
  public static Extents parse(String text, long size) {
    List<Extent> list = new ArrayList<>();
    long end = -1;
    for (String part : text.isEmpty() ? new String[0] : text.split(",", -1)) {
      int plus = part.indexOf('+');
      if (plus < 1) {
        throw new IllegalArgumentException("the extent \"" + part + "\" is not OFFSET+LENGTH");
      }
      long offset = Long.parseLong(part.substring(0, plus));
      long length = Long.parseLong(part.substring(plus + 1));
      if (offset <= end || offset < 0 || length < 1 || length > size - offset) {
        throw new IllegalArgumentException(
            "the extent " + part + " is empty, not behind the one before or not within " + size);
      }
      end = offset + length;
      list.add(new Extent(offset, length));
    }
    return new Extents(list, size, true);
  }
}
