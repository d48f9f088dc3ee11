// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Facts;
import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Compares what entries hold besides attributes. */
final class Contents {
  private static final int PIECE = 1 << 18;

  private Contents() {}

  /** Whether two entries that are no directories are of one type and hold the same. */
  static boolean areEqual(Volume a, Volume.Node x, Volume b, Volume.Node y) throws IOException {
    Facts first = a.facts(x);
    Facts second = b.facts(y);
    if (first.type() != second.type()) {
      return false;
    }
    return switch (first.type()) {
      case REGULAR -> first.size() == second.size() && areSameBytes(a, x, b, y);
      case SYMLINK -> a.target(x).equals(b.target(y));
      case CHARACTER_DEVICE, BLOCK_DEVICE -> first.rdev() == second.rdev();
      case FIFO, SOCKET -> true;
      case DIRECTORY -> false;
    };
  }

  /** Whether two entries are equal with their attributes, and all that is in them. */
  static boolean areEqualTrees(Volume a, Volume.Node x, Volume b, Volume.Node y)
      throws IOException {
    Facts first = a.facts(x);
    Facts second = b.facts(y);
    if (first.type() != second.type() || !Meta.of(a, x).isLike(Meta.of(b, y))) {
      return false;
    }
    if (!first.isDirectory()) {
      return first.mtime().equals(second.mtime()) && areEqual(a, x, b, y);
    }
    Volume.Names names = a.names(x);
    Volume.Names others = b.names(y);
    while (true) {
      PathBytes name = names.next();
      if (!java.util.Objects.equals(name, others.next())) {
        return false;
      }
      Volume.Node below = name == null ? null : a.find(x, name);
      Volume.Node other = name == null ? null : b.find(y, name);
      if (name == null) {
        return true;
      } else if (below == null || other == null || !areEqualTrees(a, below, b, other)) {
        return false;
      }
    }
  }

  private static boolean areSameBytes(Volume a, Volume.Node x, Volume b, Volume.Node y)
      throws IOException {
    try (Volume.Bytes first = a.content(x);
        Volume.Bytes second = b.content(y)) {
      ByteBuffer one = ByteBuffer.allocate(PIECE);
      ByteBuffer other = ByteBuffer.allocate(PIECE);
      for (long at = 0; at < first.size(); at += PIECE) {
        first.read(at, one.clear(), true);
        second.read(at, other.clear(), true);
        if (!one.flip().equals(other.flip())) {
          return false;
        }
      }
      return true;
    }
  }

  /** Takes bytes at an offset. */
  @FunctionalInterface
  interface Taker {
    void take(ByteBuffer bytes, long offset) throws IOException;
  }

  /** Hands over a range of bytes, but for pieces that are zeros alone. */
  static void copy(Volume.Bytes bytes, long from, long to, Retrier.Check check, Taker taker)
      throws IOException {
    ByteBuffer piece = ByteBuffer.allocate(PIECE);
    for (long at = from; at < to; at += PIECE) {
      check.run();
      piece.clear().limit((int) Math.min(PIECE, to - at));
      int count = bytes.read(at, piece, true);
      if (count < piece.limit()) {
        throw new java.io.EOFException(
            "Cannot copy a file: it has " + (at + count) + " bytes, not " + to + ". Try again.");
      }
      if (!isZero(piece.array(), count)) {
        taker.take(piece.flip(), at);
      }
    }
  }

  private static boolean isZero(byte[] bytes, int length) {
    for (int i = 0; i < length; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }

  /** Whether an entry is a regular file. */
  static boolean isFile(Facts facts) {
    return facts.type() == FileType.REGULAR;
  }
}
