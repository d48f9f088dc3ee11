// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.operations;

import io.kmesh.OperationId;
import io.kmesh.Progress;
import io.kmesh.spi.ProviderException;

/** What an operation tells while it works, and hears. Thread-safe. */
public interface OperationContext {
  /** The operation. */
  OperationId id();

  /** The tenant; {@code ""} for the only one. */
  String owner();

  /** The how manieth try this is: 1 the first time, more after a parking or a crash. */
  int attempt();

  /** Tells how far it is; cheap, written to the state now and then only. */
  void progress(Progress progress);

  /** How far it is, an earlier try's progress included. */
  Progress progress();

  /**
   * Says whether to go on.
   *
   * @throws ProviderException CANCELLED when the work is to stop, for good or until it is resumed:
   *     let it through
   */
  void checkCancelled() throws ProviderException;

  /**
   * Whether it was cancelled for good; a {@link #checkCancelled} that throws without this only
   * parks it.
   */
  boolean isCancelRequested();

  /** The operation's intents; those that are open when it begins are left from a crash. */
  IntentLog intents();
}
