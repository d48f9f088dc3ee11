// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.WorkCrew;
import io.kmesh.engine.ByteBudget;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.UploadPart;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One large file on its way: the parts are sent by several threads while one reads the whole in
 * order for its checksum; at the end both must have seen the same bytes. Each thread holds at most
 * one piece of the byte budget.
 */
final class LargeExport implements WorkCrew.Shared<Object> {
  private final TreeRun run;
  private final ByteBudget budget;
  private final PosixFile file;
  private final Extents extents;
  private final String name;
  private final int partSize;
  private final Sender sender;
  private final Map<Integer, Sent> held;
  private final Content content;
  private final List<@Nullable Sent> sent; // guarded by this
  private final int[] sums; // guarded by this
  private final PiecedCrc32c whole; // of who sums; read after it
  private boolean isSumClaimed; // guarded by this
  private int claimed; // guarded by this
  private Content.@Nullable Digests digests; // guarded by this
  private final AtomicLong moved = new AtomicLong();

  /**
   * A part that the store has.
   *
   * @param crc32c of its bytes, as they were sent
   */
  record Sent(UploadPart part, int crc32c) {}

  /** Sends a part of the body. */
  interface Sender {
    /**
     * Reads the part and sends it.
     *
     * @param number from 1
     * @param at its first byte in the body
     */
    Sent send(int number, long at, int length) throws IOException;
  }

  /**
   * A file to send.
   *
   * @param held parts that the store has of an earlier time, by number; they are sent when the file
   *     has not these bytes
   */
  LargeExport(
      TreeRun run,
      ByteBudget budget,
      PosixFile file,
      Extents extents,
      String name,
      int partSize,
      Sender sender,
      Map<Integer, Sent> held) {
    this.run = run;
    this.budget = budget;
    this.file = file;
    this.extents = extents;
    this.name = name;
    this.partSize = partSize;
    this.sender = sender;
    this.held = Map.copyOf(held);
    this.content = new Content(extents);
    this.whole = new PiecedCrc32c(extents.size());
    int count = Math.toIntExact((extents.bodySize() + partSize - 1) / partSize);
    this.sent = new ArrayList<>(Collections.nCopies(count, null));
    this.sums = new int[count];
  }

  /**
   * What the store has now.
   *
   * @param crc32c of the whole content
   * @param moved the bytes that were sent for it
   */
  record Result(List<UploadPart> parts, Content.Digests digests, Crc32c crc32c, long moved) {}

  /** Sends all parts. */
  Result send() throws IOException {
    run.together(this);
    for (int i : otherThanHeld()) {
      Sent again = sent(i);
      synchronized (this) {
        sent.set(i, again);
      }
    }
    synchronized (this) {
      List<UploadPart> parts = new ArrayList<>();
      for (int i = 0; i < sent.size(); i++) {
        Sent part = sent.get(i);
        if (part == null || part.crc32c != sums[i] || part.part.size() != lengthOf(i)) {
          throw new ProviderException(
              ErrorKind.TRANSIENT,
              "Cannot export " + name + ": it changed while it was read. Export it again.");
        }
        parts.add(part.part);
      }
      return new Result(
          parts, java.util.Objects.requireNonNull(digests), whole.value(), moved.get());
    }
  }

  /** Parts that were taken as they are, and of which the file has other bytes. */
  private synchronized List<Integer> otherThanHeld() {
    List<Integer> other = new ArrayList<>();
    for (int i = 0; i < sums.length; i++) {
      Sent part = sent.get(i);
      if (part != null && part.equals(held.get(i + 1)) && part.crc32c != sums[i]) {
        other.add(i);
      }
    }
    return other;
  }

  private Sent sent(int part) throws IOException {
    run.checkStop();
    Sent done = sender.send(part + 1, (long) part * partSize, lengthOf(part));
    moved.addAndGet(lengthOf(part));
    return done;
  }

  @Override
  public boolean step(Object own) throws IOException {
    int part;
    synchronized (this) {
      if (!isSumClaimed) {
        isSumClaimed = true;
        part = -1;
      } else if (claimed < sums.length) {
        part = claimed++;
      } else {
        return false;
      }
    }
    if (part < 0) {
      sum();
    } else {
      Sent there = held.get(part + 1);
      Sent done = there != null && there.part.size() == lengthOf(part) ? there : sent(part);
      run.tally().content(lengthOf(part));
      synchronized (this) {
        sent.set(part, done);
      }
    }
    return true;
  }

  private int lengthOf(int part) {
    return (int) Math.min(partSize, extents.bodySize() - (long) part * partSize);
  }

  private void sum() throws IOException {
    BodyReader reader = new BodyReader(file, extents, name);
    for (int i = 0; i < sums.length; i++) {
      run.checkStop();
      CRC32C crc = new CRC32C();
      try (ByteBudget.Piece piece = budget.acquire(lengthOf(i))) {
        reader.fill(piece.buffer());
        crc.update(piece.buffer().duplicate());
        content.add(
            piece.buffer(),
            (bytes, offset) -> {
              if (extents.isPacked()) {
                whole.add(offset, bytes);
              }
            });
      }
      if (!extents.isPacked()) {
        whole.add((long) i * partSize, lengthOf(i), (int) crc.getValue());
      }
      synchronized (this) {
        sums[i] = (int) crc.getValue();
      }
    }
    Content.Digests all = content.end();
    synchronized (this) {
      digests = all;
    }
  }
}
