// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.ByteBudget;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.store.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Sums the content of files and of their objects, in pieces of a budget. Thread-safe. */
@SuppressWarnings("try") // a share is held for a block, not used in it
final class StoredContent {
  private static final int PIECE = 1 << 20;

  private final MirrorObjects objects;
  private final TreeRun run;
  private final ByteBudget budget;
  private final int piece;
  private final int range;

  /**
   * Sums.
   *
   * @param range the bytes of each request of an object
   */
  StoredContent(MirrorObjects objects, TreeRun run, ByteBudget budget, int range) {
    this.objects = objects;
    this.run = run;
    this.budget = budget;
    int most = (int) Math.min(Integer.MAX_VALUE, budget.largestPiece().bytes());
    this.piece = Math.min(PIECE, most);
    this.range = Math.min(range, most);
  }

  /** The checksum of an open file; one that changes meanwhile is TRANSIENT. */
  Sha256 ofFile(PosixFile file, FileStat stat, boolean canSeek, String name) throws IOException {
    Extents extents = Extents.of(file, stat, canSeek);
    Content content = new Content(extents);
    BodyReader reader = new BodyReader(file, extents, name);
    try (ByteBudget.Piece own = budget.acquire(piece)) {
      for (long left = extents.bodySize(); left > 0; ) {
        run.checkStop();
        own.buffer().clear().limit((int) Math.min(piece, left));
        reader.fill(own.buffer());
        content.add(own.buffer(), (bytes, offset) -> {});
        run.tally().content(own.buffer().remaining());
        left -= own.buffer().remaining();
      }
    }
    FileStat now = file.stat();
    if (now.size() != stat.size()
        || !now.mtime().equals(stat.mtime())
        || !now.ctime().equals(stat.ctime())) {
      throw new ProviderException(
          ErrorKind.TRANSIENT,
          "Cannot compare "
              + name
              + ": it changed while it was read. Compare it when it is quiet.");
    }
    return content.end().content();
  }

  /** The checksum of the content that an object's bytes are. */
  Sha256 ofObject(StoredEntry stored, Extents extents) throws IOException {
    Content content = new Content(extents);
    long size = extents.bodySize();
    if (stored.info().size() != size) {
      throw unreadable(stored, "it has " + stored.info().size() + " bytes, not " + size);
    }
    for (long at = 0; at < size; ) {
      run.checkStop();
      int length = (int) Math.min(range, size - at);
      try (ByteBudget.Reservation share = budget.reserve(length)) {
        ByteBuffer data =
            objects.read(Retrier.Check.NONE, stored.key(), stored.info().etag(), at, length).data();
        if (data.remaining() != length) {
          throw unreadable(
              stored, "the store gave " + data.remaining() + " bytes at " + at + ", not " + length);
        }
        content.add(data, (bytes, offset) -> {});
      }
      at += length;
    }
    return content.end().content();
  }

  private ProviderException unreadable(StoredEntry stored, String reason) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot compare "
            + objects.full(stored.key())
            + ": "
            + reason
            + ". Store it again, or look for a version or backup of it.");
  }
}
