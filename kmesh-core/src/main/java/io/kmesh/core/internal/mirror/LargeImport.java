// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.InOrder;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.core.internal.transfer.WorkCrew;
import io.kmesh.engine.ByteBudget;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.store.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;

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
  private final String etag;
  private final Extents extents;
  private final int rangeSize;
  private final PosixFile target;
  private final Content content;
  private final long bodySize;
  private final Object claims = new Object();
  private final InOrder order;
  private long claimed; // guarded by claims

  LargeImport(
      TreeRun run,
      MirrorObjects objects,
      ByteBudget budget,
      String key,
      String etag,
      Extents extents,
      int rangeSize,
      PosixFile target) {
    this.run = run;
    this.objects = objects;
    this.budget = budget;
    this.key = key;
    this.etag = etag;
    this.extents = extents;
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
      step(this);
    }
    return content.end().content();
  }

  private record Claim(long at, int length, ByteBudget.Reservation share) {}

  @Override
  public boolean step(Object own) throws IOException {
    Claim claim;
    synchronized (claims) {
      if (claimed == bodySize) {
        return false;
      }
      int length = (int) Math.min(rangeSize, bodySize - claimed);
      claim = new Claim(claimed, length, budget.reserve(length));
      claimed += length;
    }
    boolean isSummed = false;
    try {
      run.checkStop();
      ByteBuffer data = objects.read(Retrier.Check.NONE, key, etag, claim.at, claim.length).data();
      if (data.remaining() != claim.length) {
        throw new ProviderException(
            ErrorKind.CORRUPT,
            "Cannot import "
                + objects.full(key)
                + ": the store gave "
                + data.remaining()
                + " bytes at "
                + claim.at
                + ", not "
                + claim.length
                + ". Check the store.");
      }
      extents.place(claim.at, data, (piece, offset) -> ZeroRuns.write(target, piece, offset));
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
}
