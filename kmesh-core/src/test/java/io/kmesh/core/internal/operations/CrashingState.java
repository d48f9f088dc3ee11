// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.operations;

import io.kmesh.spi.state.ForwardingStateStore;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** A state whose process dies before or after its n-th write; nothing works from then on. */
final class CrashingState extends ForwardingStateStore {
  private final StateStore delegate;
  private final int crashAt;
  private final When when;
  private int writes;
  private boolean isDead;

  /** On which side of the write the process dies. */
  enum When {
    BEFORE,
    AFTER
  }

  /** The end of the process: nothing may catch it and go on. */
  static final class Crash extends Error {
    private static final long serialVersionUID = 1L;

    Crash() {
      super("the process is dead");
    }
  }

  CrashingState(StateStore delegate, int crashAt, When when) {
    this.delegate = delegate;
    this.crashAt = crashAt;
    this.when = when;
  }

  int writes() {
    return writes;
  }

  @Override
  protected StateStore delegate() {
    if (isDead) {
      throw new Crash();
    }
    return delegate;
  }

  @Override
  public void apply(List<StateChange> changes) throws IOException {
    writes++;
    boolean isHere = writes == crashAt;
    if (isHere && when == When.BEFORE) {
      isDead = true;
    }
    delegate().apply(changes);
    if (isHere) {
      isDead = true;
      throw new Crash();
    }
  }

  @Override
  public Optional<StateRecord> find(RecordKey key) throws IOException {
    return delegate().find(key);
  }
}
