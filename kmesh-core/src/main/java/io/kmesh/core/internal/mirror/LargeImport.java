// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.InOrder;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.core.internal.transfer.WorkCrew;
import io.kmesh.engine.ByteBudget;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One file's content on its way from its object: ranges are read and written by several threads,
 * and summed in order. Ranges are claimed in order together with their share of the budget, so that
 * who waits for its turn to sum waits for somebody who lacks nothing.
 */
final class LargeImport implements WorkCrew.Shared<Object> {
  private final TreeRun run;
  private final MirrorObjects objects;
  private final ByteBudget budget;
  private final String key;
  private final FirstAnswer first;
  private final int rangeSize;
  private final PartialFile target;
  private final Content content;
  private final long bodySize;
  private final InOrder order;
  private long claimed; // guarded by this

  LargeImport(
      TreeRun run,
      MirrorObjects objects,
      ByteBudget budget,
      String key,
      FirstAnswer first,
      Extents extents,
      int rangeSize,
      PartialFile target) {
    this.run = run;
    this.objects = objects;
    this.budget = budget;
    this.key = key;
    this.first = first;
    this.rangeSize = rangeSize;
    this.target = target;
    this.content = new Content(extents);
    this.bodySize = extents.bodySize();
    this.order = new InOrder(run::fail);
  }

  /** Brings everything, and says the content's checksum. */
  Sha256 bring() throws IOException {
    if (bodySize > rangeSize) {
      run.together(this);
    } else {
      boolean isMore = true;
      while (isMore) {
        isMore = step(this);
      }
    }
    return content.end().content();
  }

  /**
   * A range that one thread brings.
   *
   * @param dataOrNull its bytes, where the first answer gave them
   */
  private record Claim(
      long at, int length, ByteBudget.Reservation share, @Nullable ByteBuffer dataOrNull) {}

  /** The next range; what was read already comes first, and is held by nobody who waits. */
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
    Claim claim = new Claim(claimed, length, budget.reserve(length), null);
    claimed += length;
    return claim;
  }

  @Override
  public boolean step(Object own) throws IOException {
    Claim claim = claim();
    if (claim == null) {
      return false;
    }
    boolean isSummed = false;
    try {
      run.checkStop();
      ByteBuffer data = bytes(claim);
      run.tally().content(claim.length);
      isSummed = order.pass(claim.at, claim.length, () -> content.add(data, (piece, offset) -> {}));
    } finally {
      claim.share.close();
      if (!isSummed) {
        order.giveUp();
      }
    }
    return true;
  }

  /** The bytes of a range, which are in the file then. */
  private ByteBuffer bytes(Claim claim) throws IOException {
    ByteBuffer data = claim.dataOrNull;
    if (data == null) {
      Optional<ByteBuffer> held = target.held(claim.at, claim.length);
      if (held.isPresent()) {
        return held.get();
      }
      data = read(claim);
    }
    target.came(claim.at, data);
    return data;
  }

  private ByteBuffer read(Claim claim) throws IOException {
    ObjectRange range = objects.read(Retrier.Check.NONE, key, first.etag(), claim.at, claim.length);
    if (range.offset() != claim.at || range.data().remaining() != claim.length) {
      throw objects.wrongRange("import", key, range, claim.at, claim.length);
    }
    return range.data();
  }
}
