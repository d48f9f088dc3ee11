// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import java.util.concurrent.CompletionStage;

/** A transfer that was submitted. Thread-safe. */
public interface Transfer {
  /** What was asked. */
  TransferRequest request();

  /** Where it is. */
  TransferState state();

  /** The bytes moved so far, tries that failed included. */
  long movedBytes();

  /** The tries so far. */
  int attempts();

  /** Keeps it from beginning, or tells it to stop at its next check; later calls do nothing. */
  void cancel();

  /**
   * Completes at the end: normally when DONE, else with the failure, of which CANCELLED and PARKED
   * are a {@link io.kmesh.spi.ProviderException} of kind CANCELLED. Do not block in its actions.
   */
  CompletionStage<Transfer> end();
}
