// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.core.internal.transfer.WorkCrew;
import io.kmesh.engine.ByteBudget;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.StreamedReads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One file's content on its way from its object, verified by its CRC-32C: each range is read,
 * summed and written by the thread that claimed it, and no range waits for another.
 */
@SuppressWarnings("try") // a share is held for a block, not used in it
final class SummedImport implements WorkCrew.Shared<Object> {
  /** What a store that streams holds of a range. */
  private static final int STREAMED = 64 << 10;

  private final TreeRun run;
  private final MirrorObjects objects;
  private final ByteBudget budget;
  private final String key;
  private final FirstAnswer first;
  private final int rangeSize;
  private final PartialFile target;
  private final long bodySize;
  private final @Nullable StreamedReads reads;
  private final PiecedCrc32c sum; // guarded by this
  private long claimed; // guarded by this
  private long arrived; // guarded by this

  SummedImport(
      TreeRun run,
      MirrorObjects objects,
      ByteBudget budget,
      String key,
      FirstAnswer first,
      int rangeSize,
      PartialFile target) {
    this.run = run;
    this.objects = objects;
    this.budget = budget;
    this.key = key;
    this.first = first;
    this.rangeSize = rangeSize;
    this.target = target;
    this.bodySize = target.extents().bodySize();
    this.reads = objects.streamedReads().orElse(null);
    this.sum = new PiecedCrc32c(target.extents().size());
  }

  /** Brings everything, and says the content's checksum. */
  Crc32c bring() throws IOException {
    if (bodySize > rangeSize) {
      run.together(this);
    } else {
      boolean isMore = true;
      while (isMore) {
        isMore = step(this);
      }
    }
    synchronized (this) {
      if (arrived != bodySize) {
        throw new ProviderException(
            ErrorKind.CORRUPT,
            "Cannot import "
                + objects.full(key)
                + ": "
                + arrived
                + " of its "
                + bodySize
                + " bytes came. Import it again.");
      }
      return sum.value();
    }
  }

  /**
   * A range that one thread brings.
   *
   * @param dataOrNull its bytes, where the first answer gave them
   */
  private record Claim(
      long at, int length, ByteBudget.Reservation share, @Nullable ByteBuffer dataOrNull) {}

  private synchronized @Nullable Claim claim() throws IOException {
    Optional<FirstAnswer.Start> start = first.takeStart();
    if (start.isPresent() && start.get().data().hasRemaining()) {
      ByteBuffer data = start.get().data();
      claimed = data.remaining();
      return new Claim(0, data.remaining(), start.get().share(), data);
    }
    start.ifPresent(bytes -> bytes.share().close());
    if (claimed == bodySize) {
      return null;
    }
    int length = target.lengthAt(claimed, (int) Math.min(rangeSize, bodySize - claimed));
    boolean isStreamed = reads != null && !target.mayHold(claimed, length);
    Claim claim =
        new Claim(
            claimed,
            length,
            budget.reserve(isStreamed ? Math.min(STREAMED, length) : length),
            null);
    claimed += length;
    return claim;
  }

  @Override
  public boolean step(Object own) throws IOException {
    Claim claim = claim();
    if (claim == null) {
      return false;
    }
    try (ByteBudget.Reservation share = claim.share) {
      run.checkStop();
      bring(claim);
      run.tally().content(claim.length);
    }
    return true;
  }

  private String name() {
    return objects.full(key) + " of " + objects.store().uri();
  }

  private void bring(Claim claim) throws IOException {
    ByteBuffer data = claim.dataOrNull;
    if (data == null && target.mayHold(claim.at, claim.length)) {
      Optional<ByteBuffer> held = target.held(claim.at, claim.length);
      if (held.isPresent()) {
        sum(claim.at, held.get());
        return;
      }
    }
    StreamedReads streamed = reads;
    if (data == null && streamed != null) {
      RangeArrival arrival =
          objects.stream(
              streamed,
              key,
              first.etag(),
              claim.at,
              claim.length,
              isFirst -> new RangeArrival(name(), target, claim.at, claim.length, isFirst));
      finish(claim, arrival);
      return;
    }
    RangeArrival arrival = new RangeArrival(name(), target, claim.at, claim.length, true);
    arrival.take(data == null ? read(claim) : data);
    finish(claim, arrival);
  }

  private ByteBuffer read(Claim claim) throws IOException {
    ObjectRange range = objects.read(Retrier.Check.NONE, key, first.etag(), claim.at, claim.length);
    if (range.offset() != claim.at || range.data().remaining() != claim.length) {
      throw objects.wrongRange("import", key, range, claim.at, claim.length);
    }
    return range.data();
  }

  private void finish(Claim claim, RangeArrival arrival) {
    add(arrival.finish(), claim.length);
  }

  /** Bytes that are in the file already. */
  private void sum(long at, ByteBuffer data) throws IOException {
    PiecedCrc32c range = new PiecedCrc32c(target.extents().size());
    target.extents().place(at, data, (piece, offset) -> range.add(offset, piece));
    add(range, data.remaining());
  }

  private synchronized void add(PiecedCrc32c range, int length) {
    sum.add(range);
    arrived += length;
  }
}
