// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import io.kmesh.core.internal.mirror.MirrorObjects;
import io.kmesh.core.internal.mirror.WorkRun;
import io.kmesh.core.internal.transfer.InOrder;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.core.internal.transfer.WorkCrew;
import io.kmesh.engine.ByteBudget;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Sha256;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * One large body on its way from store to store: parts are read and sent by several threads, and
 * summed in order. Parts are claimed in order together with their share of the budget, so that who
 * waits for its turn to sum waits for somebody who lacks nothing.
 */
final class PartsRelay implements WorkCrew.Shared<Object> {
  private final WorkRun run;
  private final TranslationTally tally;
  private final ByteBudget budget;
  private final BodyBytes bytes;
  private final BodyDigest digest;
  private final Body.Stored body;
  private final MirrorObjects target;
  private final Upload upload;
  private final int partSize;
  private final Object claims = new Object();
  private final InOrder order;
  private final List<UploadPart> parts = new ArrayList<>(); // guarded by itself
  private long claimed; // guarded by claims

  PartsRelay(
      WorkRun run,
      TranslationTally tally,
      ByteBudget budget,
      MirrorObjects source,
      Body.Stored body,
      MirrorObjects target,
      Upload upload,
      int partSize) {
    this.run = run;
    this.tally = tally;
    this.budget = budget;
    this.bytes = new BodyBytes(source, body, run::checkStop);
    this.digest = new BodyDigest(source, body);
    this.body = body;
    this.target = target;
    this.upload = upload;
    this.partSize = partSize;
    this.order = new InOrder(run::fail);
  }

  /**
   * What was sent.
   *
   * @param parts by number
   * @param sha256 of all bytes, which is what is known of them
   */
  record Sent(List<UploadPart> parts, Sha256 sha256) {}

  /** Sends all parts. */
  Sent send() throws IOException {
    run.together(this);
    synchronized (parts) {
      if (order.passed() != body.size()) {
        throw new ProviderException(
            ErrorKind.CANCELLED,
            "Cannot go on to send " + upload.key() + ": another part of it failed.");
      }
      parts.sort(Comparator.comparingInt(UploadPart::number));
      return new Sent(List.copyOf(parts), digest.verified());
    }
  }

  private record Claim(long at, int length, ByteBudget.Reservation share) {}

  @Override
  public boolean step(Object own) throws IOException {
    Claim claim;
    synchronized (claims) {
      if (claimed == body.size()) {
        return false;
      }
      int length = (int) Math.min(partSize, body.size() - claimed);
      claim = new Claim(claimed, length, budget.reserve(BodyBytes.memory(body, length, budget)));
      claimed += length;
    }
    boolean isDone = false;
    try {
      run.checkStop();
      ByteBuffer data = bytes.read(claim.at, claim.length);
      if (order.pass(claim.at, claim.length, () -> digest.add(data))) {
        int number = Math.toIntExact(claim.at / partSize) + 1;
        UploadPart part = target.uploadPart(Retrier.Check.NONE, upload, number, data.duplicate());
        tally.content(claim.length);
        synchronized (parts) {
          parts.add(part);
        }
        isDone = true;
      }
    } finally {
      claim.share.close();
      if (!isDone) {
        order.giveUp();
      }
    }
    return isDone;
  }
}
