// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.RunningAction;
import org.jspecify.annotations.Nullable;

/** An item at hand, queued or running, with its cancel mark. Thread-safe. */
public final class ActiveAction {
  private final ActionItem item;
  private final long owner;
  private volatile boolean isCancelled;
  private volatile boolean isLost;
  private volatile @Nullable RunningAction running;

  ActiveAction(ActionItem item, long owner) {
    this.item = item;
    this.owner = owner;
  }

  ActionItem item() {
    return item;
  }

  /** The number of the file's owner; -1 when the file is gone. */
  long owner() {
    return owner;
  }

  void cancel() {
    isCancelled = true;
  }

  /** Says that the coordinator does not wait for it any more. */
  void lose() {
    isLost = true;
    isCancelled = true;
  }

  boolean isCancelled() {
    return isCancelled;
  }

  boolean isLost() {
    return isLost;
  }

  @Nullable RunningAction running() {
    return running;
  }

  void began(RunningAction action) {
    running = action;
  }

  void checkCancelled() throws ProviderException {
    if (isCancelled) {
      throw new ProviderException(
          ErrorKind.CANCELLED,
          "Cannot go on with "
              + item.action()
              + " of "
              + item.fid()
              + ": it was cancelled. Ask for it anew when it is still wanted.");
    }
  }
}
