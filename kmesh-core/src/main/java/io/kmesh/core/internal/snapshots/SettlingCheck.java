// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.transfer.Retrier;
import java.io.IOException;

/**
 * Makes what a long scan has stored findable now and then, so that one that is killed costs the
 * next no second upload of it: at 8 packs first, then whenever an eighth was added, which keeps the
 * number of index runs small. For the thread that gives the work.
 */
final class SettlingCheck implements Retrier.Check {
  private static final int FIRST_PACKS = 8;

  private final Session session;
  private final long packTarget;
  private final Retrier.Check check;
  private long next;

  SettlingCheck(Session session, long packTarget, Retrier.Check check) {
    this.session = session;
    this.packTarget = packTarget;
    this.check = check;
    this.next = next();
  }

  private long next() {
    long stored = session.stored();
    return stored + Math.max(FIRST_PACKS * packTarget, stored / FIRST_PACKS);
  }

  @Override
  public void run() throws IOException {
    check.run();
    if (session.stored() >= next) {
      session.publish(head -> head);
      next = next();
    }
  }
}
