// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import java.io.IOException;
import java.util.function.Consumer;

/**
 * Lets the pieces of something pass one after the other in their order, by whichever threads they
 * come. Thread-safe.
 */
public final class InOrder {
  private final Consumer<Throwable> interrupted;
  private long passed; // guarded by this
  private boolean isBroken; // guarded by this

  /**
   * An order that begins at 0.
   *
   * @param interrupted told when a thread is interrupted while it waits, which goes on waiting
   */
  public InOrder(Consumer<Throwable> interrupted) {
    this.interrupted = interrupted;
  }

  /** What is done with a piece in its turn. */
  @FunctionalInterface
  public interface Turn {
    /** Does it. */
    void take() throws IOException;
  }

  /**
   * Waits until all before a piece have passed, and lets it pass.
   *
   * @param at where it begins
   * @param length its length, 1 or more
   * @return false when a piece before it never will: it did not pass
   */
  public synchronized boolean pass(long at, int length, Turn turn) throws IOException {
    boolean isInterrupted = false;
    while (passed != at && !isBroken) {
      try {
        wait();
      } catch (InterruptedException e) {
        isInterrupted = true;
        interrupted.accept(e);
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
    if (isBroken) {
      return false;
    }
    turn.take();
    passed += length;
    notifyAll();
    return true;
  }

  /** Says that a piece will never come: who waits waits no more. */
  public synchronized void giveUp() {
    isBroken = true;
    notifyAll();
  }

  /** How much has passed. */
  public synchronized long passed() {
    return passed;
  }
}
