// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.spi.state.ForwardingStateStore;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateStore;
import java.io.IOException;
import java.util.List;

/** A state whose process ends at one of its writes. Thread-safe. */
public final class EndingState extends ForwardingStateStore {
  private final StateStore behind;
  private final int at;
  private final Side side;
  private int writes; // guarded by this, as the next
  private boolean isArmed;
  private volatile boolean isDead;

  /** On which side of a write the process ends. */
  public enum Side {
    BEFORE,
    AFTER
  }

  /** The end of the process: nothing may catch it and go on. */
  public static final class Crash extends Error {
    private static final long serialVersionUID = 1L;

    Crash() {
      super("the process is dead");
    }
  }

  /** One that ends before or after a write. */
  public EndingState(StateStore behind, int at, Side side) {
    this.behind = behind;
    this.at = at;
    this.side = side;
  }

  /** Counts writes from now on. */
  public synchronized void arm() {
    isArmed = true;
  }

  /** Whether it has ended. */
  public boolean hasEnded() {
    return isDead;
  }

  @Override
  protected StateStore delegate() {
    if (isDead) {
      throw new Crash();
    }
    return behind;
  }

  @Override
  public synchronized void apply(List<StateChange> changes) throws IOException {
    writes += isArmed ? 1 : 0;
    boolean isHere = isArmed && writes == at;
    if (isHere && side == Side.BEFORE) {
      isDead = true;
    }
    delegate().apply(changes);
    if (isHere) {
      isDead = true;
      throw new Crash();
    }
  }

  @Override
  public void close() throws IOException {
    behind.close();
  }
}
