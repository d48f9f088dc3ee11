// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.quiesce;

import java.io.IOException;

/**
 * Brings the writers of a site to rest before a snapshot is cut, and lets them go on. Both calls
 * have a deadline: at its end the thread is interrupted, and the snapshot is given up. Called by
 * one thread at a time.
 */
public interface QuiesceHook {
  /** What it freezes, for people and for the journal of what is frozen: unique within a cut. */
  String name();

  /**
   * Returns when all that writers were told to be done is in the files, and nothing more is written
   * until {@link #thaw}.
   *
   * @param cut names the cut: 16 hexadecimal digits
   * @throws IOException when that can't be; no snapshot is taken then
   * @throws InterruptedException when the deadline is over; what it began must not take effect any
   *     more
   */
  void freeze(String cut) throws IOException, InterruptedException;

  /**
   * Lets the writers go on. Also called after a {@link #freeze} that failed, and by the next
   * process after one that was killed: thawing what is not frozen does nothing.
   *
   * @param cut as {@link #freeze} had it
   * @throws IOException when that can't be, or when it was not frozen all the time: no snapshot is
   *     taken then, and it is called once more
   */
  void thaw(String cut) throws IOException, InterruptedException;
}
