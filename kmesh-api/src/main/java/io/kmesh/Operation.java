// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * Something that lasts longer than a call. It survives the process: {@link Operations#find} gives
 * it again by its id. Thread-safe.
 *
 * @param <T> the type of its result
 */
public interface Operation<T> {
  /** Its id, which survives a restart. */
  OperationId id();

  /** What it is, such as {@code hsm.archive}. */
  String type();

  /** Where it stands. */
  OperationState state();

  /** How far it is. */
  Progress progress();

  /**
   * Waits for the result.
   *
   * @throws KmeshTimeoutException when the time is over; the operation goes on
   * @throws OperationCancelledException when it was cancelled
   * @throws OutcomeUnknownException when it is not known whether it took effect
   * @throws KmeshException when it failed
   */
  T await(Duration limit);

  /** Waits for the result as long as it takes; otherwise as {@link #await(Duration)}. */
  default T await() {
    return await(Duration.ofDays(36_500));
  }

  /**
   * The result as a future: cancelling it cancels the operation; it fails with the exceptions of
   * {@link #await}. It does not complete when the operation is parked.
   */
  CompletableFuture<T> completion();

  /** Asks it to stop. What is done stays done; an ended operation is left as it is. */
  void cancel();
}
